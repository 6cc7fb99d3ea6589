// Has alerts of a kind wait for each other, so that they go as one delivery: the last of the stages.
// Memory is bounded by handing on early. Pure: the monotonic time is given. Used by `folding.ts`.
import type { GroupConfig } from '../config/config.ts'
import { Fifo } from './fifo.ts'
import { foldKey } from './fold-key.ts'
import { alertOf, type Item, type Stage, type StageBounds } from './stages.ts'

/** Items that are delivered as one. */
export type Together = readonly Item[]

/** Groups keep their alerts whole. */
export const GROUPING_BOUNDS: StageBounds = { keys: 10_000, held: 20_000, bytes: 32e6 }

interface Group {
  readonly key: string
  readonly ends: number
  items: Item[]
}

/** Items of a key wait for each other. */
export class Grouping implements Stage<Together> {
  readonly #config: GroupConfig
  readonly #bounds: StageBounds
  readonly #groups = new Map<string, Group>()
  /** In the order in which they began; some have ended since. */
  readonly #order = new Fifo<Group>()
  #held = 0
  #bytes = 0

  constructor(config: GroupConfig, bounds: StageBounds = GROUPING_BOUNDS) {
    this.#config = config
    this.#bounds = bounds
  }

  take(item: Item, now: number): Together[] {
    const out = this.expire(now)
    const group = this.#groupOf(item, now)
    group.items.push(item)
    this.#held += 1
    this.#bytes += alertOf(item).size
    if (group.items.length >= this.#config.most) out.push(this.#end(group))
    while (this.#isFull()) out.push(...this.#oldest())
    return out
  }

  expire(now: number): Together[] {
    const out: Together[] = []
    for (let due = this.due(); due !== undefined && due <= now; due = this.due()) out.push(...this.#oldest())
    return out
  }

  flush(): Together[] {
    const out: Together[] = []
    while (this.#groups.size > 0) out.push(...this.#oldest())
    return out
  }

  due(): number | undefined {
    return this.#first()?.ends
  }

  #groupOf(item: Item, now: number): Group {
    const key = foldKey(alertOf(item), this.#config.by)
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const begun: Group = { key, ends: now + this.#config.wait, items: [] }
    this.#groups.set(key, begun)
    this.#order.push(begun)
    return begun
  }

  /** The oldest that has not ended. */
  #first(): Group | undefined {
    let first = this.#order.first()
    while (first !== undefined && this.#groups.get(first.key) !== first) {
      this.#order.shift()
      first = this.#order.first()
    }
    return first
  }

  #isFull(): boolean {
    const { keys, held, bytes } = this.#bounds
    return this.#groups.size > keys || this.#held > held || this.#bytes > bytes
  }

  #oldest(): Together[] {
    const first = this.#first()
    return first === undefined ? [] : [this.#end(first)]
  }

  #end(group: Group): Together {
    const { items } = group
    // It may stay in the order for a while.
    group.items = []
    this.#groups.delete(group.key)
    this.#held -= items.length
    for (const item of items) this.#bytes -= alertOf(item).size
    return items
  }
}
