// Who may look: bearers of the token, browsers that logged in with it, people a trusted proxy names. Compares in constant time.
// A login is a cookie that says until when and is signed by a key made from the token, so it survives restarts. Used by access.ts.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Secret } from '../../envelope/secret.ts'

/** A header in which a proxy names who asks, believed only from these addresses (or networks, `10.0.0.0/8`). */
export interface ProxyLogin {
  /** In lower case. */
  readonly header: string
  readonly from: readonly string[]
}

/** How someone was let in. */
export type Visitor = { readonly by: 'anyone' | 'token' } | { readonly by: 'proxy'; readonly user: string }

const COOKIE = 'lanner_session'
/** Milliseconds a login lasts. */
const LASTS = 12 * 3_600_000

/** See the file. */
export class Sessions {
  readonly #token: Buffer | undefined
  readonly #key: Buffer
  readonly #proxy: { readonly header: string; readonly addresses: BlockList } | undefined
  readonly #now: () => number

  /** `now` is milliseconds since 1970. Without token and proxy everyone may look. */
  constructor(token: Secret | undefined, proxy: ProxyLogin | undefined, now: () => number) {
    this.#token = token === undefined ? undefined : sha256(token.reveal())
    this.#key = createHmac('sha256', this.#token ?? '')
      .update('lanner page session')
      .digest()
    this.#proxy = proxy && { header: proxy.header, addresses: addressesOf(proxy.from) }
    this.#now = now
  }

  /** Whether nobody need say who they are. */
  get open(): boolean {
    return this.#token === undefined && this.#proxy === undefined
  }

  /** Who asks; `undefined` for one who may not look. */
  visitor({ headers, socket }: Pick<FastifyRequest, 'headers' | 'socket'>): Visitor | undefined {
    if (this.open) return { by: 'anyone' }
    const user = this.#proxy && headers[this.#proxy.header]
    if (typeof user === 'string' && user !== '' && this.#isProxy(socket.remoteAddress)) {
      return { by: 'proxy', user }
    }
    if (this.isToken(tokenIn(headers.authorization)) || this.#isSession(cookieIn(headers.cookie))) {
      return { by: 'token' }
    }
    return undefined
  }

  isToken(text: string | undefined): boolean {
    return text !== undefined && this.#token !== undefined && timingSafeEqual(sha256(text), this.#token)
  }

  /** The `Set-Cookie` of a login. `secure` when the connection is. */
  cookie(secure: boolean): string {
    const until = String(this.#now() + LASTS)
    return `${COOKIE}=${until}.${this.#sign(until)}; Max-Age=${LASTS / 1000}; ${attributes(secure)}`
  }

  /** The `Set-Cookie` that ends it. */
  static ended(secure: boolean): string {
    return `${COOKIE}=; Max-Age=0; ${attributes(secure)}`
  }

  #isSession(value: string | undefined): boolean {
    const [until, signature] = value?.split('.') ?? []
    if (this.#token === undefined || until === undefined || signature === undefined) return false
    if (!timingSafeEqual(sha256(signature), sha256(this.#sign(until)))) return false
    return Number(until) > this.#now()
  }

  #sign(until: string): string {
    return createHmac('sha256', this.#key).update(until).digest('base64url')
  }

  #isProxy(address: string | undefined): boolean {
    if (address === undefined || this.#proxy === undefined) return false
    const plain = address.startsWith('::ffff:') ? address.slice(7) : address
    return this.#proxy.addresses.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
  }
}

function attributes(secure: boolean): string {
  return `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}

/** Of `Bearer <token>`, or of Basic with any user and the token as password, as falcosidekick-ui's clients send it. */
function tokenIn(header: string | undefined): string | undefined {
  const [scheme, value] = header?.split(' ', 2) ?? []
  if (scheme === undefined || value === undefined) return undefined
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(value, 'base64').toString()
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined
}

function cookieIn(header: string | undefined): string | undefined {
  const pairs = header?.split(/;\s*/) ?? []
  return pairs.find(pair => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
}

function addressesOf(from: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of from) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
