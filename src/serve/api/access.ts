// Stands before every route of the page's listener: the host asked for, where a change comes from, who asks, and the headers
// that keep a browser from being talked into anything. Holds no data. Used by register.ts, which adds the routes behind it.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LannerError } from '../../error.ts'
import type { Sessions } from './session.ts'

/** What is asked before a route runs. */
export interface AccessRules {
  readonly sessions: Sessions
  /** Names, without port, by which the page may be asked for; loopback's own always. `undefined`: any name. */
  readonly hosts: readonly string[] | undefined
  /** The page's own policy for content. */
  readonly contentSecurity: string
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
/** What shows nothing of alerts: the page itself, logging in, and whether the server lives. */
const PUBLIC = new Set(['/', '/index.html', '/favicon.ico', '/healthz', '/api/v1/healthz', '/api/v2/session'])
const SELF_CHECKED = new Set(['/api/v1/auth', '/api/v1/authenticate'])
const CHANGING = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Adds the checks to every route that follows. */
export function guard(app: FastifyInstance, { sessions, hosts, contentSecurity }: AccessRules): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(securityHeaders(contentSecurity))
    checkHost(request, hosts)
    checkOrigin(request)
    if (isPublic(request) || sessions.visitor(request) !== undefined) return
    throw new LannerError('ERR_API_LOGIN', 'this needs a login', {
      hint: 'log in on the page, or send `Authorization: Bearer <token>`',
    })
  })
}

function isPublic({ method, url }: FastifyRequest): boolean {
  const path = url.split('?', 1)[0] ?? ''
  // Alerts are posted to `/` too, and those need the token.
  return SELF_CHECKED.has(path) || (PUBLIC.has(path) && (method !== 'POST' || path === '/api/v2/session'))
}

/** A name that someone else's DNS points at us is not ours: such a page could read what no other site may. */
function checkHost({ headers }: FastifyRequest, hosts: readonly string[] | undefined): void {
  if (hosts === undefined) return
  const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
  if (LOOPBACK.includes(name) || hosts.includes(name)) return
  throw new LannerError('ERR_API_HOST', 'the page is not known under this name', {
    hint: 'use localhost, or say in `page.url` how the page is asked for',
  })
}

/** Browsers say where a request comes from; programs don't, and need no protection. */
function checkOrigin({ method, headers }: FastifyRequest): void {
  if (!CHANGING.has(method)) return
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  // The browser's own word counts first: a proxy may have changed the host.
  const own =
    site === undefined
      ? origin === undefined || hostOf(origin) === host
      : /^(?:same-origin|none)$/.test(`${site}`)
  if (own) return
  throw new LannerError('ERR_API_ORIGIN', 'another site asked for this change')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function securityHeaders(contentSecurity: string): Record<string, string> {
  return {
    'content-security-policy': contentSecurity,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), clipboard-write=(self)',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
  }
}
