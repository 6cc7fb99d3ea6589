// Who may look: bearers of the token, browsers that logged in with it, people a trusted proxy names. Compares in constant time.
// A login is a cookie that says until when and is signed by a key made from the token, so it survives restarts. Used by access.ts.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Secret } from '../../envelope/secret.ts'
import { tokenIn } from '../authorization.ts'

/** A header in which a proxy names who asks, believed only from these addresses (or networks, `10.0.0.0/8`). */
export interface ProxyLogin {
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
  readonly #tokens: readonly { readonly digest: Buffer; readonly key: Buffer }[]
  readonly #proxy: { readonly header: string; readonly addresses: BlockList } | undefined
  readonly #now: () => number

  /** `now` is milliseconds since 1970. Without tokens and proxy everyone may look. */
  constructor(tokens: readonly Secret[], proxy: ProxyLogin | undefined, now: () => number) {
    this.#tokens = tokens.map(token => {
      const digest = sha256(token.reveal())
      return { digest, key: createHmac('sha256', digest).update('lanner page session').digest() }
    })
    this.#proxy = proxy && { header: proxy.header.toLowerCase(), addresses: addressesOf(proxy.from) }
    this.#now = now
  }

  /** Whether nobody need say who they are. */
  get open(): boolean {
    return this.#tokens.length === 0 && this.#proxy === undefined
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
    return text !== undefined && this.#keyOf(text) !== undefined
  }

  /** The `Set-Cookie` of a login with that token. `secure` when the connection is. */
  cookie(token: string, secure: boolean): string {
    const until = String(this.#now() + LASTS)
    const signature = sign(this.#keyOf(token) ?? Buffer.alloc(0), until)
    return `${COOKIE}=${until}.${signature}; Max-Age=${LASTS / 1000}; ${attributes(secure)}`
  }

  /** The `Set-Cookie` that ends it. */
  static ended(secure: boolean): string {
    return `${COOKIE}=; Max-Age=0; ${attributes(secure)}`
  }

  #isSession(value: string | undefined): boolean {
    const [until, signature] = value?.split('.') ?? []
    if (until === undefined || signature === undefined) return false
    const given = sha256(signature)
    const signed = this.#tokens.some(({ key }) => timingSafeEqual(given, sha256(sign(key, until))))
    return signed && Number(until) > this.#now()
  }

  #keyOf(token: string): Buffer | undefined {
    const given = sha256(token)
    return this.#tokens.find(({ digest }) => timingSafeEqual(given, digest))?.key
  }

  #isProxy(address: string | undefined): boolean {
    if (address === undefined || this.#proxy === undefined) return false
    const plain = address.startsWith('::ffff:') ? address.slice(7) : address
    return this.#proxy.addresses.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
  }
}

function sign(key: Buffer, until: string): string {
  return createHmac('sha256', key).update(until).digest('base64url')
}

function attributes(secure: boolean): string {
  return `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
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
