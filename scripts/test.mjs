// `npm test`: checks the toolchain, installs the locked packages, builds, then runs every Rust and TypeScript test.
// `--only rust` or `--only ts` runs one side. It ends with the totals of both, alone on a line.

import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { installed, run } from './command.mjs'
import { prepare } from './toolchain.mjs'
import { avaTotals, cargoTotals, close, sum } from './totals.mjs'

/** Runs the tests of one side or both; `filter` narrows them by title. */
export async function test({ only, filter } = {}) {
  const totals = []
  if (only !== 'ts') {
    const titles = filter === undefined ? [] : [filter]
    totals.push(cargoTotals(await run('cargo', ['test', '--workspace', ...titles, '--', '--show-output'])))
  }
  if (only !== 'rust') {
    const titles = filter === undefined ? [] : ['--match', `*${filter}*`]
    totals.push(avaTotals(await run(installed('ava'), titles)))
  }
  return sum(totals)
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  await prepare()
  // cargo test needs no addon; the TypeScript tests run against the built program.
  const code = values.only === 'rust' ? 0 : await build()
  if (code !== 0) process.stderr.write('\nthe build failed: only the Rust tests run\n')
  const totals = await test({ only: code === 0 ? values.only : 'rust' })
  close(code === 0 ? totals : sum([totals, { passed: 0, failed: 1, skipped: 0 }]))
}
