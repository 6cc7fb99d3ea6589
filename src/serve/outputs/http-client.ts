// One receiver spoken to over HTTP: connections are kept, the answer is limited, and what went wrong says whether to try again.
// Knows no receiver's format, and repeats nothing but a request that a kept connection never took. Used by outputs over HTTP.
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { HttpOptions } from './common-options.ts'
import { ProxyChoice } from './http-proxy.ts'
import { openWay, type Way } from './http-way.ts'
import { bytesOf } from './joined-bytes.ts'
import type { Opening, ReadTls } from './opening.ts'
import { DeliveryFault, type FaultDetails } from './output.ts'
import { beginning } from './text-cut.ts'

/** What is sent. */
export interface HttpRequest {
  readonly method?: 'POST' | 'PUT'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
  readonly signal: AbortSignal
}

/** A 2xx answer. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** An answer that is no success. */
export class RefusedAnswer extends DeliveryFault {
  readonly status: number
  /** What the receiver said, as much of it as is read. */
  readonly answer: Buffer

  constructor(message: string, status: number, answer: Buffer, details: FaultDetails) {
    super(message, details)
    this.status = status
    this.answer = answer
  }
}

const MAX_ANSWER = 8 * 1024 * 1024
const MAX_WORDS = 500
const MAX_REDIRECTS = 3
const TRY_AGAIN = new Set([408, 425, 429])
/** What only a proxy answers; our name there is put right without losing what waits. */
const PROXY_LOGIN = 407

const compressed = promisify(gzip)

/** See the file. */
export class HttpClient {
  readonly #headers: Readonly<Record<string, string>>
  readonly #tls: ReadTls
  readonly #gzip: boolean
  readonly #now: () => number
  readonly #proxies: ProxyChoice
  /** By origin. */
  readonly #ways = new Map<string, Promise<Way>>()

  constructor(options: HttpOptions, opening: Opening) {
    this.#headers = opening.headers(options.headers)
    this.#tls = opening.tls(options.tls)
    this.#gzip = options.compress === 'gzip'
    this.#now = opening.context.now
    this.#proxies = new ProxyChoice(options.proxy, opening)
  }

  /** Sends it. Rejects with a {@link DeliveryFault}, a {@link RefusedAnswer} when there was an answer. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const body = this.#gzip ? await compressed(request.body) : bytesOf(request.body)
    let { url } = request
    for (let redirects = 0; ; redirects += 1) {
      const way = await this.#way(url)
      const response = await this.#answered(way, { ...request, url }, body)
      const next = redirection(url, response)
      if (next === undefined) return this.#received(way, response, request.signal)
      response.destroy()
      if (redirects === MAX_REDIRECTS) throw notFollowed(url, `more than ${MAX_REDIRECTS} redirects`)
      url = next
    }
  }

  /** Ends the idle connections. */
  close(): void {
    for (const way of this.#ways.values()) void way.then(opened => opened.close())
  }

  #way(url: URL): Promise<Way> {
    const known = this.#ways.get(url.origin)
    if (known !== undefined) return known
    const way = openWay(url, this.#tls, this.#proxies.for(url))
    this.#ways.set(url.origin, way)
    return way
  }

  async #answered(way: Way, request: HttpRequest, body: Buffer): Promise<IncomingMessage> {
    const { url, signal, method = 'POST' } = request
    for (;;) {
      const outgoing = way.begin(url, { method, signal, headers: this.#headersOf(request, body) })
      try {
        return await new Promise<IncomingMessage>((answered, failed) => {
          outgoing.once('response', answered).on('error', failed).end(body)
        })
      } catch (cause) {
        outgoing.destroy()
        // The receiver had closed a kept connection while our request was on its way: it never read it.
        const stale = outgoing.reusedSocket && (cause as { code?: unknown }).code === 'ECONNRESET'
        if (!stale || signal.aborted) throw wayFault(way.receiver, signal, cause)
      }
    }
  }

  #headersOf({ headers }: HttpRequest, body: Buffer): Record<string, string | number> {
    return {
      'user-agent': 'lanner',
      ...headers,
      ...(this.#gzip ? { 'content-encoding': 'gzip' } : {}),
      ...this.#headers,
      'content-length': body.length,
    }
  }

  async #received(way: Way, response: IncomingMessage, signal: AbortSignal): Promise<HttpAnswer> {
    const status = response.statusCode ?? 0
    const { headers } = response
    const body = await readAnswer(way, response, signal)
    if (status >= 200 && status <= 299) return { status, headers, body }
    const retry = status >= 500 || TRY_AGAIN.has(status) || (way.isRelayed && status === PROXY_LOGIN)
    const after = retry ? retryAfter(headers['retry-after'], this.#now()) : undefined
    const words = wordsOf(body)
    const message = `${way.receiver} answered ${status}${words === '' ? '' : `: ${words}`}`
    throw new RefusedAnswer(message, status, body, { retry, ...(after === undefined ? {} : { after }) })
  }
}

async function readAnswer(
  { receiver }: Way,
  response: IncomingMessage,
  signal: AbortSignal,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > MAX_ANSWER) break
      chunks.push(chunk)
    }
  } catch (cause) {
    throw wayFault(receiver, signal, cause)
  }
  return Buffer.concat(chunks)
}

/** Where to go instead. Credentials and alerts must not follow a redirect to somebody else. */
function redirection(url: URL, { statusCode, headers }: IncomingMessage): URL | undefined {
  if (statusCode === undefined || statusCode < 300 || statusCode > 399 || statusCode === 304) return undefined
  // RFC 9110 §15.4: the others turn a POST into a GET, which would deliver nothing.
  if (statusCode !== 307 && statusCode !== 308)
    throw notFollowed(url, `a redirect that drops the body (${statusCode})`)
  if (headers.location === undefined || !URL.canParse(headers.location, url.href)) {
    throw notFollowed(url, 'a redirect to nowhere')
  }
  const next = new URL(headers.location, url)
  if (next.origin !== url.origin) throw notFollowed(url, `a redirect to ${next.origin}`)
  return next
}

function notFollowed(url: URL, what: string): DeliveryFault {
  return new DeliveryFault(`${url.origin} answered with ${what}`, { retry: false })
}

/** RFC 9110 §10.2.3: seconds or a date. Milliseconds from `now`. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+(?:\.\d+)?$/.test(header.trim())) return Math.ceil(Number(header) * 1000)
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** A receiver's words on one line, without what could move a terminal's cursor. */
export function wordsOf(answer: Buffer): string {
  const text = answer.subarray(0, MAX_WORDS * 4).toString('utf8')
  return beginning(text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim(), MAX_WORDS, 'bytes')
}

const PLAIN_CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'no such host',
}

/** A fault of the way to `receiver`, which goes better another time. */
export function wayFault(receiver: string, signal: AbortSignal, cause: unknown): DeliveryFault {
  if (signal.aborted) {
    const late = signal.reason instanceof Error && signal.reason.name === 'TimeoutError'
    return new DeliveryFault(`${receiver} ${late ? 'took too long' : 'was not waited for any longer'}`, {
      retry: true,
      cause,
    })
  }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const why = PLAIN_CAUSES[code] ?? (cause instanceof Error ? cause.message || code : String(cause))
  return new DeliveryFault(`${receiver}: ${why}`, { retry: true, cause })
}
