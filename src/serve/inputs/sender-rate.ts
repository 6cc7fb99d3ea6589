// How often one sender may post: a bucket of tokens each, filled steadily.
// Remembers a bounded number of senders; who was forgotten begins with a full bucket. Used by every listener that takes posts.
import type { Clock } from '../clock.ts'

/** Requests a second in the long run, and at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

interface Bucket {
  tokens: number
  /** Steady milliseconds. */
  seen: number
}

const SENDERS = 10_000

/** See the file. */
export class SenderRate {
  readonly #rate: Rate
  readonly #clock: Pick<Clock, 'steady'>
  /** The one that was seen longest ago first. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, clock: Pick<Clock, 'steady'>) {
    this.#rate = rate
    this.#clock = clock
  }

  /** Counts a request. `undefined` when it may come; else the seconds to wait for. */
  refuse(sender: string): number | undefined {
    const { perSecond, burst } = this.#rate
    const now = this.#clock.steady()
    const bucket = this.#buckets.get(sender) ?? { tokens: burst, seen: now }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.seen) / 1000) * perSecond)
    bucket.seen = now
    this.#buckets.delete(sender)
    this.#buckets.set(sender, bucket)
    this.#forget()
    if (bucket.tokens < 1) return (1 - bucket.tokens) / perSecond
    bucket.tokens -= 1
    return undefined
  }

  #forget(): void {
    if (this.#buckets.size <= SENDERS) return
    const [oldest] = this.#buckets.keys()
    if (oldest !== undefined) this.#buckets.delete(oldest)
  }
}
