// A set of terms that is quick to ask: open addressing over one array. Knows nothing of what terms stand for.
// Used to tell each word of a chunk once.

/** Numbers of an entry: both halves of the term, and 1 where there is one. */
const WIDTH = 3

/** See the file. */
export class TermSet {
  #table: Uint32Array
  #mask: number
  #size = 0

  /** `capacity` is a power of two; it grows by itself. */
  constructor(capacity: number) {
    this.#table = new Uint32Array(capacity * WIDTH)
    this.#mask = capacity - 1
  }

  get size(): number {
    return this.#size
  }

  has(low: number, high: number): boolean {
    return this.#table[this.#find(low, high) + 2] === 1
  }

  /** Whether it was not there before. */
  add(low: number, high: number): boolean {
    const at = this.#find(low, high)
    if (this.#table[at + 2] === 1) return false
    this.#table[at] = low
    this.#table[at + 1] = high
    this.#table[at + 2] = 1
    this.#size += 1
    if (this.#size * 2 > this.#mask) this.#grow()
    return true
  }

  /** Where it is, or would be. */
  #find(low: number, high: number): number {
    const table = this.#table
    let slot = (low ^ (high >>> 7)) & this.#mask
    for (;;) {
      const at = slot * WIDTH
      if (table[at + 2] !== 1 || (table[at] === low && table[at + 1] === high)) return at
      slot = (slot + 1) & this.#mask
    }
  }

  #grow(): void {
    const old = this.#table
    this.#table = new Uint32Array(old.length * 2)
    this.#mask = this.#mask * 2 + 1
    this.#size = 0
    for (let at = 0; at < old.length; at += WIDTH) {
      if (old[at + 2] === 1) this.add(old[at] ?? 0, old[at + 1] ?? 0)
    }
  }
}
