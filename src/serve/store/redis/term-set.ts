// A set of terms that is quick to ask and to empty: open addressing over one array. Knows nothing of what terms stand for.
// Used to tell each term of an alert once, and each word of a chunk.

/** Numbers of an entry: both halves of the term, and when it was put in. */
const WIDTH = 3

/** See the file. */
export class TermSet {
  #table: Uint32Array
  #mask: number
  #turn = 1
  #size = 0

  /** `capacity` is a power of two; it grows by itself. */
  constructor(capacity: number) {
    this.#table = new Uint32Array(capacity * WIDTH)
    this.#mask = capacity - 1
  }

  get size(): number {
    return this.#size
  }

  clear(): void {
    this.#turn += 1
    this.#size = 0
  }

  has(low: number, high: number): boolean {
    return this.#table[this.#find(low, high) + 2] === this.#turn
  }

  /** Whether it was not there before. */
  add(low: number, high: number): boolean {
    const at = this.#find(low, high)
    if (this.#table[at + 2] === this.#turn) return false
    this.#table[at] = low
    this.#table[at + 1] = high
    this.#table[at + 2] = this.#turn
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
      if (table[at + 2] !== this.#turn || (table[at] === low && table[at + 1] === high)) return at
      slot = (slot + 1) & this.#mask
    }
  }

  #grow(): void {
    const [old, turn] = [this.#table, this.#turn]
    this.#table = new Uint32Array(old.length * 2)
    this.#mask = this.#mask * 2 + 1
    this.#size = 0
    for (let at = 0; at < old.length; at += WIDTH) {
      if (old[at + 2] === turn) this.add(old[at] ?? 0, old[at + 1] ?? 0)
    }
  }
}
