// Times of alerts as a column: eight bytes each, shifted so that they compare without a sign; and in hexadecimal digits, as chunks tell their
// oldest and newest. Arithmetic on big integers is kept for few of them. Used by what writes and reads columns.

const SHIFT = 1n << 63n
const LEAST = -SHIFT
const MOST = SHIFT - 1n

/** Within what a column can hold. */
function clamped(time: bigint): bigint {
  return time < LEAST ? LEAST : time > MOST ? MOST : time
}

/** The time as sixteen digits that sort as times do. */
export function digitsOf(time: bigint): string {
  return (clamped(time) + SHIFT).toString(16).padStart(16, '0')
}

export function timeOfDigits(digits: string): bigint {
  return BigInt(`0x${digits}`) - SHIFT
}

/** A time in two halves of 32 bits that compare without a sign. */
export interface Halves {
  readonly high: number
  readonly low: number
}

export function halvesOf(time: bigint): Halves {
  const shifted = clamped(time) + SHIFT
  return { high: Number(shifted >> 32n), low: Number(shifted & 0xffff_ffffn) }
}

export function writeTime(column: Buffer, place: number, time: bigint): void {
  const { high, low } = halvesOf(time)
  column.writeUInt32LE(low, place * 8)
  column.writeUInt32LE(high, place * 8 + 4)
}

/** The times of a chunk. */
export class TimeColumn {
  readonly #words: Uint32Array

  constructor(bytes: Buffer) {
    // What Redis answered may lie anywhere; numbers of four bytes must not.
    const aligned = new Uint8Array(bytes.length & ~7)
    aligned.set(bytes.subarray(0, aligned.length))
    this.#words = new Uint32Array(aligned.buffer)
  }

  get length(): number {
    return this.#words.length >> 1
  }

  at(place: number): bigint {
    const [low, high] = [this.#words[place * 2] ?? 0, this.#words[place * 2 + 1] ?? 0]
    return (BigInt(high) << 32n) + BigInt(low) - SHIFT
  }

  /** Whether it lies before a time. */
  isBefore(place: number, { high, low }: Halves): boolean {
    const own = this.#words[place * 2 + 1] ?? 0
    return own < high || (own === high && (this.#words[place * 2] ?? 0) < low)
  }

  /** Below 0, 0 or above, as the first is before, at or after the second. */
  compare(a: number, b: number): number {
    const high = (this.#words[a * 2 + 1] ?? 0) - (this.#words[b * 2 + 1] ?? 0)
    return high !== 0 ? high : (this.#words[a * 2] ?? 0) - (this.#words[b * 2] ?? 0)
  }

  /** Nanoseconds behind another time; exact below 2^53, which are a hundred days. */
  behind(place: number, { high, low }: Halves): number {
    return ((this.#words[place * 2 + 1] ?? 0) - high) * 2 ** 32 + ((this.#words[place * 2] ?? 0) - low)
  }
}
