// What of an output's alerts goes when: each route's alerts pass its de-duplication, its rate cap and its grouping.
// Starts no timer: `due` says when to call `ready` again. Nothing is dropped: what was folded is in a summary, and a place in the
// queue may be settled once the delivery that names it was made. One for each output; used by the pipeline.
import type { AcceptedAlert } from '../alert.ts'
import type { RouteConfig } from '../config/config.ts'
import { Template } from '../outputs/template.ts'
import type { Instant } from './instant.ts'
import { reworded } from './rewording.ts'
import {
  Deduplication,
  Grouping,
  type Item,
  RateCap,
  type Stage,
  type StageBounds,
  type Together,
} from './stages.ts'
import { summaryOf } from './summary.ts'

/** One alert of a delivery. */
export interface DeliveredAlert {
  /** As it is to be delivered: reworded by the route's template, or a summary. */
  readonly alert: AcceptedAlert
  /** May be settled once it was delivered, or given up on. */
  readonly positions: BigUint64Array
  /** Whether it is a summary of alerts that were folded. */
  readonly summary: boolean
}

/** What is to be delivered now. */
export interface Delivery {
  readonly items: readonly DeliveredAlert[]
  /** These belong in one message; otherwise they may be put with others, in this order. */
  readonly together: boolean
  /** The route they took; absent where there are no routes. */
  readonly route: RouteConfig | undefined
}

/** What became of a route's alerts since the start. `accepted = delivered + folded + waiting`. */
export interface FoldingCounts {
  readonly route: string
  readonly accepted: number
  /** Handed out as they are. */
  readonly delivered: number
  /** Told by a summary that was handed out. */
  readonly folded: number
  readonly summaries: number
  /** Held back at this moment: in a group, or to be told by a summary. */
  readonly waiting: number
}

/** See the file. */
export class Folding {
  readonly #lanes: readonly Lane[]
  readonly #plain: DeliveredAlert[] = []

  /** `routes` are those of the configuration, in its order. */
  constructor(routes: readonly RouteConfig[], bounds?: StageBounds) {
    this.#lanes = routes.map(route => new Lane(route, bounds))
  }

  /** Takes an alert of the queue that took this route, by its position among the routes; `undefined` where there are none. */
  take(alert: AcceptedAlert, position: bigint, route: number | undefined, now: Instant): void {
    const lane = route === undefined ? undefined : this.#lanes[route]
    if (lane === undefined) {
      this.#plain.push({ alert, positions: BigUint64Array.of(position), summary: false })
    } else lane.take(alert, position, now)
  }

  /** What is to be delivered now, in the order in which it became so a route; once. */
  ready(now: Instant): Delivery[] {
    const plain = this.#plain.splice(0)
    const first: Delivery[] = plain.length === 0 ? [] : [{ items: plain, together: false, route: undefined }]
    return [...first, ...this.#lanes.flatMap(lane => lane.ready(now))]
  }

  /** Everything that waits, without waiting longer: at the end of the server, or when routes change. */
  flush(now: Instant): Delivery[] {
    for (const lane of this.#lanes) lane.flush(now)
    return this.ready(now)
  }

  /** By the monotonic clock, when to call {@link ready} although nothing was taken; `undefined` while nothing waits. */
  due(): number | undefined {
    const times = this.#lanes.map(lane => lane.due()).filter(time => time !== undefined)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** A row a route. */
  counts(): FoldingCounts[] {
    return this.#lanes.map(lane => lane.counts())
  }
}

/** The stages of one route, one behind the other. */
class Lane {
  readonly #route: RouteConfig
  readonly #template: Template | undefined
  readonly #stages: readonly Stage<Item>[]
  readonly #grouping: Grouping | undefined
  #single: DeliveredAlert[] = []
  #deliveries: Delivery[] = []
  #accepted = 0
  #delivered = 0
  #folded = 0
  #summaries = 0

  constructor(route: RouteConfig, bounds: StageBounds | undefined) {
    const { dedup, rate, group, template } = route
    this.#route = route
    this.#template = template === undefined ? undefined : new Template(template)
    this.#stages = [
      ...(dedup === undefined ? [] : [new Deduplication(dedup, bounds)]),
      ...(rate === undefined ? [] : [new RateCap(rate, bounds)]),
    ]
    this.#grouping = group === undefined ? undefined : new Grouping(group, bounds)
  }

  take(alert: AcceptedAlert, position: bigint, now: Instant): void {
    this.#accepted += 1
    this.#pass({ kind: 'alert', alert, position }, 0, now)
  }

  ready(now: Instant): Delivery[] {
    this.#stages.forEach((stage, index) => {
      for (const item of stage.expire(now.monotonic)) this.#pass(item, index + 1, now)
    })
    this.#deliver(this.#grouping?.expire(now.monotonic) ?? [], now)
    this.#endSingle()
    const deliveries = this.#deliveries
    this.#deliveries = []
    return deliveries
  }

  flush(now: Instant): void {
    this.#stages.forEach((stage, index) => {
      for (const item of stage.flush()) this.#pass(item, index + 1, now)
    })
    this.#deliver(this.#grouping?.flush() ?? [], now)
  }

  due(): number | undefined {
    const times = [...this.#stages, this.#grouping]
      .map(stage => stage?.due())
      .filter(time => time !== undefined)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  counts(): FoldingCounts {
    const { name } = this.#route
    const waiting = this.#accepted - this.#delivered - this.#folded
    return {
      route: name,
      accepted: this.#accepted,
      delivered: this.#delivered,
      folded: this.#folded,
      summaries: this.#summaries,
      waiting,
    }
  }

  /** Through the stages from the one at `index`. */
  #pass(item: Item, index: number, now: Instant): void {
    const stage = this.#stages[index]
    if (stage !== undefined) {
      for (const next of stage.take(item, now.monotonic)) this.#pass(next, index + 1, now)
    } else if (this.#grouping !== undefined) {
      this.#deliver(this.#grouping.take(item, now.monotonic), now)
    } else this.#single.push(this.#handOut(item, now))
  }

  #deliver(groups: readonly Together[], now: Instant): void {
    for (const group of groups) {
      const items = group.map(item => this.#handOut(item, now))
      this.#deliveries.push({ items, together: true, route: this.#route })
    }
  }

  #endSingle(): void {
    if (this.#single.length === 0) return
    this.#deliveries.push({ items: this.#single, together: false, route: this.#route })
    this.#single = []
  }

  #handOut(item: Item, now: Instant): DeliveredAlert {
    if (item.kind === 'alert') {
      this.#delivered += 1
      const alert = this.#template === undefined ? item.alert : reworded(item.alert, this.#template)
      return { alert, positions: BigUint64Array.of(item.position), summary: false }
    }
    this.#folded += item.folded.count
    this.#summaries += 1
    const alert = summaryOf(item.folded, this.#route, now.wall)
    return { alert, positions: item.folded.positions.toArray(), summary: true }
  }
}
