// Writes npm/<platform>/{package.json,README.md} from package.json and the table of targets; `--check` compares and
// names what differs. It also holds the versions of the npm and the Cargo side together. Run by hand after a version
// or target change, with `--check` by lint.mjs. Optional dependencies are written at staging, never here.

import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './command.mjs'
import { targets } from './targets.mjs'

// What npm shows of a package, and what a provenance check compares (`repository` must be exact in every manifest).
const SHARED_FIELDS = ['license', 'repository', 'bugs', 'homepage', 'engines']

/** The manifest of one platform package. */
export function platformManifest(main, { packageName, tuple, os, cpu, libc, file }) {
  return {
    name: packageName,
    version: main.version,
    description: `The native part of ${main.name} for ${tuple}`,
    ...Object.fromEntries(SHARED_FIELDS.map(field => [field, main[field]])),
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    main: file,
    files: [file, 'THIRD_PARTY_LICENSES.txt'],
    preferUnplugged: true,
    publishConfig: { access: 'public', provenance: true },
  }
}

/** Every generated file as `[path, text]`. */
function files(main) {
  return targets.flatMap(target => [
    [
      join('npm', target.tuple, 'package.json'),
      `${JSON.stringify(platformManifest(main, target), undefined, 2)}\n`,
    ],
    [
      join('npm', target.tuple, 'README.md'),
      `# \`${target.packageName}\`\n\nThe native part of [\`${main.name}\`](${main.homepage}) for \`${target.triple}\`.\nInstalled with it; nothing to use alone.\n`,
    ],
  ])
}

/** What contradicts something else, one sentence each. */
async function contradictions(main) {
  const faults = []
  const cargo = await readFile(join(root, 'Cargo.toml'), 'utf8')
  const version = /\[workspace\.package\][^[]*?\nversion = "([^"]+)"/.exec(cargo)?.[1]
  if (version !== main.version) faults.push(`Cargo.toml has version ${version}, package.json ${main.version}`)
  const listed = JSON.stringify([...main.napi.targets].sort())
  if (listed !== JSON.stringify(targets.map(({ triple }) => triple).sort()))
    faults.push('`napi.targets` in package.json is not the table in scripts/targets.mjs')
  for (const field of ['optionalDependencies', 'dependencies'])
    if (main[field] !== undefined)
      faults.push(`package.json has \`${field}\`: everything is bundled or staged`)
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublishOnly'])
    if (main.scripts[script] !== undefined) faults.push(`package.json has the install script \`${script}\``)
  return faults
}

const check = process.argv.includes('--check')
if (process.argv[1] === import.meta.filename) {
  const main = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const faults = await contradictions(main)
  for (const [path, text] of files(main)) {
    const file = join(root, path)
    const same = existsSync(file) && (await readFile(file, 'utf8')) === text
    if (same) continue
    if (check) {
      faults.push(`${path} is out of date: run \`node scripts/manifests.mjs\``)
      continue
    }
    await mkdir(join(root, 'npm', path.split('/')[1]), { recursive: true })
    await writeFile(file, text)
  }
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
