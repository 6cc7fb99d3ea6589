// The three ways of sparing a receiver, as stages one behind the other: the same again, too many at once, together.
// Each takes items and hands on items; none drops one, and each says when it has something to hand on by itself.
// Memory is bounded by handing on early. Pure: the monotonic time is given. Used by `folding.ts`.
import type { AcceptedAlert } from '../alert.ts'
import type { DedupConfig, GroupConfig, RateConfig } from '../config/config.ts'
import { foldKey } from './fold-key.ts'
import { Folded } from './folded.ts'

/** What passes through the stages: an alert with its place in the queue, or what a stage before folded. */
export type Item =
  | { readonly kind: 'alert'; readonly alert: AcceptedAlert; readonly position: bigint }
  | { readonly kind: 'folded'; readonly folded: Folded }

/** Items that are delivered as one. */
export type Together = readonly Item[]

/** See the file. `now` is monotonic, in milliseconds. */
export interface Stage<Output> {
  /** Takes an item and gives what goes on at once. */
  take(item: Item, now: number): Output[]
  /** Gives what has waited long enough. */
  expire(now: number): Output[]
  /** Gives everything. */
  flush(): Output[]
  /** When {@link expire} may have something; `undefined` while nothing waits. */
  due(): number | undefined
}

/** Keys a stage remembers at once, and alerts it holds back; the oldest go on early beyond that. */
export interface StageBounds {
  readonly keys: number
  readonly held: number
}

/** Room for a flood of different keys without much memory. */
export const USUAL_BOUNDS: StageBounds = { keys: 100_000, held: 500_000 }

const alertOf = (item: Item): AcceptedAlert => (item.kind === 'alert' ? item.alert : item.folded.sample)

function foldInto(folded: Folded, item: Item): void {
  if (item.kind === 'alert') folded.add(item.alert, item.position)
  else folded.absorb(item.folded)
}

interface Window {
  readonly ends: number
  folded: Folded | undefined
}

/** The first of a key goes on, the others are folded until its window ends. Windows end in the order in which they began. */
export class Deduplication implements Stage<Item> {
  readonly #config: DedupConfig
  readonly #bounds: StageBounds
  readonly #windows = new Map<string, Window>()
  #held = 0

  constructor(config: DedupConfig, bounds: StageBounds = USUAL_BOUNDS) {
    this.#config = config
    this.#bounds = bounds
  }

  take(item: Item, now: number): Item[] {
    const out = this.expire(now)
    const alert = alertOf(item)
    const key = foldKey(alert, this.#config.by)
    const window = this.#windows.get(key)
    if (window === undefined) {
      this.#windows.set(key, { ends: now + this.#config.for, folded: undefined })
      out.push(item)
    } else {
      window.folded ??= new Folded('dedup', alert)
      foldInto(window.folded, item)
      this.#held += 1
    }
    while (this.#windows.size > this.#bounds.keys || this.#held > this.#bounds.held) out.push(...this.#end())
    return out
  }

  expire(now: number): Item[] {
    const out: Item[] = []
    for (let due = this.due(); due !== undefined && due <= now; due = this.due()) out.push(...this.#end())
    return out
  }

  flush(): Item[] {
    const out: Item[] = []
    while (this.#windows.size > 0) out.push(...this.#end())
    return out
  }

  due(): number | undefined {
    return this.#windows.values().next().value?.ends
  }

  /** Ends the oldest window. */
  #end(): Item[] {
    const [first] = this.#windows
    if (first === undefined) return []
    const [key, { folded }] = first
    this.#windows.delete(key)
    if (folded === undefined) return []
    this.#held -= folded.count
    return [{ kind: 'folded', folded }]
  }
}

/** So many items go on in a window, the others are folded until it ends. What they were folded to is the first of the next. */
export class RateCap implements Stage<Item> {
  readonly #config: RateConfig
  readonly #bounds: StageBounds
  #ends: number | undefined
  #passed = 0
  #folded: Folded | undefined

  constructor(config: RateConfig, bounds: StageBounds = USUAL_BOUNDS) {
    this.#config = config
    this.#bounds = bounds
  }

  take(item: Item, now: number): Item[] {
    const out = this.expire(now)
    this.#ends ??= now + this.#config.per
    if (this.#passed < this.#config.limit) {
      this.#passed += 1
      out.push(item)
      return out
    }
    this.#folded ??= new Folded('rate', alertOf(item))
    foldInto(this.#folded, item)
    if (this.#folded.count > this.#bounds.held) out.push(...this.#told())
    return out
  }

  expire(now: number): Item[] {
    if (this.#ends === undefined || now < this.#ends) return []
    const told = this.#told()
    this.#ends = told.length === 0 ? undefined : now + this.#config.per
    this.#passed = told.length
    return told
  }

  flush(): Item[] {
    this.#ends = undefined
    this.#passed = 0
    return this.#told()
  }

  due(): number | undefined {
    return this.#folded === undefined ? undefined : this.#ends
  }

  #told(): Item[] {
    const folded = this.#folded
    this.#folded = undefined
    return folded === undefined ? [] : [{ kind: 'folded', folded }]
  }
}

interface Group {
  readonly ends: number
  readonly items: Item[]
}

/** Items of a key wait for each other. */
export class Grouping implements Stage<Together> {
  readonly #config: GroupConfig
  readonly #bounds: StageBounds
  readonly #groups = new Map<string, Group>()
  #held = 0

  constructor(config: GroupConfig, bounds: StageBounds = { keys: 10_000, held: 20_000 }) {
    this.#config = config
    this.#bounds = bounds
  }

  take(item: Item, now: number): Together[] {
    const out = this.expire(now)
    const key = foldKey(alertOf(item), this.#config.by)
    const group = this.#groups.get(key) ?? { ends: now + this.#config.wait, items: [] }
    this.#groups.set(key, group)
    group.items.push(item)
    this.#held += 1
    if (group.items.length >= this.#config.most) out.push(this.#end(key, group))
    while (this.#groups.size > this.#bounds.keys || this.#held > this.#bounds.held)
      out.push(...this.#oldest())
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
    return this.#groups.values().next().value?.ends
  }

  #oldest(): Together[] {
    const [first] = this.#groups
    return first === undefined ? [] : [this.#end(...first)]
  }

  #end(key: string, group: Group): Together {
    this.#groups.delete(key)
    this.#held -= group.items.length
    return group.items
  }
}
