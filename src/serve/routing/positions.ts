// Places in the queue, kept in eight bytes each however many there are.
// Used for alerts that were folded: their places are settled once the summary of them was delivered.

/** A list of places that grows. */
export class Positions {
  #places = new BigUint64Array(4)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(place: bigint): void {
    this.#makeRoom(1)
    this.#places[this.#count] = place
    this.#count += 1
  }

  addAll(other: Positions): void {
    this.#makeRoom(other.#count)
    this.#places.set(other.#places.subarray(0, other.#count), this.#count)
    this.#count += other.#count
  }

  /** All of them, rising. */
  toArray(): BigUint64Array {
    return this.#places.slice(0, this.#count).sort()
  }

  #makeRoom(more: number): void {
    if (this.#count + more <= this.#places.length) return
    const larger = new BigUint64Array(Math.max(2 * this.#places.length, this.#count + more))
    larger.set(this.#places.subarray(0, this.#count))
    this.#places = larger
  }
}
