// One HTTP exchange with a server we don't trust: bodies are streamed, time and size are limited, redirects stay on the origin.
// Doesn't know what is exchanged, and repeats nothing. Used by `archivista.ts`.
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { reasonOf } from '../envelope/bounded-file.ts'
import { LannerError } from '../error.ts'

/** What is asked. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Opened anew for each attempt. */
  readonly body?: { readonly length: number; readonly open: () => Readable }
}

/** Milliseconds for all of an exchange, and bytes of the answer's body. */
export interface HttpLimits {
  readonly milliseconds: number
  readonly bytes: number
}

const MAX_REDIRECTS = 5
/** As much of a server's complaint as a person wants to read. */
const MAX_COMPLAINT = 500

/**
 * Sends `request` and hands the body of a 2xx answer to `receive` in pieces. Throws `ERR_ARCHIVE_*`: CONNECTION, TIMEOUT,
 * STATUS, DENIED, REDIRECT, TOO_LARGE.
 */
export async function exchange<Result>(
  request: HttpRequest,
  limits: HttpLimits,
  receive: (body: AsyncIterable<Buffer>) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.timeout(limits.milliseconds)
  let { url } = request
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const outgoing = await connect({ ...request, url }, signal)
    try {
      const response = await answerTo(outgoing, request, signal, url)
      const next = redirection(request.method, url, response)
      if (next === undefined) return await received(response, url, limits, signal, receive)
      url = next
    } finally {
      outgoing.destroy()
    }
  }
  throw refusedRedirect(url, `more than ${MAX_REDIRECTS} redirects`)
}

async function connect(
  { method, url, headers, body }: HttpRequest,
  signal: AbortSignal,
): Promise<ClientRequest> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  const length = body === undefined ? {} : { 'content-length': String(body.length) }
  // No agent: one exchange a connection, so that no idle socket keeps the process alive.
  return request(url, { method, headers: { ...headers, ...length }, signal, agent: false })
}

/** Resolves with the head of the answer. A server may answer, and hang up, before it has read all of our body. */
async function answerTo(
  outgoing: ClientRequest,
  { body }: HttpRequest,
  signal: AbortSignal,
  url: URL,
): Promise<IncomingMessage> {
  const response = new Promise<IncomingMessage>((answered, failed) => {
    outgoing.once('response', answered)
    outgoing.on('error', failed)
  })
  if (body === undefined) outgoing.end()
  else void pipeline(body.open(), outgoing).catch((cause: Error) => outgoing.destroy(cause))
  try {
    return await response
  } catch (cause) {
    throw connectionFault(url, signal, cause)
  }
}

async function received<Result>(
  response: IncomingMessage,
  url: URL,
  limits: HttpLimits,
  signal: AbortSignal,
  receive: (body: AsyncIterable<Buffer>) => Promise<Result>,
): Promise<Result> {
  const status = response.statusCode ?? 0
  if (status < 200 || status > 299) throw await statusFault(url, status, response)
  return receive(limitedBody(response, url, limits, signal))
}

async function* limitedBody(
  response: IncomingMessage,
  url: URL,
  { bytes }: HttpLimits,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let count = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      count += chunk.length
      if (count > bytes) {
        throw new LannerError('ERR_ARCHIVE_TOO_LARGE', `${url.origin} sent more than ${bytes} bytes`, {
          facts: { url: shown(url), limit: bytes },
        })
      }
      yield chunk
    }
  } catch (cause) {
    throw cause instanceof LannerError ? cause : connectionFault(url, signal, cause)
  }
}

/** Where to go instead, or nothing. Credentials must not follow a redirect to somebody else. */
function redirection(
  method: 'GET' | 'POST',
  url: URL,
  { statusCode, headers }: IncomingMessage,
): URL | undefined {
  const kept = statusCode === 307 || statusCode === 308
  if (!kept && statusCode !== 301 && statusCode !== 302 && statusCode !== 303) return undefined
  if (headers.location === undefined || !URL.canParse(headers.location, url.href)) {
    throw refusedRedirect(url, 'a redirect to nowhere')
  }
  const next = new URL(headers.location, url)
  if (next.origin !== url.origin) throw refusedRedirect(url, `a redirect to ${next.origin}`)
  // RFC 9110 section 15.4: the others turn a POST into a GET, which would store nothing.
  if (method === 'POST' && !kept)
    throw refusedRedirect(url, `a redirect that drops what was sent (${statusCode})`)
  return next
}

function refusedRedirect(url: URL, what: string): LannerError {
  return new LannerError('ERR_ARCHIVE_REDIRECT', `${shown(url)} answered with ${what}`, {
    facts: { url: shown(url) },
    hint: 'name the server by its final address',
  })
}

function connectionFault(url: URL, signal: AbortSignal, cause: unknown): LannerError {
  if (signal.aborted) {
    return new LannerError('ERR_ARCHIVE_TIMEOUT', `${url.origin} took too long`, {
      facts: { url: shown(url) },
      cause,
    })
  }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const why =
    { ECONNREFUSED: 'connection refused', ECONNRESET: 'the connection was cut' }[code] ?? reasonOf(cause)
  return new LannerError('ERR_ARCHIVE_CONNECTION', `${url.origin}: ${why}`, {
    facts: { url: shown(url) },
    cause,
  })
}

async function statusFault(url: URL, status: number, response: IncomingMessage): Promise<LannerError> {
  const text = await complaintOf(response)
  const message = `${shown(url)} answered ${status}${text === '' ? '' : `: ${text}`}`
  const facts = { url: shown(url), status }
  if (status !== 401 && status !== 403) return new LannerError('ERR_ARCHIVE_STATUS', message, { facts })
  return new LannerError('ERR_ARCHIVE_DENIED', message, {
    facts,
    hint: 'pass a token by `--archivista-token-path`, LANNER_ARCHIVISTA_TOKEN or `--archivista-headers`',
  })
}

/** The server's own words, without what could move a terminal's cursor. */
async function complaintOf(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.toString('utf8')
      if (text.length > MAX_COMPLAINT) break
    }
  } catch {
    // What arrived of it has to do: the status is what counts.
  }
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, MAX_COMPLAINT)
}

/** A query string may carry a secret. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`
}
