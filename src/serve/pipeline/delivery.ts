// Brings alerts to one output until each is delivered or given up: tries again, takes batches apart, buries what is refused for good.
// Settles nothing in the queue. Used by `output-worker.ts`.
import { messageOf } from '../../error.ts'
import { type Clock, pause } from '../clock.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'
import type { CommonOptions } from '../outputs/common-options.ts'
import { DeliveryFault, type Output } from '../outputs/output.ts'
import type { Burial } from '../queue/dead-letters.ts'
import { type BackoffLimits, backoff } from './backoff.ts'
import type { Shipment } from './parcel.ts'

/** What a delivery needs. */
export interface DeliveryParts {
  /** In the configuration. */
  readonly name: string
  readonly output: Output
  readonly options: Pick<CommonOptions, 'timeout' | 'retry'>
  readonly clock: Clock
  readonly random: () => number
  readonly metrics: ServerMetrics
  /** Rejects while there is no place for them; then they are tried to be buried again. */
  readonly bury: (burials: readonly Burial[]) => Promise<void>
  /** Hears of every attempt: `undefined` for one that went well. */
  readonly heard: (fault: DeliveryFault | undefined) => void
}

/** Requests that may be spent on finding out which alerts of a refused batch are the bad ones. */
const SEARCH = 64
/** Milliseconds an output has to end after its time is up. */
const GRACE = 1000
/** Burying fails only where the disk does. */
const BURYING: BackoffLimits = { first: 1000, most: 30_000 }

/** Why alerts are given up: `refused` by the receiver, or out of `attempts`. */
interface Grave {
  readonly reason: 'refused' | 'attempts'
  readonly attempts: number
  /** Of the first attempt: nanoseconds since 1970. */
  readonly begun: bigint
}

interface Outcome {
  readonly again: readonly Shipment[]
  readonly fault: DeliveryFault | undefined
  readonly progress: boolean
}

/** See the file. */
export class Delivery {
  readonly #parts: DeliveryParts

  constructor(parts: DeliveryParts) {
    this.#parts = parts
  }

  /**
   * True when nothing of them is left to do; false when `stop` broke it off, or what failed is not to be tried again since `last` aborted.
   * Whoever aborts `stop` aborts `last` too.
   */
  async deliver(
    shipments: readonly Shipment[],
    stop: AbortSignal,
    last: AbortSignal = stop,
  ): Promise<boolean> {
    const { clock, options, metrics, name, random } = this.#parts
    const begun = clock.wall()
    let waiting = shipments
    for (let failed = 0; waiting.length > 0; ) {
      if (stop.aborted) return false
      const outcome = await this.#attempt(waiting, begun, failed, { left: SEARCH }, stop)
      if (outcome === undefined) return false
      waiting = outcome.again
      if (waiting.length === 0) break
      failed = outcome.progress ? 1 : failed + 1
      if (failed >= options.retry.attempts) {
        const message = outcome.fault?.message ?? 'not delivered'
        return this.#bury(waiting, () => message, { reason: 'attempts', attempts: failed, begun }, stop)
      }
      await pause(clock, backoff(options.retry, failed, random, outcome.fault?.after), last)
      if (last.aborted) return false
      metrics.retries.add([name])
    }
    return true
  }

  /** `undefined` when it was broken off. */
  async #attempt(
    shipments: readonly Shipment[],
    begun: bigint,
    failed: number,
    search: { left: number },
    stop: AbortSignal,
  ): Promise<Outcome | undefined> {
    const fault = await this.#once(shipments, stop)
    if (fault === undefined) {
      this.#delivered(shipments)
      return { again: [], fault, progress: true }
    }
    if (stop.aborted) return undefined
    const { metrics, name } = this.#parts
    metrics.outputs.add([name, 'error'], shipments.length)
    const { retry, refused, done } = fault
    if (!retry && refused.size === 0) {
      if (shipments.length > 1 && search.left > 0) return this.#halve(shipments, begun, failed, search, stop)
      const buried = { reason: 'refused', attempts: failed + 1, begun } as const
      const gone = await this.#bury(shipments, () => fault.message, buried, stop)
      return gone ? { again: [], fault, progress: true } : undefined
    }
    const past = retry ? done : shipments.length
    this.#delivered(shipments.filter((_, at) => at < past && !refused.has(at)))
    const bad = shipments.filter((_, at) => refused.has(at))
    const reasons = new Map(shipments.map((shipment, at) => [shipment, refused.get(at) ?? fault.message]))
    const buried = { reason: 'refused', attempts: failed + 1, begun } as const
    const gone = await this.#bury(bad, shipment => reasons.get(shipment) ?? '', buried, stop)
    if (!gone) return undefined
    const again = shipments.filter((_, at) => at >= past && !refused.has(at))
    return { again, fault, progress: past > 0 || bad.length > 0 }
  }

  /** What is refused whole may be so for one bad alert in it. */
  async #halve(
    shipments: readonly Shipment[],
    begun: bigint,
    failed: number,
    search: { left: number },
    stop: AbortSignal,
  ): Promise<Outcome | undefined> {
    const middle = Math.ceil(shipments.length / 2)
    const again: Shipment[] = []
    let fault: DeliveryFault | undefined
    for (const half of [shipments.slice(0, middle), shipments.slice(middle)]) {
      // Behind one that has to wait the others wait too: order is kept.
      if (again.length > 0) {
        again.push(...half)
        continue
      }
      search.left -= 1
      const outcome = await this.#attempt(half, begun, failed, search, stop)
      if (outcome === undefined) return undefined
      again.push(...outcome.again)
      fault = outcome.fault ?? fault
    }
    return { again, fault, progress: again.length < shipments.length }
  }

  /** One call of the output: `undefined` when all is delivered. An output that doesn't listen is not waited for. */
  #once(shipments: readonly Shipment[], stop: AbortSignal): Promise<DeliveryFault | undefined> {
    const { output, options, clock, heard } = this.#parts
    const cut = new AbortController()
    return new Promise(resolve => {
      let late = false
      const finish = (fault: DeliveryFault | undefined): void => {
        cancel()
        stop.removeEventListener('abort', end)
        if (!stop.aborted || fault === undefined) heard(fault)
        resolve(fault)
      }
      const end = (): void => {
        cut.abort()
        cancel()
        cancel = clock.after(GRACE, () => finish(lateFault(undefined, options.timeout)))
      }
      let cancel = clock.after(options.timeout, () => {
        late = true
        end()
      })
      stop.addEventListener('abort', end, { once: true })
      output
        .deliver(
          shipments.map(({ alert }) => alert),
          cut.signal,
        )
        .then(
          () => finish(undefined),
          (thrown: unknown) => finish(late ? lateFault(thrown, options.timeout) : faultOf(thrown)),
        )
    })
  }

  #delivered(shipments: readonly Shipment[]): void {
    const { metrics, name, clock } = this.#parts
    if (shipments.length === 0) return
    metrics.outputs.add([name, 'ok'], shipments.length)
    const now = clock.wall()
    for (const { accepted } of shipments) {
      if (accepted === undefined) continue
      metrics.delivery.observe([name], Math.max(0, Number(now - accepted) / 1e9))
    }
  }

  async #bury(
    shipments: readonly Shipment[],
    message: (shipment: Shipment) => string,
    { reason, attempts, begun }: Grave,
    stop: AbortSignal,
  ): Promise<boolean> {
    const { bury, metrics, name, clock, random } = this.#parts
    if (shipments.length === 0) return true
    const burials = shipments.map(shipment => ({
      output: name,
      alert: shipment.alert,
      attempts,
      first: begun,
      last: clock.wall(),
      error: message(shipment),
    }))
    for (let failed = 0; ; ) {
      try {
        await bury(burials)
        metrics.dropped.add([name, reason], burials.length)
        return true
      } catch (thrown) {
        failed += 1
        this.#parts.heard(faultOf(thrown))
        await pause(clock, backoff(BURYING, failed, random), stop)
        if (stop.aborted) return false
      }
    }
  }
}

function faultOf(thrown: unknown): DeliveryFault {
  if (thrown instanceof DeliveryFault) return thrown
  const message = messageOf(thrown)
  return new DeliveryFault(message, { retry: true, cause: thrown })
}

/** What an output says when it is cut off is not the reason; how far it came is worth knowing. */
function lateFault(thrown: unknown, timeout: number): DeliveryFault {
  const { done, refused } = faultOf(thrown)
  return new DeliveryFault(`no answer within ${timeout} ms`, { retry: true, done, refused, cause: thrown })
}
