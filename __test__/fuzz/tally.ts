// Counts what came of mutations, by kind, and keeps those that break the law. Counts of several processes can be added.
// Judges nothing. Used by the test and by the campaign.

/** How one mutation can end. `judged` is the answer on text a trusted key signed: any is right that is no crash. */
export type Answer = 'refused' | 'without effect' | 'judged' | { readonly passed: string }

/** The columns, in the order they are printed. */
export const COLUMNS = ['tried', 'refused', 'without effect', 'judged', 'passed', 'crashed'] as const

type Counts = Record<(typeof COLUMNS)[number], number>

/** Counts and offenders, as a process hands them over. */
export interface Tally {
  readonly kinds: Record<string, Counts>
  readonly broken: string[]
}

const MAX_BROKEN = 10

/** A tally of nothing. */
export function newTally(): Tally {
  return { kinds: {}, broken: [] }
}

/** Enters one outcome; `where` says how to repeat it. */
export function enter(
  tally: Tally,
  kind: string,
  answer: Answer | { readonly crashed: string },
  where: string,
): void {
  const column = typeof answer === 'string' ? answer : 'passed' in answer ? 'passed' : 'crashed'
  const counts = countsOf(tally, kind)
  counts.tried++
  counts[column]++
  if (typeof answer === 'string' || tally.broken.length >= MAX_BROKEN) return
  tally.broken.push(`${column}: ${kind}, ${where}: ${Object.values(answer).join()}`)
}

/** Adds `other` to `tally`. */
export function add(tally: Tally, other: Tally): void {
  for (const [kind, counts] of Object.entries(other.kinds)) {
    const sums = countsOf(tally, kind)
    for (const column of COLUMNS) sums[column] += counts[column]
  }
  tally.broken.push(...other.broken)
}

/** All kinds together. */
export function totals(tally: Tally): Counts {
  const sums = zero()
  for (const counts of Object.values(tally.kinds))
    for (const column of COLUMNS) sums[column] += counts[column]
  return sums
}

function countsOf({ kinds }: Tally, kind: string): Counts {
  const counts = kinds[kind] ?? zero()
  kinds[kind] = counts
  return counts
}

function zero(): Counts {
  return { tried: 0, refused: 0, 'without effect': 0, judged: 0, passed: 0, crashed: 0 }
}
