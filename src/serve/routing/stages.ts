// Ways of sparing a receiver, as stages one behind the other: the same again, and too many at once. `grouping.ts` has the third.
// Each takes items and hands on items; none drops one, and each says when it has something to hand on by itself.
// Memory is bounded by handing on early. Pure: the monotonic time is given. Used by `folding.ts`.
import type { AcceptedAlert } from '../alert.ts'
import type { DedupConfig, RateConfig } from '../config/config.ts'
import { Fifo } from './fifo.ts'
import { foldKey } from './fold-key.ts'
import { Folded } from './folded.ts'

/** What passes through the stages: an alert with its place in the queue, or what a stage before folded. */
export type Item =
  | { readonly kind: 'alert'; readonly alert: AcceptedAlert; readonly position: bigint }
  | { readonly kind: 'folded'; readonly folded: Folded }

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

/** Keys a stage remembers at once, alerts it holds back, and bytes of those it keeps; the oldest go on early beyond that. */
export interface StageBounds {
  readonly keys: number
  readonly held: number
  readonly bytes: number
}

/** Of folding: room for a flood of different keys. */
export const FOLDING_BOUNDS: StageBounds = { keys: 100_000, held: 500_000, bytes: 32e6 }

/** The alert, or the first of those folded. */
export function alertOf(item: Item): AcceptedAlert {
  return item.kind === 'alert' ? item.alert : item.folded.sample
}

function foldInto(folded: Folded, item: Item): void {
  if (item.kind === 'alert') folded.add(item.alert, item.position)
  else folded.absorb(item.folded)
}

interface Window {
  readonly key: string
  readonly ends: number
  folded: Folded | undefined
}

/** The first of a key goes on, the others are folded until its window ends. Windows end in the order in which they began. */
export class Deduplication implements Stage<Item> {
  readonly #config: DedupConfig
  readonly #bounds: StageBounds
  readonly #windows = new Map<string, Window>()
  readonly #order = new Fifo<Window>()
  #held = 0
  #bytes = 0

  constructor(config: DedupConfig, bounds: StageBounds = FOLDING_BOUNDS) {
    this.#config = config
    this.#bounds = bounds
  }

  take(item: Item, now: number): Item[] {
    const out = this.expire(now)
    const alert = alertOf(item)
    const key = foldKey(alert, this.#config.by)
    const window = this.#windows.get(key)
    if (window === undefined) {
      const begun = { key, ends: now + this.#config.for, folded: undefined }
      this.#windows.set(key, begun)
      this.#order.push(begun)
      out.push(item)
    } else {
      if (window.folded === undefined) {
        window.folded = new Folded('dedup', alert)
        this.#bytes += window.folded.bytes
      }
      foldInto(window.folded, item)
      this.#held += 1
    }
    while (this.#isFull()) out.push(...this.#end())
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
    return this.#order.first()?.ends
  }

  #isFull(): boolean {
    const { keys, held, bytes } = this.#bounds
    return this.#windows.size > keys || this.#held > held || this.#bytes > bytes
  }

  /** Ends the oldest window. */
  #end(): Item[] {
    const window = this.#order.shift()
    if (window === undefined) return []
    const { key, folded } = window
    this.#windows.delete(key)
    if (folded === undefined) return []
    this.#held -= folded.count
    this.#bytes -= folded.bytes
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

  constructor(config: RateConfig, bounds: StageBounds = FOLDING_BOUNDS) {
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
