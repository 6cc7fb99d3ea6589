// How an output fares: since when it fails, why, and what it gave up. Tells the log when that changes, and now and then while it lasts.
// Used by the server's health, by its metrics, and by whoever reads the log.
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { DeliveryFault } from '../outputs/output.ts'

/** Milliseconds between two lines of the log about the same trouble. */
const REMIND = 60_000

/** See the file. */
export class OutputState {
  readonly name: string
  readonly #clock: Clock
  readonly #log: Log
  #failed = 0
  #told = Number.NEGATIVE_INFINITY
  #since: bigint | undefined
  #message: string | undefined
  /** Alerts given up since the log was told of any. */
  #givenUp = 0
  #lastBurial = Number.NEGATIVE_INFINITY

  constructor(name: string, clock: Clock, log: Log) {
    this.name = name
    this.#clock = clock
    this.#log = log
  }

  /** Whether its last attempt failed. */
  get failing(): boolean {
    return this.#since !== undefined
  }

  /** For `/healthz`. */
  get summary(): Readonly<Record<string, unknown>> {
    if (this.#since === undefined) return { status: 'ok' }
    return {
      status: 'failing',
      since: new Date(Number(this.#since / 1_000_000n)).toISOString(),
      failures: this.#failed,
      message: this.#message,
    }
  }

  /** Hears of an attempt. */
  heard(fault: DeliveryFault | undefined): void {
    if (fault === undefined) {
      this.#well()
      return
    }
    this.#failed += 1
    this.#message = fault.message
    this.#since ??= this.#clock.wall()
    const now = this.#clock.steady()
    if (now - this.#told < REMIND) return
    this.#told = now
    const what = fault.retry ? 'output fails, trying again' : 'output refuses alerts'
    this.#log('warn', `${what}: ${fault.message}`, { output: this.name, failures: this.#failed })
  }

  /** Hears of alerts that are tried no more and lie among the dead letters. */
  buried(count: number, reason: string): void {
    this.#givenUp += count
    const now = this.#clock.steady()
    if (now - this.#lastBurial < REMIND) return
    this.#lastBurial = now
    const facts = { output: this.name, count: this.#givenUp }
    this.#givenUp = 0
    this.#log('warn', `alerts given up, see \`lanner serve queue list\`: ${reason}`, facts)
  }

  #well(): void {
    if (this.#since === undefined) return
    this.#since = undefined
    this.#log('info', 'output is well again', { output: this.name, failures: this.#failed })
    this.#failed = 0
    this.#told = Number.NEGATIVE_INFINITY
  }
}
