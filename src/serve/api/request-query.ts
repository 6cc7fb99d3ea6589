// Reads what a request asks for: query, span of time, sizes. Refuses what no page needs, so that no request can cost much.
// Asks no store. Used by every route under /api/v2.
import { LannerError } from '../../error.ts'
import type { AlertQuery, Facet } from '../store/store.ts'
import { readQuery } from './query-text.ts'

/** The parameters of a request, none of them trusted. */
export type Parameters = Readonly<Record<string, unknown>>

const QUERY_LENGTH = 4000
const TERMS = 64
const FACETS: readonly Facet[] = ['priority', 'rule', 'source', 'hostname', 'tags', 'k8s.ns.name']

/** The query in `q`, narrowed to `from`…`to` (nanoseconds, or RFC 3339). `now` is nanoseconds since 1970. */
export function requestedQuery(parameters: Parameters, now: bigint): AlertQuery {
  const text = requestedText(parameters, 'q', QUERY_LENGTH) ?? ''
  const query = readQuery(text, now)
  if (termsOf(query) > TERMS) throw wrong('q', `more than ${TERMS} terms`)
  const from = later(query.from, requestedInstant(parameters, 'from'))
  const to = earlier(query.to, requestedInstant(parameters, 'to'))
  return { ...query, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
}

function termsOf(query: AlertQuery): number {
  const lists = [query.priorities, query.rules, query.sources, query.hostnames, query.tags, query.fields]
  const words = query.text?.split(/\s+/).length ?? 0
  return lists.reduce((sum, list) => sum + (list?.length ?? 0), words)
}

function later(one: bigint | undefined, other: bigint | undefined): bigint | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one
}

function earlier(one: bigint | undefined, other: bigint | undefined): bigint | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one
}

/** A text that may be absent. */
export function requestedText(parameters: Parameters, name: string, most = 1000): string | undefined {
  const value = parameters[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw wrong(name, 'given more than once')
  if (value.length > most) throw wrong(name, `longer than ${most} characters`)
  return value
}

/** A whole number from 1 to `most`. */
export function requestedNumber(parameters: Parameters, name: string, usual: number, most: number): number {
  const text = requestedText(parameters, name)
  if (text === undefined) return usual
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value < 1 || value > most) throw wrong(name, `not a whole number from 1 to ${most}`)
  return value
}

/** Nanoseconds since 1970, or RFC 3339. */
export function requestedInstant(parameters: Parameters, name: string): bigint | undefined {
  const text = requestedText(parameters, name, 40)
  if (text === undefined || text === '') return undefined
  if (/^-?\d{1,19}$/.test(text)) return BigInt(text)
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) throw wrong(name, 'neither nanoseconds nor an RFC 3339 time')
  return BigInt(milliseconds) * 1_000_000n
}

/** Facets, a comma between them. */
export function requestedFacets(parameters: Parameters, usual: string): readonly Facet[] {
  const names = (requestedText(parameters, 'by') ?? usual).split(',')
  return [...new Set(names)].map(name => {
    const facet = FACETS.find(known => known === name)
    if (facet === undefined) throw wrong('by', `\`${name}\` is none of ${FACETS.join(', ')}`)
    return facet
  })
}

function wrong(name: string, reason: string): LannerError {
  return new LannerError('ERR_API_PARAMETER', `parameter \`${name}\`: ${reason}`, {
    exit: 2,
    facts: { parameter: name },
  })
}
