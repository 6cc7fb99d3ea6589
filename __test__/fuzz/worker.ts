// One process of the long run: its share of every set, the counts so far in `result.json` after each.
// Keeps the number of the mutation at hand in `at`, for when the process dies over it. Started by `scripts/fuzz.mjs`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openNative } from '../../src/native/native.ts'
import { runSet, type SetName, type Share } from './campaign.ts'
import { runGigabytes } from './gigabyte.ts'
import { newTally } from './tally.ts'
import { watchdog } from './watchdog.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '' },
    from: { type: 'string', default: '0' },
    step: { type: 'string', default: '1' },
    counts: { type: 'string', default: '{}' },
  },
})
const counts = JSON.parse(values.counts) as Record<SetName | 'gigabyte', number>
const root = process.env.LANNER_CORPUS
const native = await openNative()
const tally = newTally()
const started = performance.now()
const beat = watchdog()
for (const [set, count] of Object.entries(counts)) {
  const folder = join(values.folder, set)
  mkdirSync(folder, { recursive: true })
  const campaign = {
    native,
    folder,
    cases: root === undefined || root === '' ? undefined : join(root, 'golden', 'cases'),
    tally,
    before: (at: number) => {
      beat()
      writeFileSync(join(values.folder, 'at'), `${set} ${at}`)
    },
  }
  const share: Share = { from: Number(values.from), step: Number(values.step), count }
  if (set === 'gigabyte') await runGigabytes(campaign, share)
  else await runSet(campaign, set as SetName, share)
  const peak = process.resourceUsage().maxRSS * 1024
  writeFileSync(join(values.folder, 'result.json'), JSON.stringify({ tally, peak }))
  const seconds = Math.round((performance.now() - started) / 1000)
  process.stdout.write(`${set}: share ${share.from} done after ${seconds} s\n`)
}
