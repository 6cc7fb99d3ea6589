// Where NATS is and how we say who we are: the URL taken apart, credentials out of it at once. Connects nothing.
// Used by `nats-link.ts`.

import { Secret } from '../../envelope/secret.ts'
import { type LannerError, usageError } from '../../error.ts'

/** Who we are to the server. */
export type NatsCredentials =
  | { readonly kind: 'token'; readonly token: Secret }
  | { readonly kind: 'password'; readonly user: string; readonly password: Secret }
  /** A user's seed, `SU…`. */
  | { readonly kind: 'nkey'; readonly seed: Secret }
  /** What a `.creds` file holds. */
  | { readonly kind: 'creds'; readonly contents: Secret }

/** What a URL says. */
export interface NatsAddress {
  /** `host:port`, one or several of one cluster. */
  readonly servers: readonly string[]
  readonly tls: boolean
  readonly credentials: NatsCredentials | undefined
}

const DEFAULT_PORT = '4222'

/** Of `nats://host:4222` or `tls://user:password@a,tls://b`; a user without password is a token. Throws `ERR_QUEUE_URL`. */
export function natsAddress(text: string): NatsAddress {
  const urls = text.split(',').map(parsed)
  const credentials = urls.map(credentialsOf).find(found => found !== undefined)
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port === '' ? DEFAULT_PORT : port}`),
    tls: urls.some(({ protocol }) => protocol === 'tls:'),
    credentials,
  }
}

function parsed(text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined
  if (url === undefined) throw wrongUrl('is no URL')
  if (url.protocol !== 'nats:' && url.protocol !== 'tls:') throw wrongUrl(`begins with ${url.protocol}//`)
  if (url.hostname === '') throw wrongUrl('names no host')
  if (url.search !== '' || url.hash !== '' || !/^\/?$/.test(url.pathname)) {
    throw wrongUrl('says more than host and port')
  }
  return url
}

/** The URL itself isn't told: it may hold a password. */
function wrongUrl(what: string): LannerError {
  return usageError(
    'ERR_QUEUE_URL',
    `the queue's URL ${what}`,
    'write it as `nats://host:4222` or `tls://host:4222`',
  )
}

function credentialsOf({ username, password }: URL): NatsCredentials | undefined {
  if (username === '') return undefined
  if (password === '') return { kind: 'token', token: new Secret(decoded(username)) }
  return { kind: 'password', user: decoded(username), password: new Secret(decoded(password)) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrongUrl('has credentials with a `%` that encodes nothing')
  }
}
