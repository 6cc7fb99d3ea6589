// A list that grows at its end and is taken from its beginning, each in constant time.
// A Map in order of insertion would do but for its speed: V8 walks over what was removed to find the first. Used by the stages.

/** Removed items are given up once there are so many, and more than remain. */
const SLACK = 1024

/** See the file. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = []
  #begin = 0

  push(item: Item): void {
    this.#items.push(item)
  }

  first(): Item | undefined {
    return this.#items[this.#begin]
  }

  shift(): Item | undefined {
    const item = this.first()
    if (this.#begin < this.#items.length) {
      this.#items[this.#begin] = undefined
      this.#begin += 1
    }
    if (this.#begin > SLACK && 2 * this.#begin > this.#items.length) {
      this.#items = this.#items.slice(this.#begin)
      this.#begin = 0
    }
    return item
  }
}
