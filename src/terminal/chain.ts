// The verdict on a chain of windows in words.
// Judges nothing. Used by `verify --chain`.
import { spanText } from '../serve/config/span-text.ts'
import type { ChainReport } from '../serve/evidence/chain.ts'
import { counted } from './counted.ts'
import { humanBytes } from './progress.ts'
import type { Paint } from './style.ts'

/** Faults that are shown; the JSON form has all. */
const MOST_FAULTS = 50

/** The text for stdout; `headGiven` when the newest windows were asked for. */
export function renderChain(report: ChainReport, headGiven: boolean, paint: Paint): string {
  const { passed, windows, alerts, from, to, head, faults } = report
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
  return [...lines, ...notes(report).map(note => `  ${paint('caution', 'note')} ${note}`), ''].join('\n')
}

/** What is no fault, but must not be overlooked. */
function notes({ pruned, unsealed, leftover }: ChainReport): string[] {
  const parts = unsealed.map(number => `window ${number} is not sealed: in the making, or left by a crash`)
  if (pruned === null) return parts
  const which = pruned.number === 1 ? 'window 1 was' : `windows 1 to ${pruned.number} were`
  const began = `begins at window ${pruned.number + 1}: ${which} pruned by retention${keptText(pruned)}, signed ${pruned.at}`
  const there = leftover.map(
    number => `window ${number} was pruned, and files of it are there: not looked at`,
  )
  return [began, ...there, ...parts]
}

function keptText({ retention: { seconds, bytes } }: NonNullable<ChainReport['pruned']>): string {
  const kept = [
    ...(seconds === undefined ? [] : [spanText(seconds * 1000)]),
    ...(bytes === undefined ? [] : [humanBytes(bytes)]),
  ]
  return kept.length === 0 ? '' : ` (${kept.join(', ')})`
}
