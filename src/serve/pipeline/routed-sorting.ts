// Sorts an output's alerts by the routes of the configuration: which come here, and what of them is grouped and folded.
// Joins router and folding; decides nothing itself. Made by the server for each output.
import type { AcceptedAlert } from '../alert.ts'
import type { Clock } from '../clock.ts'
import type { AlertBatch } from '../queue/queue.ts'
import type { Delivery, Folding } from '../routing/folding.ts'
import type { Instant } from '../routing/instant.ts'
import { EVERYWHERE, NOWHERE, type OutputRouter } from '../routing/router.ts'
import { alertsOf, type Parcel } from './parcel.ts'
import type { Sorted, Sorting } from './sorting.ts'

const NONE = new BigUint64Array(0)

/** See the file. */
export class RoutedSorting implements Sorting {
  readonly #router: OutputRouter
  readonly #folding: Folding
  readonly #clock: Clock
  /** When an alert was accepted, as long as somebody holds it. */
  readonly #accepted = new WeakMap<AcceptedAlert, bigint>()

  constructor(router: OutputRouter, folding: Folding, clock: Clock) {
    this.#router = router
    this.#folding = folding
    this.#clock = clock
  }

  async take(batch: AlertBatch): Promise<Sorted> {
    const { routes } = await this.#router.route(batch)
    const elsewhere = routes.reduce((count, route) => count + (route === NOWHERE ? 1 : 0), 0)
    if (elsewhere === batch.count) return { parcels: [], settled: batch.positions }
    const settled = new BigUint64Array(elsewhere)
    let passed = 0
    const now = this.#now()
    for (const [at, alert] of alertsOf(batch).entries()) {
      const route = routes[at] ?? NOWHERE
      const position = batch.positions[at] ?? 0n
      if (route === NOWHERE) {
        settled[passed] = position
        passed += 1
      } else {
        this.#accepted.set(alert, batch.accepted[at] ?? 0n)
        this.#folding.take(alert, position, route === EVERYWHERE ? undefined : route, now)
      }
    }
    return { parcels: this.#parcels(this.#folding.ready(now)), settled }
  }

  ripe(): Sorted {
    return { parcels: this.#parcels(this.#folding.ready(this.#now())), settled: NONE }
  }

  due(): number | undefined {
    return this.#folding.due()
  }

  flush(): Sorted {
    return { parcels: this.#parcels(this.#folding.flush(this.#now())), settled: NONE }
  }

  #parcels(deliveries: readonly Delivery[]): Parcel[] {
    return deliveries.flatMap(({ items, together }) => {
      const parcels = items.map(({ alert, positions }) => ({
        shipments: [{ alert, accepted: this.#accepted.get(alert) }],
        settles: positions,
        alone: false,
      }))
      return together ? [joined(parcels)] : parcels
    })
  }

  #now(): Instant {
    return { monotonic: this.#clock.steady(), wall: Number(this.#clock.wall() / 1_000_000n) }
  }
}

/** One parcel of many, which stays one. */
function joined(parcels: readonly Parcel[]): Parcel {
  return {
    shipments: parcels.flatMap(({ shipments }) => shipments),
    settles: BigUint64Array.from(parcels.flatMap(({ settles }) => [...settles])),
    alone: true,
  }
}
