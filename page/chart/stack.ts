// A histogram as a stack: most urgent at the bottom, where bars can be compared; sums, peak, and the words for those who don't see it.
// Pure. Used by the rate chart and its table.
import { PRIORITIES } from '../../src/detect/priority.ts'
import type { HistogramAnswer } from '../../src/serve/api/answers.ts'
import { alerts, duration, moment, whole } from '../ask/wording.ts'

/** One priority's counts, and the height up to and with it. */
export interface Layer {
  readonly name: string
  readonly counts: readonly number[]
  readonly tops: readonly number[]
  readonly sum: number
}

/** See the file. */
export interface Stack {
  /** Nanoseconds since 1970. */
  readonly starts: readonly bigint[]
  readonly width: bigint
  /** Priorities that occur, most urgent first. */
  readonly layers: readonly Layer[]
  readonly totals: readonly number[]
  readonly sum: number
}

/** How many bars can be told apart on a page so wide, in pixels. */
export function bucketsFor(width: number): number {
  return width > 760 ? 120 : 60
}

/** The stack of a histogram by priority. */
export function stackOf({ starts, width, series }: HistogramAnswer): Stack {
  const totals = starts.map(() => 0)
  const layers: Layer[] = []
  for (const name of PRIORITIES) {
    const counts = series.find(({ value }) => value === name)?.counts
    const sum = counts?.reduce((total, count) => total + count, 0) ?? 0
    if (counts === undefined || sum === 0) continue
    for (const [at, count] of counts.entries()) totals[at] = (totals[at] ?? 0) + count
    layers.push({ name, counts, tops: [...totals], sum })
  }
  return {
    starts: starts.map(BigInt),
    width: BigInt(width),
    layers,
    totals,
    sum: layers.reduce((total, { sum }) => total + sum, 0),
  }
}

/** What the chart shows, in a sentence or two. */
export function described({ starts, width, totals, layers, sum }: Stack): string {
  const first = starts[0]
  const last = starts.at(-1)
  if (first === undefined || last === undefined || sum === 0) return 'No alerts in this time.'
  const peak = Math.max(...totals)
  const at = starts[totals.indexOf(peak)] ?? first
  const parts = layers.map(layer => `${layer.name} ${whole(layer.sum)}`).join(', ')
  return (
    `${alerts({ count: sum, exact: true })} from ${moment(first)} to ${moment(last + width)}. ` +
    `Most in ${duration(width)}: ${whole(peak)}, from ${moment(at)}. ${parts}.`
  )
}
