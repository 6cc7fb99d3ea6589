// The HTTP interface under /api/v2 for looking: alerts, counts over time, facets, one alert and its neighbours, completion.
// Decides nothing about access; `access.ts` did. Used by the page and by anyone with a token.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type * as z from 'zod/mini'
import { LannerError } from '../../error.ts'
import { AcceptedAlert } from '../alert.ts'
import type { AlertQuery, AlertStore, Facet } from '../store/store.ts'
import { pageText } from './answer-text.ts'
import type { countAnswer, ExtentAnswer, FacetsAnswer, HistogramAnswer, PivotsAnswer } from './answers.ts'
import type { Gate } from './gate.ts'
import { pivotsOf } from './pivots.ts'
import { writeQuery } from './query-text.ts'
import {
  type Parameters,
  requestedFacets,
  requestedNumber,
  requestedQuery,
  requestedText,
} from './request-query.ts'

/** What the routes work with. */
export interface AlertRouteParts {
  readonly store: AlertStore
  readonly gate: Gate
  /** Nanoseconds since 1970. */
  readonly now: () => bigint
}

const PAGE = { usual: 100, most: 500 }
const BUCKETS = { usual: 120, most: 500 }
const WORDS = { usual: 20, most: 100 }
const VALUES = { usual: 10, most: 200 }
const SECOND = 1_000_000_000n
const HOUR = 3600n * SECOND
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Names whose values are facets, not output fields. */
const FACET_NAMES: readonly string[] = ['priority', 'rule', 'source', 'hostname', 'tags']

/** Registers them all. */
export function alertRoutes(app: FastifyInstance, parts: AlertRouteParts): void {
  searchRoutes(app, parts)
  countRoutes(app, parts)
  oneAlertRoutes(app, parts)
  completionRoutes(app, parts)
}

function searchRoutes(app: FastifyInstance, { store, gate, now }: AlertRouteParts): void {
  app.get('/api/v2/alerts', async (request: FastifyRequest, reply) => {
    const parameters = request.query as Parameters
    const query = requestedQuery(parameters, now())
    const limit = requestedNumber(parameters, 'limit', PAGE.usual, PAGE.most)
    const after = requestedText(parameters, 'after')
    const page = await gate.pass(() => store.search(query, { limit, ...(after !== undefined && { after }) }))
    return sendJson(reply, pageText(page))
  })
}

function countRoutes(app: FastifyInstance, { store, gate, now }: AlertRouteParts): void {
  app.get('/api/v2/count', async (request: FastifyRequest): Promise<z.infer<typeof countAnswer>> => {
    const query = requestedQuery(request.query as Parameters, now())
    return gate.pass(() => store.count(query))
  })
  app.get('/api/v2/facets', async (request: FastifyRequest): Promise<FacetsAnswer> => {
    const parameters = request.query as Parameters
    const query = requestedQuery(parameters, now())
    const limit = requestedNumber(parameters, 'limit', VALUES.usual, VALUES.most)
    const facets = requestedFacets(parameters, 'priority,rule,hostname,k8s.ns.name,source,tags')
    return { facets: await Promise.all(facets.map(by => gate.pass(() => facetOf(store, query, by, limit)))) }
  })
  app.get('/api/v2/histogram', async (request: FastifyRequest): Promise<HistogramAnswer> => {
    const parameters = request.query as Parameters
    const query = requestedQuery(parameters, now())
    const by = requestedFacets(parameters, 'priority')[0] ?? 'priority'
    const buckets = requestedNumber(parameters, 'buckets', BUCKETS.usual, BUCKETS.most)
    return gate.pass(() => histogramOf(store, query, by, { buckets, now: now() }))
  })
  app.get('/api/v2/extent', async (): Promise<ExtentAnswer> => {
    const { alerts, bytes, oldest, newest } = await gate.pass(() => store.extent())
    return { alerts, bytes, ...bounds({ from: oldest, to: newest }, 'oldest', 'newest') }
  })
}

async function facetOf(
  store: AlertStore,
  query: AlertQuery,
  by: Facet,
  limit: number,
): Promise<FacetsAnswer['facets'][number]> {
  const { values, distinct } = await store.facet(query, by, limit)
  return { by, distinct, values: [...values] }
}

async function histogramOf(
  store: AlertStore,
  query: AlertQuery,
  by: Facet,
  { buckets, now }: { readonly buckets: number; readonly now: bigint },
): Promise<HistogramAnswer> {
  const { from, to } = await spanOf(store, query, now)
  if (to <= from) throw new LannerError('ERR_API_PARAMETER', 'the span ends before it begins', { exit: 2 })
  const { width, starts, series } = await store.histogram(query, by, { from, to, buckets })
  return {
    width: String(width),
    starts: starts.map(String),
    series: series.map(({ value, counts }) => ({ value, counts: [...counts] })),
  }
}

/**
 * Open ends become what the store holds, to the second behind its newest alert, and an hour at least, so that a few alerts are
 * not drawn in milliseconds; an open end after a beginning is now.
 */
async function spanOf(
  store: AlertStore,
  query: AlertQuery,
  now: bigint,
): Promise<{ readonly from: bigint; readonly to: bigint }> {
  if (query.from !== undefined && query.to !== undefined) return { from: query.from, to: query.to }
  const { oldest, newest } = await store.extent()
  const begin = oldest ?? now - SECOND
  const end = newest === undefined ? now : newest + SECOND
  const short = end - begin < HOUR ? (HOUR - (end - begin)) / 2n : 0n
  return {
    from: query.from ?? begin - short,
    to: query.to ?? (query.from === undefined ? end + short : end > now ? end : now),
  }
}

function oneAlertRoutes(app: FastifyInstance, { store, gate }: AlertRouteParts): void {
  app.get('/api/v2/alerts/:id', async (request: FastifyRequest, reply) => {
    return sendJson(reply, await gate.pass(() => lineOf(store, request)))
  })
  app.get('/api/v2/alerts/:id/neighbours', async (request: FastifyRequest): Promise<PivotsAnswer> => {
    const line = await gate.pass(() => lineOf(store, request))
    const pivots = pivotsOf(new AcceptedAlert('', line)).map(async ({ kind, title, query }) => ({
      kind,
      title,
      query: writeQuery(withoutSpan(query)),
      ...bounds(query, 'from', 'to'),
      total: await gate.pass(() => store.count(query)),
    }))
    return { pivots: await Promise.all(pivots) }
  })
}

async function lineOf(store: AlertStore, request: FastifyRequest): Promise<string> {
  const { id } = request.params as { id: string }
  const line = UUID.test(id) ? await store.get(id.toLowerCase()) : undefined
  if (line === undefined) {
    throw new LannerError('ERR_API_NOT_FOUND', 'there is no alert with this id', {
      hint: 'it may have been removed by retention',
    })
  }
  return line
}

function withoutSpan({ from: _from, to: _to, ...query }: AlertQuery): AlertQuery {
  return query
}

function bounds<From extends string, To extends string>(
  span: { readonly from?: bigint | undefined; readonly to?: bigint | undefined },
  from: From,
  to: To,
): { [name in From | To]?: string } {
  const named: Record<string, string> = {}
  if (span.from !== undefined) named[from] = String(span.from)
  if (span.to !== undefined) named[to] = String(span.to)
  return named as { [name in From | To]?: string }
}

function completionRoutes(app: FastifyInstance, { store, gate }: AlertRouteParts): void {
  app.get('/api/v2/fields', async (request: FastifyRequest): Promise<{ words: string[] }> => {
    const parameters = request.query as Parameters
    const prefix = requestedText(parameters, 'prefix', 200) ?? ''
    const limit = requestedNumber(parameters, 'limit', WORDS.usual, WORDS.most)
    return { words: [...(await gate.pass(() => store.fieldNames(prefix, limit)))] }
  })
  app.get('/api/v2/fields/values', async (request: FastifyRequest): Promise<{ words: string[] }> => {
    const parameters = request.query as Parameters
    const name = requestedText(parameters, 'name', 200) ?? ''
    const prefix = requestedText(parameters, 'prefix', 200) ?? ''
    const limit = requestedNumber(parameters, 'limit', WORDS.usual, WORDS.most)
    return { words: await gate.pass(() => valuesOf(store, name, prefix, limit)) }
  })
}

async function valuesOf(store: AlertStore, name: string, prefix: string, limit: number): Promise<string[]> {
  if (!FACET_NAMES.includes(name)) return [...(await store.fieldValues(name, prefix, limit))]
  const { values } = await store.facet({}, name as Facet, 500)
  const begins = prefix.toLowerCase()
  const words = values.map(({ value }) => value).filter(value => value.toLowerCase().startsWith(begins))
  return words.slice(0, limit)
}

function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(text)
}
