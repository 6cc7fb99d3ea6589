// One output's way from the queue: take, sort, gather into deliveries, deliver, settle. Knows nothing of the other outputs, so that
// none is held up by another's trouble. Stopped by draining (what is in the queue still goes) or at once. Made by the server.
import { type Clock, pause } from '../clock.ts'
import type { CommonOptions } from '../outputs/common-options.ts'
import type { QueueConsumer } from '../queue/queue.ts'
import { Bell } from './bell.ts'
import type { Delivery } from './delivery.ts'
import type { Parcel } from './parcel.ts'
import type { Sorted, Sorting } from './sorting.ts'

/** What a worker is made of. */
export interface WorkerParts {
  readonly consumer: QueueConsumer
  readonly sorting: Sorting
  readonly delivery: Delivery
  readonly options: Pick<CommonOptions, 'batch' | 'concurrency'>
  readonly clock: Clock
  /** Milliseconds to wait for more after few alerts: taking a few costs what taking many does. */
  readonly gather: number
  /** Hears of the lines of every batch. */
  readonly taken?: (lines: Buffer) => void
  /** Alerts in the queue that this output has not settled. */
  readonly depth: () => number
  /** Hears of what should not happen: the worker begins again after it. */
  readonly troubled: (thrown: unknown) => void
}

/** Alerts taken at once at most, and bytes; alerts gathered before no more are taken. */
const TAKEN = { alerts: 1000, bytes: 4 << 20 }
const GATHERED = 2000
const FEW = 100
/** Milliseconds before the queue is asked again after it failed. */
const AGAIN = 1000

interface Waiting {
  readonly parcel: Parcel
  /** Steady milliseconds. */
  readonly since: number
  readonly bytes: number
}

/** See the file. */
export class OutputWorker {
  readonly #parts: WorkerParts
  readonly #waiting: Waiting[] = []
  #gathered = 0
  /** Places taken and not settled. */
  #unsettled = 0
  #running = 0
  #taking = true
  #draining = false
  #leaving = false
  readonly #bell = new Bell()
  readonly #enough = new AbortController()
  /** What fails is not tried again. */
  readonly #last = new AbortController()
  readonly #stop = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  constructor(parts: WorkerParts) {
    this.#parts = parts
  }

  /** Begins to take alerts. */
  start(): void {
    this.#ended = Promise.all([this.#intake(), this.#dispatch()]).then(() => undefined)
  }

  /**
   * Delivers what is in the queue now, then ends; at the first that fails it ends as well. Resolves once that is done, or `stop` was
   * called, with whether nothing failed.
   */
  async drain(): Promise<boolean> {
    this.#draining = true
    this.#last.abort()
    this.#endIfEmpty()
    this.#bell.ring()
    await this.#ended
    return !this.#leaving
  }

  /** Begins no more deliveries and lets those under way end, for so many milliseconds at most. */
  async retire(patience: number): Promise<void> {
    this.#leave()
    const cancel = this.#parts.clock.after(patience, () => void this.stop())
    await this.#ended
    cancel()
  }

  /** Ends at once; what is not settled will be handed out again. */
  stop(): Promise<void> {
    this.#last.abort()
    this.#stop.abort()
    this.#enough.abort()
    this.#bell.ring()
    return this.#ended
  }

  #leave(): void {
    this.#leaving = true
    this.#enough.abort()
    this.#bell.ring()
  }

  async #intake(): Promise<void> {
    const { consumer, sorting, clock, gather } = this.#parts
    while (!this.#enough.signal.aborted) {
      if (this.#gathered >= GATHERED) {
        await this.#moved()
        continue
      }
      try {
        const batch = await consumer.take(TAKEN, this.#enough.signal)
        if (batch === undefined) break
        this.#unsettled += batch.count
        this.#parts.taken?.(batch.lines)
        this.#gather(await sorting.take(batch, clock.steady()))
        if (batch.count < FEW && gather > 0 && !this.#draining)
          await pause(clock, gather, this.#enough.signal)
      } catch (thrown) {
        await this.#begin(thrown)
      }
    }
    if (!this.#ending) this.#gather(sorting.flush(clock.steady()))
    this.#taking = false
    this.#bell.ring()
  }

  /** What was taken and got lost on the way must come again. */
  async #begin(thrown: unknown): Promise<void> {
    const { consumer, clock, troubled } = this.#parts
    troubled(thrown)
    consumer.rewind()
    this.#unsettled = 0
    await pause(clock, AGAIN, this.#enough.signal)
  }

  /** Whether no delivery begins any more. */
  get #ending(): boolean {
    return this.#leaving || this.#stop.signal.aborted
  }

  /** While draining, an empty queue is the end. */
  #endIfEmpty(): void {
    if (this.#draining && this.#parts.depth() <= this.#unsettled) this.#enough.abort()
  }

  #gather({ parcels, settled }: Sorted): void {
    const since = this.#parts.clock.steady()
    for (const parcel of parcels) {
      const bytes = parcel.shipments.reduce((sum, { alert }) => sum + alert.size, 0)
      this.#waiting.push({ parcel, since, bytes })
      this.#gathered += parcel.shipments.length
    }
    this.#settle(settled)
    if (parcels.length > 0) this.#bell.ring()
  }

  #settle(positions: BigUint64Array): void {
    if (positions.length > 0) this.#parts.consumer.settle(positions)
    this.#unsettled -= positions.length
    this.#endIfEmpty()
  }

  async #dispatch(): Promise<void> {
    const { options, clock, sorting } = this.#parts
    for (;;) {
      if (this.#ending) break
      this.#gather(sorting.ripe(clock.steady()))
      const parcels = this.#running < options.concurrency ? this.#next() : []
      if (parcels.length > 0) {
        this.#running += 1
        void this.#carry(parcels)
      } else if (!this.#taking && this.#waiting.length === 0 && this.#running === 0) break
      else await this.#moved()
    }
    // Deliveries under way hear of the end themselves.
    while (this.#running > 0) await this.#moved()
  }

  /** The parcels of the next delivery, if it is time. */
  #next(): Parcel[] {
    const [first] = this.#waiting
    if (first === undefined) return []
    if (first.parcel.alone) return this.#cut(1)
    const { batch } = this.#parts.options
    let [count, alerts, bytes] = [0, 0, 0]
    for (const { parcel, bytes: more } of this.#waiting) {
      if (parcel.alone) break
      if (count > 0 && (alerts + parcel.shipments.length > batch.alerts || bytes + more > batch.bytes)) break
      count += 1
      alerts += parcel.shipments.length
      bytes += more
    }
    const full = count < this.#waiting.length || alerts >= batch.alerts || bytes >= batch.bytes
    const late = this.#parts.clock.steady() - first.since >= batch.wait
    return full || late || this.#draining ? this.#cut(count) : []
  }

  #cut(count: number): Parcel[] {
    return this.#waiting.splice(0, count).map(({ parcel }) => parcel)
  }

  async #carry(parcels: readonly Parcel[]): Promise<void> {
    const { delivery } = this.#parts
    const shipments = parcels.flatMap(parcel => parcel.shipments)
    try {
      if (await delivery.deliver(shipments, this.#stop.signal, this.#last.signal)) {
        this.#settle(together(parcels.map(({ settles }) => settles)))
      } else if (this.#draining) this.#leave()
    } catch (thrown) {
      await this.#begin(thrown)
    } finally {
      this.#running -= 1
      this.#gathered -= shipments.length
      this.#bell.ring()
    }
  }

  /** Resolves when something has changed, or it is time for something. */
  #moved(): Promise<void> {
    const { clock, sorting, options } = this.#parts
    const [first] = this.#waiting
    const moments = [
      sorting.due(),
      ...(first === undefined || this.#running >= options.concurrency
        ? []
        : [first.since + options.batch.wait]),
    ].filter(moment => moment !== undefined)
    return new Promise(done => {
      const end = (): void => {
        cancel()
        forget()
        done()
      }
      const forget = this.#bell.listen(end)
      const wait = Math.max(0, Math.min(...moments) - clock.steady())
      const cancel = moments.length === 0 ? () => undefined : clock.after(wait, end)
    })
  }
}

/** One call for all of them: the queue writes down places. */
function together(parts: readonly BigUint64Array[]): BigUint64Array {
  const whole = new BigUint64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
