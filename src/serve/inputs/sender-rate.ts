// How many alerts one sender may post: an allowance each that fills steadily. What was accepted is taken from it, below zero too,
// so that one large body is not refused for its size. Remembers a bounded number of senders. Used by every listener that takes posts.
import type { Clock } from '../clock.ts'

/** Alerts a second in the long run, and at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

interface Allowance {
  alerts: number
  /** Steady milliseconds. */
  seen: number
}

/** Who was forgotten begins anew with a full allowance. */
const SENDERS = 10_000

/** See the file. */
export class SenderRate {
  readonly #rate: Rate
  readonly #clock: Pick<Clock, 'steady'>
  /** The one that was seen longest ago first. */
  readonly #senders = new Map<string, Allowance>()

  constructor(rate: Rate, clock: Pick<Clock, 'steady'>) {
    this.#rate = rate
    this.#clock = clock
  }

  /** Milliseconds the sender has to wait before it may post again; 0 when it need not. */
  wait(sender: string): number {
    const { alerts } = this.#allowance(sender)
    return alerts >= 1 ? 0 : ((1 - alerts) / this.#rate.perSecond) * 1000
  }

  /** Takes what was accepted from the sender's allowance. */
  charge(sender: string, alerts: number): void {
    this.#allowance(sender).alerts -= alerts
  }

  #allowance(sender: string): Allowance {
    const { perSecond, burst } = this.#rate
    const now = this.#clock.steady()
    const known = this.#senders.get(sender) ?? { alerts: burst, seen: now }
    known.alerts = Math.min(burst, known.alerts + ((now - known.seen) / 1000) * perSecond)
    known.seen = now
    this.#senders.delete(sender)
    this.#senders.set(sender, known)
    const [oldest] = this.#senders.keys()
    if (this.#senders.size > SENDERS && oldest !== undefined) this.#senders.delete(oldest)
    return known
  }
}
