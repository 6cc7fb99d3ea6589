// A span of time for a person. What is written in a file is read by `outputs/quantity.ts`.
// Used by what is told of a configuration, and by summaries of folded alerts.

/** Milliseconds of each unit, the widest first. */
const SPANS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** In the units that say it exactly: `5m`, `1h30m`, `1s500ms`. */
export function spanText(milliseconds: number): string {
  let rest = milliseconds
  let text = ''
  for (const [unit, width] of SPANS) {
    const count = Math.floor(rest / width)
    if (count > 0) text += `${count}${unit}`
    rest -= count * width
  }
  return text === '' ? '0s' : text
}
