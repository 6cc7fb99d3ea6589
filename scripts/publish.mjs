// Publishes what stage.mjs laid out: platform packages first, the main package last. A version that is published
// already is skipped, so a release that broke off half-way is finished by running it again. Called by the release
// workflow alone; `--dry-run` says what it would do and contacts the registry only to ask.

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from './command.mjs'

const { values } = parseArgs({ options: { staged: { type: 'string' }, 'dry-run': { type: 'boolean' } } })
const staged = resolve(values.staged ?? 'staged')

for (const folder of await publishOrder()) {
  const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  if (await isPublished(name, version)) {
    process.stdout.write(`skipped ${name}@${version}: published already\n`)
    continue
  }
  if (values['dry-run'] === true) {
    process.stdout.write(`would publish ${name}@${version}\n`)
    continue
  }
  const { code } = await run('npm', ['publish', '--access', 'public', '--provenance'], { cwd: folder })
  if (code !== 0) {
    process.stderr.write(
      `\`npm publish\` of ${name}@${version} ended with ${code}: nothing after it was published\n`,
    )
    process.exit(1)
  }
}

async function publishOrder() {
  const entries = (await readdir(staged)).filter(entry => existsSync(join(staged, entry, 'package.json')))
  const platforms = entries.filter(entry => entry !== 'lanner').sort()
  return [...platforms, 'lanner'].map(entry => join(staged, entry))
}

async function isPublished(name, version) {
  const { code, stdout } = await run('npm', ['view', `${name}@${version}`, 'version'], { quiet: true })
  return code === 0 && stdout.trim() === version
}
