// falcosidekick-ui's HTTP interface, /api/v1/*, so that its users' falcosidekick and scripts go on working against Lanner.
// Differs on purpose: any Unicode is taken, posting needs the token where one is set, a refused event is 400. Used by register.ts.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LannerError } from '../../error.ts'
import { type ExactValue, exactPieces, isExactObject, parseExact } from '../../policy/exact-json.ts'
import type { Receipt } from '../queue/queue.ts'
import type { AlertQuery, AlertStore } from '../store/store.ts'
import { laidOut, withAlerts } from './answer-text.ts'
import type { Gate } from './gate.ts'
import type { Parameters } from './request-query.ts'
import type { Sessions } from './session.ts'
import { sidekickFacet, sidekickPage, sidekickQuery } from './sidekick-query.ts'

/** Takes a body as an input does; resolves once it is durable. */
export type Accept = (body: Buffer) => Promise<Receipt>

/** What the routes work with. */
export interface SidekickParts {
  readonly store: AlertStore
  readonly gate: Gate
  readonly sessions: Sessions
  readonly accept: Accept
  readonly version: string
  /** Names of configured outputs. */
  readonly outputs: () => readonly string[]
  /** The configuration without its secrets. */
  readonly configuration: () => Readonly<Record<string, unknown>>
  /** Nanoseconds since 1970. */
  readonly now: () => bigint
}

/** Values counted by, at most. */
const VALUES = 1000
const CHUNK = 500
const PLACES = 256

/** Registers them all. */
export function sidekickRoutes(app: FastifyInstance, parts: SidekickParts): void {
  lookingRoutes(app, parts)
  addingRoutes(app, parts)
  serverRoutes(app, parts)
}

function lookingRoutes(app: FastifyInstance, { store, gate, now }: SidekickParts): void {
  const places = new Map<string, string>()
  app.get('/api/v1/events/search', async (request: FastifyRequest, reply) => {
    const parameters = request.query as Parameters
    const query = sidekickQuery(parameters, now())
    const { offset, limit } = sidekickPage(parameters)
    const key = JSON.stringify({ ...parameters, page: 0, limit: 0 })
    const { lines, all } = await gate.pass(() => slice(store, query, { offset, limit, key, places }))
    const statistics = { returned: lines.length, all }
    return sendText(request, reply, withAlerts('results', lines, { statistics }))
  })
  app.get('/api/v1/events/count', async (request: FastifyRequest, reply) => {
    const query = sidekickQuery(request.query as Parameters, now())
    const { count } = await gate.pass(() => store.count(query))
    return sendText(request, reply, JSON.stringify({ statistics: { all: count } }))
  })
  app.get('/api/v1/events/count/:by', async (request: FastifyRequest, reply) => {
    const query = sidekickQuery(request.query as Parameters, now())
    const by = sidekickFacet((request.params as { by: string }).by)
    const [{ values, distinct }, { count }] = await gate.pass(() =>
      Promise.all([store.facet(query, by, VALUES), store.count(query)]),
    )
    const results = Object.fromEntries(values.map(({ value, count: of }) => [value, of]))
    const statistics = { distincts: distinct, all: count }
    return sendText(request, reply, JSON.stringify({ results, statistics }))
  })
}

interface Slice {
  readonly offset: number
  readonly limit: number
  /** Names the question; `places` remembers where its pages began. */
  readonly key: string
  readonly places: Map<string, string>
}

/** Pages by number over a store that pages by place: goes on from the place a page before ended, if it is known. */
async function slice(
  store: AlertStore,
  query: AlertQuery,
  { offset, limit, key, places }: Slice,
): Promise<{ readonly lines: readonly string[]; readonly all: number }> {
  let after = places.get(`${key} ${offset}`)
  let at = after === undefined ? 0 : offset
  const lines: string[] = []
  for (;;) {
    const wanted = Math.min(CHUNK, at < offset ? offset - at : offset + limit - at)
    const page = await store.search(query, { limit: wanted, ...(after !== undefined && { after }) })
    if (at >= offset) lines.push(...page.alerts)
    at += page.alerts.length
    after = page.next
    if (after === undefined || at >= offset + limit) {
      if (after !== undefined) remember(places, `${key} ${at}`, after)
      return { lines, all: page.total.count }
    }
  }
}

function remember(places: Map<string, string>, key: string, place: string): void {
  places.set(key, place)
  const [oldest] = places.keys()
  if (places.size > PLACES && oldest !== undefined) places.delete(oldest)
}

function addingRoutes(app: FastifyInstance, { accept }: SidekickParts): void {
  for (const path of ['/', '/api/v1/', '/api/v1', '/api/v1/events/add']) {
    app.post(path, async (request: FastifyRequest, reply) => {
      const { accepted, refused } = await accept(eventIn(request.body))
      if (accepted === 0) throw new LannerError('ERR_API_BODY', refused[0]?.reason ?? 'the event was refused')
      return reply.header('content-type', 'application/json; charset=utf-8').send('"{}"')
    })
  }
}

/** The bytes of `event` in `{"event": {…}, "outputs": […]}`, digits kept. */
function eventIn(body: unknown): Buffer {
  const text = Buffer.isBuffer(body) ? body.toString() : ''
  const posted: ExactValue = parseExact(text)
  const event = isExactObject(posted) ? posted.event : undefined
  if (!isExactObject(event) || !isExactObject(posted) || !Array.isArray(posted.outputs)) {
    throw new LannerError('ERR_API_BODY', 'the body is not {"event": {…}, "outputs": […]}')
  }
  return Buffer.from([...exactPieces(event)].join(''))
}

function serverRoutes(app: FastifyInstance, parts: SidekickParts): void {
  const { sessions, version, outputs, configuration } = parts
  for (const path of ['/api/v1/config', '/api/v1/configuration']) app.get(path, async () => configuration())
  app.get('/api/v1/outputs', async () => outputs())
  app.get('/api/v1/version', async () => ({
    gitVersion: version,
    goVersion: '',
    compiler: `node ${process.versions.node}`,
    platform: `${process.platform}/${process.arch}`,
  }))
  app.get('/api/v1/healthz', async () => ({ status: 'ok' }))
  for (const path of ['/api/v1/auth', '/api/v1/authenticate']) {
    app.post(path, async (request: FastifyRequest, reply) => {
      const known = sessions.visitor(request) !== undefined
      return reply
        .code(known ? 200 : 401)
        .type('application/json; charset=utf-8')
        .send(known ? '"authorized"' : '"unauthorized"')
    })
  }
}

function sendText(request: FastifyRequest, reply: FastifyReply, json: string): FastifyReply {
  const { pretty } = request.query as Parameters
  return reply
    .header('content-type', 'application/json; charset=utf-8')
    .send(pretty === 'true' ? laidOut(json) : json)
}
