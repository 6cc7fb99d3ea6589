// What is known of alerts that were folded: how many, which rules, how urgent, from when to when, and where they wait in the queue.
// Adding is all it does; `summary.ts` makes an alert of it.
import { type AcceptedAlert, type AlertPriority, isAtLeast } from '../alert.ts'
import { alertNanoseconds } from '../outputs/alert-time.ts'
import { Positions } from './positions.ts'

/** Why alerts were folded. */
export type FoldReason = 'dedup' | 'rate'

/** Rules told by name; the others are counted together. */
const MOST_RULES = 20

/** See the file. */
export class Folded {
  readonly reason: FoldReason
  /** The first of them. */
  readonly sample: AcceptedAlert
  readonly positions = new Positions()
  #count = 0
  #priority: AlertPriority
  readonly #rules = new Map<string, number>()
  #otherRules = 0
  #hostname: string | undefined
  #earliest: AcceptedAlert | undefined
  #latest: AcceptedAlert | undefined
  #from: bigint | undefined
  #to: bigint | undefined

  constructor(reason: FoldReason, sample: AcceptedAlert) {
    this.reason = reason
    this.sample = sample
    this.#priority = sample.content.priority
    this.#hostname = sample.content.hostname
  }

  /** How many alerts it stands for. */
  get count(): number {
    return this.#count
  }

  /** The most urgent of them. */
  get priority(): AlertPriority {
    return this.#priority
  }

  /** How often each rule fired; those beyond the first twenty under the empty name. */
  get rules(): ReadonlyMap<string, number> {
    return this.#otherRules === 0 ? this.#rules : new Map([...this.#rules, ['', this.#otherRules]])
  }

  /** The host they are all from. */
  get hostname(): string | undefined {
    return this.#hostname
  }

  /** Times of the earliest and latest, as written. */
  get span(): { readonly from: string; readonly to: string } {
    const from = this.#earliest ?? this.sample
    return { from: from.content.time, to: (this.#latest ?? from).content.time }
  }

  add(alert: AcceptedAlert, position: bigint): void {
    this.#count += 1
    this.positions.add(position)
    this.#addRule(alert.content.rule, 1)
    this.#meet(alert)
  }

  /** Takes in what others stood for. */
  absorb(other: Folded): void {
    this.#count += other.#count
    this.positions.addAll(other.positions)
    for (const [rule, count] of other.rules) this.#addRule(rule, count)
    for (const alert of [other.#earliest, other.#latest]) if (alert !== undefined) this.#meet(alert)
    if (isAtLeast(other.#priority, this.#priority)) this.#priority = other.#priority
    if (other.#hostname !== this.#hostname) this.#hostname = undefined
  }

  #addRule(rule: string, count: number): void {
    if (rule !== '' && (this.#rules.has(rule) || this.#rules.size < MOST_RULES)) {
      this.#rules.set(rule, (this.#rules.get(rule) ?? 0) + count)
    } else this.#otherRules += count
  }

  #meet(alert: AcceptedAlert): void {
    const { priority, hostname } = alert.content
    if (isAtLeast(priority, this.#priority)) this.#priority = priority
    if (hostname !== this.#hostname) this.#hostname = undefined
    const time = alertNanoseconds(alert)
    if (time === undefined) return
    if (this.#from === undefined || time < this.#from) [this.#from, this.#earliest] = [time, alert]
    if (this.#to === undefined || time > this.#to) [this.#to, this.#latest] = [time, alert]
  }
}
