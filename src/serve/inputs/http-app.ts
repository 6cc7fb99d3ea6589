// An HTTP server with bounds on what one sender may hold: time for heads and bodies, idle connections, TLS from 1.2 on.
// Has no route. Used by every listener, the page's too.
import fastify, { type FastifyInstance } from 'fastify'
import type { Limits } from '../config/config.ts'

/** Certificates as PEM. With `ca` a certificate of that authority is demanded. */
export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
  readonly ca: Buffer | undefined
}

/** Milliseconds: how often Node looks for senders that are too slow, and how long a connection may lie idle. */
const LOOK = 1000
const IDLE = 75_000
/** Milliseconds that requests under way have when the server ends. Node no longer looks for slow senders then. */
const GRACE = 3000

/** A server that is not bound yet. */
export function newApp(
  { headerTimeout, requestTimeout }: Pick<Limits, 'headerTimeout' | 'requestTimeout'>,
  tls: TlsFiles | undefined,
): FastifyInstance {
  const options = {
    requestTimeout,
    keepAliveTimeout: IDLE,
    // Connections that carry a request when the server ends are answered first.
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 4096 },
    logger: false,
  } as const
  const http = {
    requestTimeout,
    headersTimeout: headerTimeout,
    connectionsCheckingInterval: LOOK,
    noDelay: true,
  }
  if (tls === undefined) return endingInTime(fastify({ ...options, http }))
  const { ca } = tls
  const demanded = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }
  const https = { ...http, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' as const, ...demanded }
  return endingInTime(fastify({ ...options, https }) as unknown as FastifyInstance)
}

/** A sender that sends nothing, or half of a request, must not keep a server from ending. What was cut off was not acknowledged. */
function endingInTime(app: FastifyInstance): FastifyInstance {
  app.addHook('preClose', async () => {
    const timer = setTimeout(() => app.server.closeAllConnections(), GRACE)
    app.server.once('close', () => clearTimeout(timer))
  })
  return app
}
