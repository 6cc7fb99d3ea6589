// Finds the alerts of a query, and lists them newest first and a page at a time. Phrases are looked for in the newest alerts only, as the
// embedded store does. Used by `redis-store.ts`, and by what counts.
import { LannerError } from '../../../error.ts'
import type { AlertPage, AlertQuery, Counted } from '../store.ts'
import { evaluate } from './evaluation.ts'
import type { Hits } from './hits.ts'
import { linesAt } from './lines.ts'
import type { StoreParts } from './parts.ts'
import { questionOf } from './question.ts'
import { type ListPlace, Walk } from './walk.ts'

/** So many alerts are read to see whether they hold a phrase, before counting ends. */
const CONFIRMED = 2000
/** So many for one page, which is shorter then. */
const EXAMINED = 10_000
/** Alerts whose lines are read at once. */
const AT_ONCE = 500
const PLACE = /^(-?\d{1,20})~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Tells of lines whether they are there and hold the phrases. */
type Confirming = (lines: readonly (string | undefined)[]) => readonly boolean[]

/** What a query found. */
export interface Answered {
  readonly hits: readonly Hits[]
  readonly total: Counted
  /** Which of some lines hold the phrases, where the hits only hold their words. */
  readonly confirms: Confirming | undefined
}

/** Evaluates a query; looks for phrases in the newest alerts that may hold them. */
export async function answered(parts: StoreParts, query: AlertQuery): Promise<Answered> {
  const question = await questionOf(parts, query)
  const { hits, isCut } = await evaluate(parts, question)
  if (!question.hasPhrases) {
    const count = hits.reduce((sum, each) => sum + each.count, 0)
    return { hits, total: { count, exact: !isCut }, confirms: undefined }
  }
  const confirms: Confirming = lines => {
    const text = Buffer.from(lines.map(line => line ?? '').join('\n'))
    return Array.from(parts.native.phrasesHeld(text, query.text ?? ''), held => held === 1)
  }
  const confirmed = await confirm(parts, hits, confirms)
  const total = { count: confirmed.count, exact: confirmed.isAll && !isCut }
  return { hits, total, confirms: confirmed.isAll ? undefined : confirms }
}

/** Takes the alerts without the phrases out of the newest ones. */
async function confirm(
  parts: StoreParts,
  hits: readonly Hits[],
  confirms: Confirming,
): Promise<{ readonly count: number; readonly isAll: boolean }> {
  const walk = new Walk(parts, hits)
  let count = 0
  const wrong: { readonly hits: Hits; readonly place: number }[] = []
  for (let left = CONFIRMED; left > 0; ) {
    const steps = await walk.next(Math.min(left, AT_ONCE))
    if (steps.length === 0) break
    const held = confirms(await linesAt(parts, steps))
    for (const [at, step] of steps.entries()) {
      if (held[at] === true) count += 1
      else wrong.push(step)
    }
    left -= steps.length
  }
  const isAll = (await walk.next(1)).length === 0
  for (const { hits: own, place } of wrong) own.remove(place)
  return { count, isAll }
}

/** One page of alerts. Rejects with `ERR_STORE_PLACE` when `after` is none. */
export async function listed(
  parts: StoreParts,
  query: AlertQuery,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<AlertPage> {
  const behind = after === undefined ? undefined : placeOf(after)
  const { hits, total, confirms } = await answered(parts, query)
  const walk = new Walk(parts, hits, behind)
  const alerts: string[] = []
  let [examined, last]: [number, ListPlace | undefined] = [0, undefined]
  while (alerts.length < limit && examined < Math.max(EXAMINED, limit)) {
    const steps = await walk.next(Math.min(limit - alerts.length, AT_ONCE))
    if (steps.length === 0) return { alerts, total }
    const lines = await linesAt(parts, steps)
    const held = confirms?.(lines)
    alerts.push(...lines.flatMap((line, at) => (line === undefined || held?.[at] === false ? [] : line)))
    examined += steps.length
    last = steps.at(-1)
  }
  const isEnd = (await walk.next(1)).length === 0
  return { alerts, total, ...(!isEnd && last !== undefined && { next: placeText(last) }) }
}

function placeText({ time, id }: ListPlace): string {
  return `${time}~${uuidOf(id)}`
}

function placeOf(text: string): ListPlace {
  const [, time, id] = PLACE.exec(text) ?? []
  if (time === undefined || id === undefined) {
    throw new LannerError('ERR_STORE_PLACE', `\`${text}\` is no place in a list of alerts`, { exit: 2 })
  }
  return { time: BigInt(time), id: id.replaceAll('-', '') }
}

/** An id in its usual form. */
function uuidOf(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
