// Options that outputs share: how long, how many at once, how often again, and how the connection is protected.
// Shapes only: the pipeline carries out `retry`, `batch`, `timeout` and `concurrency`. Used by every schema of this folder.
import * as z from 'zod'
import { type ProxyOption, proxyOption } from './http-proxy.ts'
import { duration, size } from './quantity.ts'
import { type TextSource, textSource } from './secret-value.ts'

/** How many alerts go together. */
export interface BatchOptions {
  readonly alerts: number
  readonly bytes: number
  /** Milliseconds to wait for more. */
  readonly wait: number
}

/** How a delivery is tried again. */
export interface RetryOptions {
  /** Milliseconds before the second attempt. */
  readonly first: number
  /** Milliseconds between two attempts at most. */
  readonly most: number
  /** After so many an alert becomes a dead letter. */
  readonly attempts: number
}

/** What every output has. */
export interface CommonOptions {
  readonly type: string
  readonly timeout: number
  readonly concurrency: number
  readonly retry: RetryOptions
  readonly batch: BatchOptions
}

/** How a connection is protected. Files as paths, or as PEM text. */
export interface TlsOptions {
  readonly ca?: TextSource | undefined
  readonly cert?: TextSource | undefined
  readonly key?: TextSource | undefined
  readonly insecure: boolean
}

/** Options of whatever speaks HTTP. */
export interface HttpOptions {
  readonly headers: Readonly<Record<string, TextSource>>
  readonly tls: TlsOptions
  readonly compress: 'none' | 'gzip'
  readonly proxy?: ProxyOption
}

/** One alert a delivery, as soon as it is there. */
export const ONE_BY_ONE: BatchDefaults = { alerts: 1, bytes: '5MB', wait: '0' }
/** For receivers that take many alerts in one request. */
export const IN_BULK: BatchDefaults = { alerts: 500, bytes: '5MB', wait: '1s' }
/** For receivers that people read. */
export const FOR_PEOPLE: BatchDefaults = { alerts: 20, bytes: '1MB', wait: '2s' }

/** Defaults of `batch` of a kind, as they would be written. */
export interface BatchDefaults {
  readonly alerts: number
  readonly bytes: string
  readonly wait: string
}

const retryOptions = z
  .strictObject({
    first: duration.prefault('1s').describe('Pause before the second attempt; it doubles with each'),
    most: duration.prefault('5m').describe('Longest pause between two attempts'),
    attempts: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100)
      .describe('After so many an alert becomes a dead letter'),
  })
  .prefault({})
  .describe('How what went wrong is tried again')

const batchOptions = (defaults: BatchDefaults) =>
  z
    .strictObject({
      alerts: z.int().min(1).max(100_000).default(defaults.alerts).describe('Most alerts in one delivery'),
      bytes: size.prefault(defaults.bytes).describe('Most bytes of alerts in one delivery'),
      wait: duration.prefault(defaults.wait).describe('How long to wait for more alerts before delivering'),
    })
    .prefault({})
    .describe('How many alerts go together')

/** Members every output has; `kind` is its `type`. */
export function commonOptions<const Kind extends string>(
  kind: Kind | readonly [Kind, ...Kind[]],
  batch: BatchDefaults,
) {
  const kinds: readonly [Kind, ...Kind[]] = typeof kind === 'string' ? [kind] : kind
  return {
    type: z.literal(kinds).describe('Which kind of output this is'),
    timeout: duration
      .refine(span => span > 0, 'expected a span of time that is longer than nothing')
      .prefault('10s')
      .describe('How long one delivery may take'),
    concurrency: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe('Deliveries under way at once; more than 1 gives up the order'),
    retry: retryOptions,
    batch: batchOptions(batch),
  }
}

/** `tls` of whatever can be spoken over TLS. */
export const tlsOptions = z
  .strictObject({
    ca: textSource.optional().describe('Certificates to trust instead of the system’s: path of a PEM file'),
    cert: textSource.optional().describe('Own certificate, for mutual TLS: path of a PEM file'),
    key: textSource.optional().describe('Key of the own certificate: path of a PEM file'),
    insecure: z.boolean().default(false).describe('Accept any certificate'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), '`cert` and `key` go together')
  .prefault({})
  .describe('How the connection is protected')

/** Members of whatever speaks HTTP. */
export const httpOptions = {
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/), textSource)
    .default({})
    .describe('Additional headers'),
  tls: tlsOptions.describe('How the connection is protected'),
  compress: z.enum(['none', 'gzip']).default('none').describe('How the request’s body is compressed'),
  proxy: proxyOption,
}

/** An http or https address, or where to find it. */
export const urlSource: z.ZodType<TextSource, TextSource> = textSource.refine(
  source => typeof source !== 'string' || (/^https?:\/\/[^/]/.test(source) && URL.canParse(source)),
  'expected an address that begins with http:// or https://',
)
