// The verdict on a chain of windows in words.
// Judges nothing. Used by `verify --chain`.
import type { ChainReport } from '../serve/evidence/chain.ts'
import { counted } from './counted.ts'
import type { Paint } from './style.ts'

/** Faults that are shown; the JSON form has all. */
const MOST_FAULTS = 50

/** The text for stdout; `headGiven` when the newest windows were asked for. */
export function renderChain(report: ChainReport, headGiven: boolean, paint: Paint): string {
  const { passed, windows, alerts, from, to, head, faults, unsealed } = report
  const span = from === undefined || to === undefined ? '' : `, ${from} to ${to}`
  const lines = [
    `${passed ? paint('good', 'verified') : paint('bad', 'refused')}: ${counted(windows, 'window')}, ${counted(alerts, 'alert')}${span}`,
    ...faults.slice(0, MOST_FAULTS).map(({ window, code, why }) => {
      const where = window === undefined ? '' : `window ${window}: `
      return `  ${paint('bad', 'fail')} ${where}${why} ${paint('faint', `(${code})`)}`
    }),
  ]
  if (faults.length > MOST_FAULTS) lines.push(`  … and ${faults.length - MOST_FAULTS} more`)
  if (head !== null) lines.push(`  head sha256:${head.sha256} (window ${head.number})`)
  if (passed && !headGiven) {
    lines.push(
      `  ${paint('caution', 'note')} that the newest windows are gone shows only with \`--chain-head\``,
    )
  }
  for (const number of unsealed) {
    lines.push(
      `  ${paint('caution', 'note')} window ${number} is not sealed: in the making, or left by a crash`,
    )
  }
  return `${lines.join('\n')}\n`
}
