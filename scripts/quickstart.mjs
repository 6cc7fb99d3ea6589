// `npm run quickstart`: from a fresh clone to a signed envelope. Checks the toolchain, installs the locked packages,
// builds, then runs examples/capture.sh with the command just built, in a temporary folder that is left to look at.

import { spawnSync } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.mjs'
import { probe, root } from './command.mjs'
import { prepare } from './toolchain.mjs'

await prepare()
if (probe('git', ['--version']) === undefined) {
  process.stderr.write('missing: git (the sample step is captured in a repository)\n  hint: install `git`\n')
  process.exit(3)
}
const code = await build()
if (code !== 0) process.exit(code)

const folder = await mkdtemp(join(tmpdir(), 'lanner-quickstart-'))
// Inherited descriptors, so that the summary is drawn as for a person: with colours and the terminal's width.
const { status } = spawnSync('sh', [join('examples', 'capture.sh'), folder], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, LANNER: join(root, 'dist', 'cli.js') },
})
process.exitCode = status ?? 1
