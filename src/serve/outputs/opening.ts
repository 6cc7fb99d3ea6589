// What an output is given when it is opened, and the secrets it has read: none of them may leave in a message.
// Knows no kind of output. Used by every `open…` of this folder and by `registry.ts`, which cleans what outputs throw.
import type { SecureContextOptions } from 'node:tls'
import { readBoundedFile } from '../../envelope/bounded-file.ts'
import type { Secret } from '../../envelope/secret.ts'
import { LannerError, messageOf } from '../../error.ts'
import type { TlsOptions } from './common-options.ts'
import { DeliveryFault } from './output.ts'
import { pathIn, readTextSource, type TextPlaces, type TextSource } from './secret-value.ts'

/** What the server tells an output. */
export interface OutputContext extends TextPlaces {
  /** Name of the output in the configuration. */
  readonly name: string
  /** Name of this machine, for alerts that name none. */
  readonly machine: string
  /** Wall clock: milliseconds since 1970. */
  readonly now: () => number
  /** Counts one alert under these labels; what `type: prometheus` does. */
  readonly matched?: (labels: Readonly<Record<string, string>>) => void
}

/** TLS options of `node:tls`, read. */
export interface ReadTls extends SecureContextOptions {
  readonly rejectUnauthorized: boolean
}

/** Shorter texts would make a message unreadable if they were taken out of it, and hide nothing. */
const SHORTEST_SECRET = 4
/** A segment of a path of this length may be a token. */
const LONG_SEGMENT = 12
const REDACTED = '[redacted]'

/** Reads what the configuration names, and remembers what must not be shown. */
export class Opening {
  readonly context: OutputContext
  readonly #secrets = new Set<string>()

  constructor(context: OutputContext) {
    this.context = context
  }

  /** A text that may be shown if it is written in the configuration, and not if it comes from elsewhere. */
  text(source: TextSource): string {
    const value = readTextSource(source, this.context).reveal().toString('utf8')
    if (typeof source !== 'string') this.#remember(value)
    return value
  }

  /** A text that is never shown. */
  secret(source: TextSource): Secret {
    const secret = readTextSource(source, this.context)
    this.#remember(secret.reveal().toString('utf8'))
    return secret
  }

  /** An address of the given protocols. Its path, query and user may be what gives access, and are not shown. */
  url(source: TextSource, protocols: readonly string[] = ['http:', 'https:']): URL {
    const text = readTextSource(source, this.context).reveal().toString('utf8').trim()
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
      throw new LannerError(
        'ERR_CONFIG_URL',
        `output \`${this.context.name}\`: not an address with ${protocols.join(' or ')}`,
        {
          exit: 2,
        },
      )
    }
    const url = new URL(text)
    this.#rememberUrl(url)
    if (typeof source !== 'string') this.#remember(text)
    return url
  }

  /** Headers with their texts read; all of them may give access. */
  headers(sources: Readonly<Record<string, TextSource>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(sources).map(([name, source]) => {
        const value = this.text(source)
        if (SENSITIVE_HEADER.test(name)) this.#remember(value.replace(/^(?:Basic|Bearer) /i, ''))
        return [name.toLowerCase(), value]
      }),
    )
  }

  /** Credentials for HTTP's basic scheme. */
  basic(user: TextSource, password: TextSource): string {
    const pair = `${this.text(user)}:${this.secret(password).reveal().toString('utf8')}`
    const encoded = Buffer.from(pair).toString('base64')
    this.#remember(encoded)
    return `Basic ${encoded}`
  }

  /** Certificates and key. Throws `ERR_CONFIG_TLS` naming the file. */
  tls({ ca, cert, key, insecure }: TlsOptions): ReadTls {
    return {
      rejectUnauthorized: !insecure,
      ...(ca === undefined ? {} : { ca: this.pem(ca) }),
      ...(cert === undefined ? {} : { cert: this.pem(cert) }),
      ...(key === undefined ? {} : { key: this.pem(key) }),
    }
  }

  /** `text` without any secret that was read. */
  clean(text: string): string {
    let cleaned = text
    // Longest first, so that a secret within another leaves no rest of it.
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) {
      cleaned = cleaned.replaceAll(secret, REDACTED)
    }
    return cleaned
  }

  /** A fault that shows no secret, whatever was thrown. */
  cleanFault(thrown: unknown): DeliveryFault {
    if (!(thrown instanceof DeliveryFault)) {
      return new DeliveryFault(this.clean(messageOf(thrown)), {
        retry: true,
      })
    }
    const refused = new Map([...thrown.refused].map(([index, reason]) => [index, this.clean(reason)]))
    const { retry, after, done } = thrown
    return new DeliveryFault(this.clean(thrown.message), {
      retry,
      refused,
      done,
      ...(after === undefined ? {} : { after }),
    })
  }

  /** Certificates or a key: a path of a PEM file, or its text. Throws `ERR_CONFIG_TLS` naming the file. */
  pem(source: TextSource): Buffer {
    const text = readTextSource(source, this.context).reveal()
    if (text.includes('-----BEGIN ')) return Buffer.from(text)
    const file = pathIn(this.context.directory, text.toString('utf8'))
    return Buffer.from(
      readBoundedFile(file, { limit: 1024 * 1024, code: 'ERR_CONFIG_TLS', what: 'PEM file' }),
    )
  }

  #remember(text: string): void {
    if (text.length < SHORTEST_SECRET) return
    this.#secrets.add(text)
    // A receiver may repeat it as it stood in a JSON text or an address.
    this.#secrets.add(JSON.stringify(text).slice(1, -1))
    this.#secrets.add(encodeURIComponent(text))
  }

  #rememberUrl(url: URL): void {
    for (const text of [url.username, url.password]) this.#remember(decodeURIComponent(text))
    for (const segment of url.pathname.split('/')) {
      if (segment.length >= LONG_SEGMENT) this.#remember(decodeURIComponent(segment))
    }
    for (const value of url.searchParams.values()) this.#remember(value)
  }
}

const SENSITIVE_HEADER = /auth|token|key|secret|cookie|password/i
