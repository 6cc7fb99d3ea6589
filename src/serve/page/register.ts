// Puts the page and its HTTP interface on the page's listener: who may look first, then the page, /api/v2 and /api/v1.
// Opens nothing and closes nothing. Used by the server, which owns listener, store and queue.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Secret } from '../../envelope/secret.ts'
import { LannerError } from '../../error.ts'
import { guard } from '../api/access.ts'
import { alertRoutes } from '../api/alert-routes.ts'
import { exportRoute, type SelectionEnvelope } from '../api/export.ts'
import { Gate } from '../api/gate.ts'
import { answerError } from '../api/refusal.ts'
import { type ProxyLogin, Sessions } from '../api/session.ts'
import { sessionRoutes } from '../api/session-routes.ts'
import { type Accept, sidekickRoutes } from '../api/sidekick-routes.ts'
import type { Tail } from '../api/tail.ts'
import { tailRoute } from '../api/tail-route.ts'
import type { AlertStore } from '../store/store.ts'
import { type PageFile, readPage } from './page-file.ts'

/** What the page stands on. */
export interface PageParts {
  readonly store: AlertStore
  /** Fed by the pipeline with what was just stored. */
  readonly tail: Tail
  /** Takes what is posted to falcosidekick-ui's paths, as any input does. */
  readonly accept: Accept
  readonly version: string
  /** How this page calls itself, where there are several. */
  readonly title?: string
  /** One or several, all alike. Without, and without a proxy, everyone who reaches the listener may look. */
  readonly token?: Secret | readonly Secret[]
  readonly proxy?: ProxyLogin
  /** Names by which the page is asked for, besides loopback's; checked where there is no token, or a proxy logs in. */
  readonly hosts?: readonly string[]
  readonly outputs?: () => readonly string[]
  /** The configuration without its secrets. */
  readonly configuration?: () => Readonly<Record<string, unknown>>
  readonly envelope?: SelectionEnvelope
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** The page's file, where it is not the one of this version. */
  readonly file?: PageFile
}

/** Adds everything to `app`, which must not listen yet and must serve nothing else. */
export async function registerPage(app: FastifyInstance, parts: PageParts): Promise<void> {
  const now = parts.now ?? Date.now
  const instant = (): bigint => BigInt(now()) * 1_000_000n
  const file = parts.file ?? (await readPage())
  const sessions = new Sessions(tokensOf(parts.token), parts.proxy, now)
  const { store, tail, envelope } = parts
  // Questions run side by side in the store's readers; exports are long and must leave room for them.
  const gate = new Gate({ running: 8, waiting: 128 })
  const exports = new Gate({ running: 2, waiting: 4 })

  app.setErrorHandler(answerError)
  app.setNotFoundHandler(() => {
    throw new LannerError('ERR_API_NOT_FOUND', 'there is nothing under this path')
  })
  takeBodiesAsBytes(app)
  guard(app, { sessions, hosts: checkedHosts(parts), contentSecurity: file.contentSecurity })
  pageRoute(app, file)
  const { version, title } = parts
  const about = { version, envelopes: envelope !== undefined, ...(title !== undefined && { title }) }
  sessionRoutes(app, sessions, about, now)
  alertRoutes(app, { store, gate, now: instant })
  exportRoute(app, { store, gate: exports, now: instant, ...(envelope !== undefined && { envelope }) })
  tailRoute(app, tail, instant)
  sidekickRoutes(app, {
    store,
    gate,
    sessions,
    accept: parts.accept,
    version: parts.version,
    outputs: parts.outputs ?? (() => []),
    configuration: parts.configuration ?? (() => ({})),
    now: instant,
  })
}

function tokensOf(token: PageParts['token']): readonly Secret[] {
  if (token === undefined) return []
  return token instanceof Secret ? [token] : token
}

/** A token's cookie belongs to one name, so that other names gain nothing; without, the name is all there is to check. */
function checkedHosts({ token, proxy, hosts }: PageParts): readonly string[] | undefined {
  return tokensOf(token).length > 0 && proxy === undefined ? undefined : (hosts ?? [])
}

/** Alerts keep their digits only as bytes; the type of content is whatever the sender thought of. */
function takeBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

function pageRoute(app: FastifyInstance, { html, packed, tag }: PageFile): void {
  for (const path of ['/', '/index.html']) {
    app.get(path, (request: FastifyRequest, reply) => {
      void reply.headers({ 'cache-control': 'no-cache', etag: tag, vary: 'accept-encoding' })
      if (request.headers['if-none-match'] === tag) return reply.code(304).send()
      void reply.type('text/html; charset=utf-8')
      const unpacked = !/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
      return unpacked ? reply.send(html) : reply.header('content-encoding', 'gzip').send(packed)
    })
  }
  app.get('/favicon.ico', (_request, reply) => reply.code(204).send())
}
