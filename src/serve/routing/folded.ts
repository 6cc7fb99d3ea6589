// What is known of alerts that were folded: how many, which rules, how urgent, from when to when, and where they wait in the queue.
// Adding is all it does; `summary.ts` makes an alert of it.

import { type Priority, reaches } from '../../detect/priority.ts'
import { AcceptedAlert } from '../alert.ts'
import { alertNanoseconds } from '../outputs/alert-time.ts'
import { Positions } from './positions.ts'

/** Why alerts were folded. */
export type FoldReason = 'dedup' | 'rate'

/** Rules told by name; the others are counted together. */
const MOST_RULES = 20

/** A copy: V8 keeps all of a text alive from which a part was cut, here a batch of alerts for as long as one is folded. */
function ownText(text: string): string {
  return Buffer.from(text).toString()
}

/** See the file. */
export class Folded {
  readonly reason: FoldReason
  /** The first of them. */
  readonly sample: AcceptedAlert
  readonly positions = new Positions()
  #count = 0
  #priority: Priority
  readonly #rules = new Map<string, number>()
  #otherRules = 0
  #hostname: string | undefined
  #from: TimedText | undefined
  #to: TimedText | undefined

  constructor(reason: FoldReason, sample: AcceptedAlert) {
    this.reason = reason
    // Without what was parsed of it, which takes several times its room.
    this.sample = new AcceptedAlert(sample.id, ownText(sample.line))
    this.#priority = sample.content.priority
    this.#hostname = sample.content.hostname
  }

  /** About how many bytes of text it keeps. */
  get bytes(): number {
    return this.sample.size
  }

  /** How many alerts it stands for. */
  get count(): number {
    return this.#count
  }

  /** The most urgent of them. */
  get priority(): Priority {
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
    const from = this.#from?.text ?? this.sample.content.time
    return { from, to: this.#to?.text ?? from }
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
    for (const time of [other.#from, other.#to]) if (time !== undefined) this.#widen(time)
    if (reaches(other.#priority, this.#priority)) this.#priority = other.#priority
    if (other.#hostname !== this.#hostname) this.#hostname = undefined
  }

  #addRule(rule: string, count: number): void {
    const known = this.#rules.get(rule)
    if (known !== undefined) this.#rules.set(rule, known + count)
    else if (rule !== '' && this.#rules.size < MOST_RULES) this.#rules.set(ownText(rule), count)
    else this.#otherRules += count
  }

  #meet(alert: AcceptedAlert): void {
    const { priority, hostname } = alert.content
    if (reaches(priority, this.#priority)) this.#priority = priority
    if (hostname !== this.#hostname) this.#hostname = undefined
    const time = alertNanoseconds(alert)
    if (time !== undefined) this.#widen({ time, text: alert.content.time })
  }

  #widen({ time, text }: TimedText): void {
    if (this.#from === undefined || time < this.#from.time) this.#from = { time, text: ownText(text) }
    if (this.#to === undefined || time > this.#to.time) this.#to = { time, text: ownText(text) }
  }
}

/** A time as it is written, and in nanoseconds since 1970. */
interface TimedText {
  readonly time: bigint
  readonly text: string
}
