// Packs the main package and the host's, and runs __test__/packed against the tarballs, as npm would install them.
// It stages in a temporary folder and never touches the working tree. Used by test-packed.mjs and test-soak.mjs.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { root, run } from './command.mjs'
import { pack, stage } from './stage.mjs'
import { nodeTotals } from './totals.mjs'

/** Runs the packed-install tests; on the tarballs in `tarballs`, or on ones packed here from the last build. */
export async function testPacked({ tarballs } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'lanner-packed-'))
  try {
    const packed = tarballs === undefined ? await packHost(folder) : resolve(tarballs)
    // node:test, not ava: a released tarball is also tested in bare containers that have Node and nothing else.
    const files = ['contents', 'main-job', 'load-failures', 'serve'].map(name =>
      join('__test__', 'packed', `${name}.test.mjs`),
    )
    const env = { ...process.env, LANNER_PACKED: packed }
    return nodeTotals(await run(process.execPath, ['--test', '--test-reporter=spec', ...files], { env }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function packHost(folder) {
  const destination = join(folder, 'tarballs')
  const addonDir = join(root, 'src', 'native')
  for (const staged of await stage({ outDir: join(folder, 'staged'), addonDir }))
    await pack(staged, destination)
  return destination
}
