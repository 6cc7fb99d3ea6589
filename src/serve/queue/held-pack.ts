// One message that JetStream gave to this worker and that isn't settled yet: which of its alerts were taken, and which settled.
// Talks to nobody. Used by `jetstream-consumer.ts`.
import type { UnpackedAlerts } from './alert-pack.ts'
import type { DeliveredPack } from './delivered-pack.ts'

/** See the file. */
export class HeldPack {
  readonly sequence: number
  readonly accepted: bigint
  readonly redelivered: boolean
  readonly count: number
  /** Of its latest delivery. */
  reply: string
  /** Dropped once all are taken: what waits to be settled shall cost no memory. */
  alerts: UnpackedAlerts | undefined
  /** The next to be taken. */
  next = 0
  readonly #settled: Uint8Array
  #settledCount = 0

  /** `settled`: which of its alerts were settled when it was here before. */
  constructor(pack: DeliveredPack, settled: Uint8Array | undefined) {
    this.sequence = pack.sequence
    this.accepted = pack.accepted
    this.redelivered = pack.redelivered
    this.reply = pack.reply
    this.alerts = pack.alerts
    this.count = pack.alerts.count
    this.#settled = settled ?? new Uint8Array(this.count)
    for (const one of this.#settled) this.#settledCount += one
    this.#skip()
  }

  /** Whether every alert of it was taken. */
  get isTaken(): boolean {
    return this.next >= this.count
  }

  get isSettled(): boolean {
    return this.#settledCount === this.count
  }

  /** Alerts of it that weren't settled. */
  get unsettled(): number {
    return this.count - this.#settledCount
  }

  settle(index: number): void {
    if (index >= this.count || this.#settled[index] === 1) return
    this.#settled[index] = 1
    this.#settledCount += 1
  }

  /** What must be remembered when the message is given back; `undefined` if nothing of it was settled. */
  get progress(): Uint8Array | undefined {
    return this.#settledCount === 0 ? undefined : this.#settled
  }

  /** Moves on behind the alert that was taken. */
  advance(): void {
    this.next += 1
    this.#skip()
    if (this.isTaken) this.alerts = undefined
  }

  #skip(): void {
    while (this.next < this.count && this.#settled[this.next] === 1) this.next += 1
  }
}
