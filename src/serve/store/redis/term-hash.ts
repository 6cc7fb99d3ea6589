// What words and values of fields are called in the index: 64 bits of a hash that is keyed by the store. 40 of them are kept, so that of
// a million alerts one query in a hundred thousand finds one too many. Used where terms are written and looked for.

/** Secret of a store: the beginnings of two lanes for words, and two for values. */
export type StoreKey = readonly [number, number, number, number]

/** Between name and value: no UTF-8 text holds it. */
const SEPARATOR = 0xff

/** A term: both halves of its hash. */
export interface Term {
  /** 32 bits that are kept with every occurrence. */
  readonly low: number
  /** Whose last bits choose the bucket. */
  readonly high: number
}

/** One step of the first lane. */
export function stepA(state: number, byte: number): number {
  return Math.imul(state ^ byte, 0x01000193)
}

/** One step of the second. */
export function stepB(state: number, byte: number): number {
  const next = Math.imul(state ^ byte, 0x5bd1e995)
  return next ^ (next >>> 13)
}

/** Both lanes as the half that is kept. */
export function lowOf(a: number, b: number): number {
  return mixed(a ^ Math.imul(b, 0x9e3779b1))
}

/** Both lanes as the half that chooses the bucket. */
export function highOf(a: number, b: number): number {
  return mixed((b + Math.imul(a, 0x2c1b3c6d)) | 0)
}

function mixed(state: number): number {
  let hash = state ^ (state >>> 16)
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The term of a word, in lower case. */
export function wordTerm([a, b]: StoreKey, word: Uint8Array): Term {
  return ended(a, b, word)
}

/** The term of an output field's value. */
export function fieldTerm([, , a, b]: StoreKey, name: Uint8Array, value: Uint8Array): Term {
  let [first, second] = [a, b]
  for (const byte of name) {
    first = stepA(first, byte)
    second = stepB(second, byte)
  }
  return ended(stepA(first, SEPARATOR), stepB(second, SEPARATOR), value)
}

/** Any other bytes, such as an id or the name of a field. */
export function hashOf([a, b]: StoreKey, bytes: Uint8Array): number {
  return ended(b, a, bytes).high
}

function ended(a: number, b: number, bytes: Uint8Array): Term {
  let [first, second] = [a, b]
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    first = stepA(first, byte)
    second = stepB(second, byte)
  }
  return { low: lowOf(first, second), high: highOf(first, second) }
}
