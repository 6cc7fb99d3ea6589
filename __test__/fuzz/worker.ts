// One process of the long run: its share of every set, the counts so far in `result.json` after each.
// Keeps the number of the mutation at hand in `at`, for when the process dies over it, and which raised the peak last.
// Started by `scripts/fuzz.mjs`.
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
let at = 'the start'
let [peak, peakAt] = [0, at]
/** Notes that the mutation at hand took more memory than any before. */
function notePeak(): void {
  const now = process.resourceUsage().maxRSS * 1024
  if (now > peak) [peak, peakAt] = [now, at]
}
for (const [set, count] of Object.entries(counts)) {
  const folder = join(values.folder, set)
  mkdirSync(folder, { recursive: true })
  const campaign = {
    native,
    folder,
    cases: root === undefined || root === '' ? undefined : join(root, 'golden', 'cases'),
    tally,
    before: (number: number) => {
      notePeak()
      beat()
      at = `${set} ${number}`
      writeFileSync(join(values.folder, 'at'), at)
    },
  }
  const share: Share = { from: Number(values.from), step: Number(values.step), count }
  if (set === 'gigabyte') await runGigabytes(campaign, share)
  else await runSet(campaign, set as SetName, share)
  notePeak()
  writeFileSync(join(values.folder, 'result.json'), JSON.stringify({ tally, peak, peakAt }))
  const seconds = Math.round((performance.now() - started) / 1000)
  process.stdout.write(`${set}: share ${share.from} done after ${seconds} s\n`)
}
