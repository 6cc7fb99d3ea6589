// The parameters of falcosidekick-ui's /api/v1/events/*: comma lists, `filter`, `since` in its units, pages by number.
// The word `null` stands for nothing. Used by sidekick-routes.ts.

import { priorityOf } from '../../detect/priority.ts'
import { LannerError } from '../../error.ts'
import type { AlertQuery, Facet } from '../store/store.ts'
import type { Parameters } from './request-query.ts'

/** What can be counted by. */
const FACETS = ['priority', 'rule', 'source', 'tags', 'hostname'] as const
const SECOND = 1_000_000_000n
const DAY = 86_400n
const UNITS: Readonly<Record<string, bigint>> = {
  s: 1n,
  sec: 1n,
  second: 1n,
  m: 60n,
  min: 60n,
  minute: 60n,
  h: 3600n,
  hour: 3600n,
  d: DAY,
  day: DAY,
  w: 7n * DAY,
  week: 7n * DAY,
  M: 30n * DAY,
  month: 30n * DAY,
  y: 365n * DAY,
  year: 365n * DAY,
}

/** The query those parameters stand for. `now` is nanoseconds since 1970. */
export function sidekickQuery(parameters: Parameters, now: bigint): AlertQuery {
  const list = (name: string): string[] | undefined => {
    const values = parameter(parameters, name)
      ?.split(',')
      .filter(value => value !== '')
    return values === undefined || values.length === 0 ? undefined : values.slice(0, 64)
  }
  const query = {
    sources: list('source'),
    hostnames: list('hostname'),
    priorities: list('priority')?.map(name => priorityOf(name) ?? name),
    rules: list('rule'),
    tags: list('tags'),
    text: textOf(parameter(parameters, 'filter')),
    from: sinceOf(parameter(parameters, 'since'), now),
  }
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as AlertQuery
}

function parameter(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name]
  if (typeof value !== 'string' || value === '' || value === 'null') return undefined
  if (value.length > 4000) throw wrong(name, 'too long')
  return value
}

/** Words by their beginning, all of them. */
function textOf(filter: string | undefined): string | undefined {
  const words = filter?.match(/[^\s"*]+/g)
  return words
    ?.slice(0, 64)
    .map(word => `${word}*`)
    .join(' ')
}

function sinceOf(since: string | undefined, now: bigint): bigint | undefined {
  if (since === undefined) return undefined
  const [, amount, unit = ''] = /^(\d{1,6})\s*([A-Za-z]+)$/.exec(since) ?? []
  const seconds = UNITS[unit] ?? UNITS[unit.replace(/s$/, '')]
  if (amount === undefined || seconds === undefined) throw wrong('since', 'not like 24h, 15min, 1w or 1M')
  return now - BigInt(amount) * seconds * SECOND
}

/** Which page, from 1, and how long. */
export function sidekickPage(parameters: Parameters): { readonly offset: number; readonly limit: number } {
  const page = numberOf(parameters, 'page', 1) || 1
  const limit = numberOf(parameters, 'limit', 100) || 100
  if (limit > 10_000) throw wrong('limit', 'more than 10000')
  const offset = (page - 1) * limit
  if (offset > 1_000_000) throw wrong('page', 'too far; narrow the search, or use /api/v2/alerts')
  return { offset, limit }
}

function numberOf(parameters: Parameters, name: string, usual: number): number {
  const text = parameter(parameters, name)
  if (text === undefined) return usual
  if (!/^\d{1,7}$/.test(text)) throw wrong(name, 'not a whole number')
  return Number(text)
}

/** By what a path wants counts. */
export function sidekickFacet(name: string): Facet {
  const facet = FACETS.find(known => known === name)
  if (facet === undefined) throw wrong('by', `\`${name}\` is none of ${FACETS.join(', ')}`)
  return facet
}

function wrong(name: string, reason: string): LannerError {
  return new LannerError('ERR_API_PARAMETER', `parameter \`${name}\`: ${reason}`, { exit: 2 })
}
