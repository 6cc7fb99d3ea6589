// Lays a release out in a folder: the main package with its optional dependencies written in, and one package per
// addon at hand. The working tree is only read, so a half-finished release leaves nothing behind in it.
// Used by packed.mjs with the host's addon, and by the release workflow with all of them.

import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root, run } from './command.mjs'
import { crateNotices } from './licences.mjs'
import { targets } from './targets.mjs'

// Beside `files` in the manifest, npm takes these along by itself where they exist.
const PAPERS = ['README.md', 'LICENSE', 'CHANGELOG.md']

/**
 * Stages into `outDir` from the addons in `addonDir`. Returns the folders in the order of publishing: the main
 * package last, since a reader of it must find the others. `required` refuses to stage with a platform missing.
 */
export async function stage({ outDir, addonDir, required = false }) {
  await rm(outDir, { recursive: true, force: true })
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const present = targets.filter(({ file }) => existsSync(join(addonDir, file)))
  const absent = targets.filter(target => !present.includes(target))
  if (required && absent.length > 0)
    throw new Error(`no addon for ${absent.map(({ tuple }) => tuple).join(', ')} in ${addonDir}`)
  const platforms = []
  for (const target of present) platforms.push(await stagePlatform(outDir, addonDir, target))
  return [...platforms, await stageMain(outDir, manifest)]
}

/** Packs a staged folder; the path of the tarball. */
export async function pack(folder, destination) {
  await mkdir(destination, { recursive: true })
  const { code, stdout } = await run('npm', ['pack', '--json', '--pack-destination', resolve(destination)], {
    cwd: folder,
    quiet: true,
  })
  if (code !== 0) throw new Error(`\`npm pack\` ended with ${code} in ${folder}`)
  return join(destination, JSON.parse(stdout)[0].filename.replace('@', '').replace('/', '-'))
}

async function stageMain(outDir, manifest) {
  const folder = join(outDir, 'lanner')
  await mkdir(folder, { recursive: true })
  await cp(join(root, 'dist'), join(folder, 'dist'), {
    recursive: true,
    filter: source => !source.endsWith('.node'),
  })
  await cp(join(root, 'rules'), join(folder, 'rules'), { recursive: true })
  await copyPapers(folder)
  const { scripts: _scripts, devDependencies: _dev, napi: _napi, ava: _ava, ...published } = manifest
  const staged = {
    ...published,
    optionalDependencies: Object.fromEntries(
      targets.map(({ packageName }) => [packageName, manifest.version]),
    ),
    publishConfig: { access: 'public', provenance: true },
  }
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(staged, undefined, 2)}\n`)
  return folder
}

async function stagePlatform(outDir, addonDir, { triple, tuple, file }) {
  const folder = join(outDir, `native-${tuple}`)
  await mkdir(folder, { recursive: true })
  for (const name of ['package.json', 'README.md'])
    await copyFile(join(root, 'npm', tuple, name), join(folder, name))
  await copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  await copyFile(join(addonDir, file), join(folder, file))
  await writeFile(join(folder, 'THIRD_PARTY_LICENSES.txt'), await crateNotices(triple))
  return folder
}

async function copyPapers(folder) {
  for (const paper of PAPERS)
    if (existsSync(join(root, paper))) await copyFile(join(root, paper), join(folder, paper))
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, addons: { type: 'string' }, all: { type: 'boolean' } },
  })
  const outDir = resolve(values.out ?? 'staged')
  const folders = await stage({
    outDir,
    addonDir: resolve(values.addons ?? 'artifacts'),
    required: values.all,
  })
  for (const folder of folders) process.stdout.write(`${await pack(folder, dirname(folder))}\n`)
}
