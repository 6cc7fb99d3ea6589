// The alerts of one chunk that a query found: all of them, or a bit each. Used by what evaluates, lists and counts.
import type { Chunk } from './chunks.ts'

/** See the file. */
export class Hits {
  readonly chunk: Chunk
  /** None: all. */
  #bits: Uint8Array | undefined
  #count: number

  constructor(chunk: Chunk, bits?: Uint8Array) {
    this.chunk = chunk
    this.#bits = bits
    this.#count = bits === undefined ? chunk.count : bits.reduce((sum, byte) => sum + bitsOf(byte), 0)
  }

  get count(): number {
    return this.#count
  }

  /** Calls `visit` with each place, the first put in first. */
  each(visit: (place: number) => void): void {
    const bits = this.#bits
    if (bits === undefined) {
      for (let place = 0; place < this.chunk.count; place += 1) visit(place)
      return
    }
    for (let at = 0; at < bits.length; at += 1) {
      for (let rest = bits[at] ?? 0, place = at * 8; rest !== 0; rest >>>= 1, place += 1) {
        if ((rest & 1) !== 0) visit(place)
      }
    }
  }

  /** Takes one out that is in. */
  remove(place: number): void {
    this.#bits ??= Uint8Array.from({ length: Math.ceil(this.chunk.count / 8) }, (_, at) =>
      at * 8 + 8 <= this.chunk.count ? 0xff : 0xff >>> (at * 8 + 8 - this.chunk.count),
    )
    this.#bits[place >> 3] = (this.#bits[place >> 3] ?? 0) & ~(1 << (place & 7))
    this.#count -= 1
  }
}

function bitsOf(byte: number): number {
  let [rest, count] = [byte, 0]
  for (; rest !== 0; rest &= rest - 1) count += 1
  return count
}
