// Cuts text into words as the addon does, and gives each its term: runs of letters and digits in lower case. What is plain ASCII is read here,
// words of any other run are asked of the addon and remembered. Used by `alert-scanner.ts`.
import type { Native } from '../../../native/native.ts'
import { highOf, lowOf, type StoreKey, stepA, stepB, wordTerm } from './term-hash.ts'

/** Bytes of a word that count. */
const MAX_WORD = 64
/** What each byte is within a word: itself in lower case, or 0 for one that separates. */
const LETTERS = Uint8Array.from({ length: 128 }, (_, byte) => {
  const text = String.fromCharCode(byte)
  return /[0-9A-Za-z]/.test(text) ? text.toLowerCase().charCodeAt(0) : 0
})
/** Stands for a byte of a letter beyond ASCII, or of what separates there. */
const OTHER = 0xff
/** Runs of such letters whose words are remembered. */
const MOST_OTHERS = 4096

/** Hears of every word and value. What it heard of an alert is void when `begin` comes again. */
export interface TermListener {
  begin(): void
  /** A word; its bytes may be in upper case. */
  word(bytes: Buffer, start: number, end: number, low: number, high: number): void
  endText(): void
  field(name: string, value: () => string, low: number, high: number): void
}

/** See the file. */
export class WordReader {
  readonly #native: Native
  readonly #key: StoreKey
  /** Words of runs that are not all ASCII, which come again and again. */
  readonly #others = new Map<string, readonly string[]>()

  constructor(native: Native, key: StoreKey) {
    this.#native = native
    this.#key = key
  }

  /** The words between two places. */
  read(bytes: Buffer, start: number, end: number, listener: TermListener): void {
    const beginA = this.#key[0]
    const beginB = this.#key[1]
    let a: number = beginA
    let b: number = beginB
    let length = 0
    let first = start
    for (let at = start; at <= end; at += 1) {
      const byte = at === end ? 0 : (bytes[at] ?? 0)
      const letter = byte < 0x80 ? (LETTERS[byte] ?? 0) : OTHER
      if (letter === 0) {
        if (length === 0) continue
        listener.word(bytes, first, first + length, lowOf(a, b), highOf(a, b))
        a = beginA
        b = beginB
        length = 0
        continue
      }
      if (length === 0) first = at
      if (letter === OTHER) {
        at = this.#otherWords(bytes, first, end, listener)
        a = beginA
        b = beginB
        length = 0
        continue
      }
      if (length === MAX_WORD) continue
      a = stepA(a, letter)
      b = stepB(b, letter)
      length += 1
    }
  }

  /** The words of a run with letters beyond ASCII, up to what separates in any case; gives where that is. */
  #otherWords(bytes: Buffer, first: number, end: number, listener: TermListener): number {
    let at = first
    while (at < end && ((bytes[at] ?? 0) >= 0x80 || LETTERS[bytes[at] ?? 0] !== 0)) at += 1
    const run = bytes.toString('utf8', first, at)
    let words = this.#others.get(run)
    if (words === undefined) {
      if (this.#others.size === MOST_OTHERS) this.#others.clear()
      // The addon decides which letters make words, and what they are in lower case.
      words = this.#native.queryTextItems(`"${run}"`)[0]?.words ?? []
      this.#others.set(run, words)
    }
    for (const word of words) this.word(word, listener)
    return at
  }

  /** A word that is one, in lower case. */
  word(word: string, listener: TermListener): void {
    const bytes = Buffer.from(word)
    const { low, high } = wordTerm(this.#key, bytes)
    listener.word(bytes, 0, bytes.length, low, high)
  }
}
