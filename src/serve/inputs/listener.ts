// One HTTP listener that takes posts: who may, how fast, how large, and how long a sender may take. What is posted goes to `take`.
// Knows neither alerts nor events. Opened by the server, one for each kind of input.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import type { Limits, ListenerName } from '../config/config.ts'
import { METRICS_TYPE, type ServerMetrics } from '../metrics/server-metrics.ts'
import type { Receipt } from '../queue/queue.ts'
import type { Access } from './access.ts'
import { type Answer, faultAnswer, postFault, receiptAnswer } from './answers.ts'
import type { BodyReader, HeldBody } from './body-reader.ts'
import { Connections } from './connections.ts'
import { newApp, type TlsFiles } from './http-app.ts'
import type { RefusalLog } from './refusal-log.ts'
import type { SenderRate } from './sender-rate.ts'

/** What is asked anew at each request, so that a reload changes it. */
export interface Admission {
  readonly access: Access
  readonly bodies: BodyReader
  readonly rate: SenderRate | undefined
}

/** What the health of the server looks like from outside. */
export interface HealthAnswer {
  /** Whether posts are likely to be accepted. */
  readonly accepting: boolean
  readonly body: Readonly<Record<string, unknown>>
}

/** A listener's parts. */
export interface ListenerParts {
  readonly name: ListenerName
  readonly tls: TlsFiles | undefined
  readonly limits: Pick<Limits, 'connections' | 'headerTimeout' | 'requestTimeout'>
  readonly admission: () => Admission
  readonly health: {
    /** Neither starting nor stopping. */
    readonly ready: boolean
    answer(): HealthAnswer
  }
  readonly metrics: ServerMetrics
  readonly clock: Clock
  readonly refusals: RefusalLog
  /** Resolves once what was good of a body is durable. */
  readonly take: (body: Buffer) => Promise<Receipt>
  /** A made-up alert for `/test`; absent where there is no such path. */
  readonly test?: () => Promise<Receipt>
}

const OPEN_PATHS: readonly string[] = ['/healthz', '/readyz', '/ping']

/** A listener that is not bound yet, and what sets its bounds anew. */
export interface CreatedListener {
  readonly app: FastifyInstance
  readonly bound: (limits: ListenerParts['limits']) => void
}

/** See {@link CreatedListener}. */
export function createListener(parts: ListenerParts): CreatedListener {
  const { limits, tls } = parts
  const app = newApp(limits, tls)
  const connections = new Connections(app.server, limits.connections)
  refuseEarly(app, parts)
  refuseCrowd(app, connections)
  guard(app, parts)
  measure(app, parts)
  readBodies(app, parts)
  offer(app, parts)
  const bound = ({ connections: most, headerTimeout, requestTimeout }: ListenerParts['limits']): void => {
    connections.limit(most)
    app.server.headersTimeout = headerTimeout
    app.server.requestTimeout = requestTimeout
  }
  return { app, bound }
}

/** A sender that asks before it sends (`Expect: 100-continue`) is refused before it does. */
function refuseEarly({ server }: FastifyInstance, { admission }: ListenerParts): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    try {
      admission().bodies.refuseLong(request)
      response.writeContinue()
    } catch {
      // The request itself is answered below.
    }
    server.emit('request', request, response)
  })
}

/** Before anything else is asked of a request. */
function refuseCrowd(app: FastifyInstance, connections: Connections): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!connections.isTooMany(request.raw.socket)) return
    reply.header('connection', 'close')
    throw postFault('ERR_POST_CONNECTIONS', 'there are too many connections', 'raise `limits.connections`')
  })
}

function guard(app: FastifyInstance, { admission, health, name, refusals }: ListenerParts): void {
  app.addHook('onRequest', async request => {
    // Nothing depends on what a body is called: many senders call it nothing, or something else.
    request.raw.headers['content-type'] = 'application/octet-stream'
    const path = request.url.split('?', 1)[0] ?? ''
    if (OPEN_PATHS.includes(path)) return
    const { access, bodies } = admission()
    if (!access.admits(request.headers.authorization)) {
      throw postFault('ERR_POST_TOKEN', 'no token, or not one that is known', 'Authorization: Bearer TOKEN')
    }
    if (path === '/metrics') return
    // A page somebody looks at must not post alerts to the listener beside the browser. Senders of alerts are no pages.
    if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined) {
      throw postFault('ERR_POST_BROWSER', 'alerts are not taken from pages in a browser')
    }
    if (request.method !== 'POST') {
      throw postFault('ERR_POST_METHOD', `${request.method} means nothing here`, `${name} takes POST`)
    }
    if (!health.ready) throw postFault('ERR_POST_STOPPING', 'the server is starting or stopping')
    bodies.refuseLong(request.raw)
    refuseFast(admission(), request)
  })
  app.setErrorHandler((fault, { raw }, reply) => {
    // A sender that is still sending could not read the answer of a connection that is closed: the rest is read and forgotten.
    if (!raw.complete) {
      reply.raw.shouldKeepAlive = true
      raw.resume()
    }
    const answered = faultAnswer(fault)
    refusals.note(answered)
    return send(reply, answered)
  })
  app.setNotFoundHandler((request, reply) => {
    const fault = postFault('ERR_POST_METHOD', `${request.method} means nothing here`, `${name} takes POST`)
    return send(reply, faultAnswer(fault))
  })
}

function refuseFast({ rate }: Admission, { ip }: FastifyRequest): void {
  const wait = rate?.wait(ip) ?? 0
  if (wait > 0) {
    const hint = 'wait, or raise `limits.rate`'
    throw postFault('ERR_POST_RATE', 'this sender posts more than it may', hint, wait / 1000)
  }
}

function measure(app: FastifyInstance, { metrics, name }: ListenerParts): void {
  app.addHook('onResponse', async (request, reply) => {
    metrics.requests.add([name, String(reply.statusCode)])
    if (request.method === 'POST') metrics.accept.observe([name], reply.elapsedTime / 1000)
  })
}

function readBodies(app: FastifyInstance, { admission }: ListenerParts): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request: FastifyRequest) => admission().bodies.read(request.raw))
}

function offer(app: FastifyInstance, parts: ListenerParts): void {
  const { health, metrics, test } = parts
  app.get('/healthz', (request, reply) => {
    const { accepting, body } = health.answer()
    const known = parts.admission().access.admits(request.headers.authorization)
    return send(reply, { status: accepting ? 200 : 503, body: known ? body : { status: body.status } })
  })
  app.get('/readyz', (_, reply) => {
    const { ready } = health
    return send(reply, { status: ready ? 200 : 503, body: { ready } })
  })
  app.all('/ping', (_, reply) => reply.type('text/plain').send('pong\n'))
  app.get('/metrics', (_, reply) => reply.type(METRICS_TYPE).send(metrics.text()))
  if (test !== undefined) {
    app.post('/test', (request, reply) => {
      ;(request.body as HeldBody | undefined)?.release()
      return answer(request, reply, parts, test())
    })
  }
  app.post('/*', async (request, reply) => {
    const held = request.body as HeldBody | undefined
    try {
      return await answer(request, reply, parts, parts.take(held?.bytes ?? Buffer.alloc(0)))
    } finally {
      held?.release()
    }
  })
}

async function answer(
  { ip }: FastifyRequest,
  reply: FastifyReply,
  { admission, metrics, name, refusals }: ListenerParts,
  taken: Promise<Receipt>,
): Promise<FastifyReply> {
  const receipt = await taken
  admission().rate?.charge(ip, receipt.accepted)
  if (receipt.accepted > 0) metrics.inputs.add([inputLabel(name), 'accepted'], receipt.accepted)
  if (receipt.refusedCount > 0) metrics.inputs.add([inputLabel(name), 'rejected'], receipt.refusedCount)
  // The API server posts a batch again after any other answer, five times in all, and each time its events would be judged.
  const answered = receiptAnswer(receipt, name === 'audit' ? 202 : 400)
  refusals.note(answered)
  return send(reply, answered)
}

/** Falcosidekick calls what is posted to it `requests`. */
function inputLabel(name: ListenerName): string {
  return name === 'falco' ? 'requests' : name
}

function send(reply: FastifyReply, { status, body, headers }: Answer): FastifyReply {
  return reply
    .code(status)
    .headers({ ...headers })
    .send(body)
}
