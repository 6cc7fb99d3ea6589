// `npm run build`: the addon, then the bundle, so that `node dist/cli.js` runs. With `--target TRIPLE --out DIR` it
// builds that platform's addon alone, for a release. It checks the toolchain first and installs the locked packages.

import { parseArgs } from 'node:util'
import { buildAddon } from './addon.mjs'
import { prepare } from './toolchain.mjs'

/** Builds everything for the host; the exit code of the first part that failed. */
export async function build({ addon = true } = {}) {
  const code = addon ? await buildAddon() : 0
  if (code !== 0) return code
  // Imported late: it needs what `prepare` installs.
  const { bundle } = await import('./bundle.mjs')
  try {
    await bundle()
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    return 1
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { target: { type: 'string' }, out: { type: 'string' }, 'bundle-only': { type: 'boolean' } },
  })
  await prepare()
  process.exitCode =
    values.target === undefined
      ? await build({ addon: values['bundle-only'] !== true })
      : await buildAddon({ triple: values.target, outDir: values.out ?? 'artifacts' })
}
