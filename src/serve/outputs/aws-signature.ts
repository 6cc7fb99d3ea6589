// Signs one HTTP request for AWS and whatever understands Signature Version 4.
// Pure: takes time and credentials, reads neither. Used by `s3.ts`.
import { createHash, createHmac } from 'node:crypto'

/** What is signed. */
export interface SignedRequest {
  readonly method: string
  readonly url: URL
  /** Lower-case names; `host` is added. */
  readonly headers: Readonly<Record<string, string>>
  /** SHA-256 of the body, in hex. */
  readonly payloadDigest: string
}

/** By whom and where. */
export interface SigningScope {
  readonly accessKey: string
  readonly secretKey: string
  readonly region: string
  readonly service: string
  /** Milliseconds since 1970. */
  readonly now: number
}

const ALGORITHM = 'AWS4-HMAC-SHA256'

/** Headers to send: those given, the date, and the authorization. */
export function signedHeaders(request: SignedRequest, scope: SigningScope): Record<string, string> {
  const time = new Date(scope.now).toISOString().replace(/[-:]|\.\d+/g, '')
  const day = time.slice(0, 8)
  const headers = { ...request.headers, host: request.url.host, 'x-amz-date': time }
  const names = Object.keys(headers).sort()
  const place = `${day}/${scope.region}/${scope.service}/aws4_request`
  const text = [ALGORITHM, time, place, sha256(canonicalRequest(request, headers, names))].join('\n')
  const key = [day, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${scope.secretKey}`),
  )
  const signature = hmac(key, text).toString('hex')
  return {
    ...headers,
    authorization: `${ALGORITHM} Credential=${scope.accessKey}/${place}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

function canonicalRequest(
  { method, url, payloadDigest }: SignedRequest,
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): string {
  const parameters = [...url.searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort()
  const lines = names.map(name => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`).join('')
  return [method, url.pathname, parameters.join('&'), lines, names.join(';'), payloadDigest].join('\n')
}

/** AWS's percent-encoding: everything but the unreserved characters of RFC 3986. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
