// Wakes whoever waits for something to change. Remembers nothing: who asks after it rang waits for the next time.
// Used by the workers, whose loops look first and then wait.

/** See the file. */
export class Bell {
  #waiting: (() => void)[] = []

  ring(): void {
    const woken = this.#waiting
    this.#waiting = []
    for (const wake of woken) wake()
  }

  /** Calls `wake` when it rings, once; the function it gives makes it forget. */
  listen(wake: () => void): () => void {
    this.#waiting.push(wake)
    return () => {
      this.#waiting = this.#waiting.filter(each => each !== wake)
    }
  }
}
