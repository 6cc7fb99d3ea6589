// Lets a few questions at the store run at once, a few more wait, and turns the rest away.
// Knows nothing of what is asked. Used by the routes, one gate for questions and one for exports.
import { LannerError } from '../../error.ts'

/** How many run and how many wait. */
export interface GateLimits {
  readonly running: number
  readonly waiting: number
}

/** See the file. */
export class Gate {
  readonly #limits: GateLimits
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /** Runs `work` when its turn comes; rejects with `ERR_API_BUSY` at once when too many wait. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.enter()
    try {
      return await work()
    } finally {
      this.leave()
    }
  }

  /** Waits for a turn, which {@link leave} must end. */
  async enter(): Promise<void> {
    if (this.#running < this.#limits.running) {
      this.#running += 1
      return
    }
    if (this.#waiting.length >= this.#limits.waiting) {
      throw new LannerError('ERR_API_BUSY', 'too many questions at once', { hint: 'ask again in a moment' })
    }
    // Whoever leaves hands its turn over, so the count stays.
    await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}
