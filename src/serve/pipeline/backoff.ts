// How long to wait before something is tried again: twice as long at most each time, and anywhere in between, so that those who
// failed together don't come back together. Waits for nothing itself. Used by the workers.

/** Milliseconds. */
export interface BackoffLimits {
  /** At most before the second attempt. */
  readonly first: number
  /** At most before any. */
  readonly most: number
}

/** Milliseconds to wait after so many failed attempts; `asked` is what the receiver wants at least. */
export function backoff(
  { first, most }: BackoffLimits,
  failed: number,
  random: () => number,
  asked = 0,
): number {
  const longest = Math.min(most, first * 2 ** Math.min(failed - 1, 40))
  // A receiver that names an hour gets its hour; one that names a year is asked again all the same.
  const least = Math.min(asked, Math.max(most, LONGEST_ASKED))
  return least + random() * longest
}

const LONGEST_ASKED = 3_600_000
