// Which proxy requests of an output go through: the one it names, or that of the environment, as other programs read it; or none.
// Opens no connection. Used by `http-client.ts`; the shape by `common-options.ts`.
import { isIP } from 'node:net'
import * as z from 'zod'
import { LannerError } from '../../error.ts'
import { isExempt } from './no-proxy.ts'
import type { Opening } from './opening.ts'
import { type TextSource, textSource } from './secret-value.ts'

const address = textSource.refine(
  source => typeof source !== 'string' || isProxyAddress(source),
  'expected none, or an address that begins with http:// or https://',
)

/** `proxy` of whatever speaks HTTP. */
export const proxyOption = z
  .union([
    address,
    z
      .strictObject({
        url: address,
        user: textSource.optional(),
        password: textSource.optional(),
        ca: textSource.optional(),
      })
      .refine(
        ({ user, password }) => (user === undefined) === (password === undefined),
        '`user` and `password` go together',
      ),
  ])
  .optional()
  .describe('Proxy to go through instead of the environment’s, or `none`')

/** See {@link proxyOption}. */
export type ProxyOption = z.output<typeof proxyOption>

/** One proxy. */
export interface HttpProxy {
  /** Its scheme, host and port, without what logs in. */
  readonly url: URL
  /** What its certificate is held against: Node would take the receiver's name from the `host` header. Empty for an address. */
  readonly servername: string
  /** Value of `proxy-authorization`. */
  readonly authorization: string | undefined
  /** Certificates to trust instead of the system's, when it is spoken to over TLS. */
  readonly ca: Buffer | undefined
}

/** See the file. */
export class ProxyChoice {
  readonly #opening: Opening
  /** The proxy for every request, `undefined` for none, or what the environment says. */
  readonly #chosen: HttpProxy | undefined | 'environment'
  readonly #exempt: string
  readonly #byProtocol: Readonly<Record<string, HttpProxy | undefined>>

  /** Reads all that may be needed, so that what is wrong shows before the first delivery. Throws `ERR_CONFIG_PROXY`. */
  constructor(option: ProxyOption, opening: Opening) {
    this.#opening = opening
    this.#chosen = this.#named(option)
    const fromEnvironment = this.#chosen === 'environment'
    this.#exempt = this.#variable('no_proxy').value
    this.#byProtocol = fromEnvironment
      ? { 'http:': this.#inVariable('http_proxy'), 'https:': this.#inVariable('https_proxy') }
      : {}
  }

  /** What a request to `url` goes through; `undefined` when it goes straight. */
  for(url: URL): HttpProxy | undefined {
    if (this.#chosen !== 'environment') return this.#chosen
    return isExempt(url, this.#exempt) ? undefined : this.#byProtocol[url.protocol]
  }

  #named(option: ProxyOption): HttpProxy | undefined | 'environment' {
    if (option === undefined) return 'environment'
    if (typeof option !== 'object' || !('url' in option)) return this.#at(option, '`proxy`')
    const { url, user, password, ca } = option
    const proxy = this.#at(url, '`proxy.url`')
    if (proxy === undefined) return undefined
    return {
      ...proxy,
      ...(ca === undefined ? {} : { ca: this.#opening.pem(ca) }),
      ...(user === undefined || password === undefined
        ? {}
        : { authorization: this.#opening.basic(user, password) }),
    }
  }

  #at(source: TextSource, where: string): HttpProxy | undefined {
    const text = typeof source === 'string' ? source : this.#opening.secret(source).reveal().toString('utf8')
    return text.trim() === 'none' ? undefined : this.#parsed(text, where)
  }

  #inVariable(name: string): HttpProxy | undefined {
    const { variable, value } = this.#variable(name)
    // Without a scheme it is spoken to in plain HTTP, as everywhere.
    const text = value === '' || value.includes('://') ? value : `http://${value}`
    return text === '' ? undefined : this.#parsed(text, `\`${variable}\``)
  }

  /** In lower case first, as curl reads them. */
  #variable(name: string): { readonly variable: string; readonly value: string } {
    const { environment } = this.#opening.context
    const variable = [name, name.toUpperCase()].find(each => (environment[each] ?? '') !== '') ?? name
    return { variable, value: environment[variable]?.trim() ?? '' }
  }

  #parsed(text: string, where: string): HttpProxy {
    if (!isProxyAddress(text)) {
      throw new LannerError(
        'ERR_CONFIG_PROXY',
        `output \`${this.#opening.context.name}\`: ${where} is no address of an http or https proxy`,
        { exit: 2, hint: '`proxy: none` lets an output do without' },
      )
    }
    const { username, password, origin, hostname } = this.#opening.url(text)
    const authorization =
      username === '' && password === ''
        ? undefined
        : this.#opening.basic(decodeURIComponent(username), decodeURIComponent(password))
    const servername = isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : ''
    return { url: new URL(origin), servername, authorization, ca: undefined }
  }
}

function isProxyAddress(text: string): boolean {
  return text === 'none' || (/^https?:\/\/[^/]/.test(text.trim()) && URL.canParse(text.trim()))
}
