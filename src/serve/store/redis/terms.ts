// What words and values of fields are called in the index: 64 bits of a hash that is keyed by the store. 40 of them are kept, so that of
// a million alerts one query in a hundred thousand finds one too many. Asks the addon; used where terms are looked for.
import type { StoreParts } from './parts.ts'

/** A term: both halves of its hash. */
export interface Term {
  /** 32 bits that are kept with every occurrence. */
  readonly low: number
  /** Whose last bits choose the bucket. */
  readonly high: number
}

/** The terms of words in lower case. */
export function wordTerms({ native, layout }: StoreParts, words: readonly string[]): Term[] {
  return termsIn(native.indexWords([...words], layout.key))
}

/** The terms of output fields' values. */
export function valueTerms(
  { native, layout }: StoreParts,
  pairs: readonly (readonly [name: string, value: string])[],
): Term[] {
  return termsIn(native.indexValues(pairs.flat(), layout.key))
}

/** The numbers by which ids of sixteen bytes are spread over hashes. */
export function idHashes(parts: StoreParts, ids: readonly Buffer[]): number[] {
  return wordTerms(
    parts,
    ids.map(id => id.toString('hex')),
  ).map(({ low }) => low)
}

function termsIn(halves: Uint32Array): Term[] {
  return Array.from({ length: halves.length >> 1 }, (_, at) => ({
    low: halves[at * 2] ?? 0,
    high: halves[at * 2 + 1] ?? 0,
  }))
}
