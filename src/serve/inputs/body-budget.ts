// How many bytes of bodies are in memory at once. Who reads more waits, and so does the sender behind the socket.
// The oldest body may always go on: so there is an end to waiting, at the price of one body over the limit.
// Used by `body-reader.ts`.

/** The part of one body. */
export interface BodyShare {
  /** Counts so many more bytes; a promise when they have to wait. */
  take(bytes: number): Promise<void> | undefined
  /** The body is no longer in memory, or nobody waits for it any more. */
  release(): void
}

interface Holder {
  held: number
  wanted: number
  wake: (() => void) | undefined
}

/** See the file. */
export class BodyBudget {
  readonly #limit: number
  /** In the order in which they began. */
  readonly #holders = new Set<Holder>()
  #held = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes in memory. */
  get held(): number {
    return this.#held
  }

  /** A new body. */
  open(): BodyShare {
    const holder: Holder = { held: 0, wanted: 0, wake: undefined }
    this.#holders.add(holder)
    return {
      take: bytes => this.#take(holder, bytes),
      release: () => this.#release(holder),
    }
  }

  #take(holder: Holder, bytes: number): Promise<void> | undefined {
    if (this.#mayHold(holder, bytes)) {
      this.#hold(holder, bytes)
      return undefined
    }
    holder.wanted = bytes
    return new Promise(resolve => {
      holder.wake = resolve
    })
  }

  #release(holder: Holder): void {
    if (!this.#holders.delete(holder)) return
    this.#held -= holder.held
    holder.wake?.()
    for (const other of this.#holders) {
      if (other.wake === undefined) continue
      if (!this.#mayHold(other, other.wanted)) return
      const { wake } = other
      other.wake = undefined
      this.#hold(other, other.wanted)
      wake()
    }
  }

  #mayHold(holder: Holder, bytes: number): boolean {
    const [oldest] = this.#holders
    return holder === oldest || this.#held + bytes <= this.#limit || !this.#holders.has(holder)
  }

  #hold(holder: Holder, bytes: number): void {
    if (!this.#holders.has(holder)) return
    holder.held += bytes
    this.#held += bytes
  }
}
