// The store's way from the queue: take, insert, settle, and tell who watches. Inserts until it succeeds: what was accepted must be found.
// Knows no kind of store. Made by the server.
import { type Clock, pause } from '../clock.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'
import type { AlertBatch, QueueConsumer } from '../queue/queue.ts'
import type { AlertStore } from '../store/store.ts'
import { backoff } from './backoff.ts'

/** What it is made of. */
export interface StoreParts {
  readonly consumer: QueueConsumer
  readonly store: Pick<AlertStore, 'insert'>
  readonly clock: Clock
  readonly random: () => number
  readonly metrics: ServerMetrics
  /** Alerts in the queue that are not settled. */
  readonly depth: () => number
  /** Lines that were just stored. */
  readonly stored: (lines: Buffer) => void
  /** Hears of every insertion: `undefined` for one that went well. */
  readonly heard: (thrown: unknown) => void
}

const TAKEN = { alerts: 4000, bytes: 8 << 20 }
const RETRY = { first: 200, most: 10_000 }
/** A transaction costs the same for a few as for many: after a few, milliseconds to wait for more. */
const FEW = 500
const GATHER = 20

/** See the file. */
export class StoreWorker {
  readonly #parts: StoreParts
  readonly #enough = new AbortController()
  readonly #stop = new AbortController()
  #draining = false
  #ended: Promise<void> = Promise.resolve()

  constructor(parts: StoreParts) {
    this.#parts = parts
  }

  start(): void {
    this.#ended = this.#run()
  }

  /** Stores what is in the queue now, then ends. */
  drain(): Promise<void> {
    this.#draining = true
    this.#endIfEmpty()
    return this.#ended
  }

  /** Ends at once; what is not settled will be handed out again. */
  stop(): Promise<void> {
    this.#stop.abort()
    this.#enough.abort()
    return this.#ended
  }

  async #run(): Promise<void> {
    const { consumer, clock, heard, random } = this.#parts
    for (let failed = 0; !this.#enough.signal.aborted; ) {
      try {
        const batch = await consumer.take(TAKEN, this.#enough.signal)
        if (batch === undefined) return
        failed = 0
        if (!(await this.#insert(batch))) return
        consumer.settle(batch.positions)
        this.#endIfEmpty()
        if (batch.count < FEW && !this.#draining) await pause(clock, GATHER, this.#enough.signal)
      } catch (thrown) {
        failed += 1
        heard(thrown)
        consumer.rewind()
        await pause(clock, backoff(RETRY, failed, random), this.#stop.signal)
      }
    }
  }

  async #insert({ lines }: AlertBatch): Promise<boolean> {
    const { store, clock, random, metrics, heard, stored } = this.#parts
    for (let failed = 1; !this.#stop.signal.aborted; failed += 1) {
      try {
        metrics.stored.add([], await store.insert(lines))
        heard(undefined)
        stored(lines)
        return true
      } catch (thrown) {
        metrics.storeErrors.add([])
        heard(thrown)
        await pause(clock, backoff(RETRY, failed, random), this.#stop.signal)
      }
    }
    return false
  }

  #endIfEmpty(): void {
    if (this.#draining && this.#parts.depth() === 0) this.#enough.abort()
  }
}
