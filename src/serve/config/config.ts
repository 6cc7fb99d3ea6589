// What `lanner serve` is told to do: the types of `lanner.yaml` once it was read, with every default filled in.
// Types and names only; `schema.ts` reads them, `read-config.ts` puts it together. Used by every part of the server.
// Relative paths of the file start from its folder; here they are absolute. Spans are milliseconds, sizes are bytes.
import type { Priority } from '../../detect/priority.ts'
import type { CommonOptions } from '../outputs/common-options.ts'
import type { TextSource } from '../outputs/secret-value.ts'
import type { ListenAddress } from './listen-address.ts'
import type { SecretReference } from './secret-reference.ts'

/** The listeners, by what they take. */
export const LISTENERS = ['falco', 'audit', 'page'] as const
/** One of `LISTENERS`. */
export type ListenerName = (typeof LISTENERS)[number]

/** TLS of a listener. With `clientCa` a certificate of that authority is demanded. */
export interface ListenerTls {
  readonly cert: string
  readonly key: string
  readonly clientCa: string | undefined
}

/** TLS towards a server of ours. */
export interface ClientTls {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** One listener; absent from the configuration when nothing listens. */
export interface Listener {
  readonly address: ListenAddress
  readonly tls: ListenerTls | undefined
}

/** What a sender may do. */
export interface Limits {
  /** Bytes of one body after inflation, and of all bodies held in memory at once. */
  readonly body: number
  readonly bodies: number
  /** Bytes of one alert. */
  readonly alert: number
  /** Alerts a sender may post: so many a second, and so many at once. */
  readonly rate: { readonly perSecond: number; readonly burst: number } | undefined
  readonly connections: number
  readonly headerTimeout: number
  readonly requestTimeout: number
}

/** What is older, or makes it larger, is removed; without bound where nothing is said. */
export interface RetentionConfig {
  readonly age: number | undefined
  readonly size: number | undefined
}

/** Where alerts are kept for searching. */
export interface StoreConfig {
  readonly at:
    | { readonly kind: 'embedded'; readonly path: string }
    | {
        readonly kind: 'redis'
        readonly url: TextSource
        readonly username: TextSource | undefined
        readonly password: SecretReference | undefined
        readonly tls: ClientTls | undefined
      }
  readonly retention: RetentionConfig
}

/** Where accepted alerts wait for their consumers. `limit` is bytes. */
export type QueueConfig =
  | { readonly kind: 'embedded'; readonly path: string; readonly limit: number }
  | {
      readonly kind: 'jetstream'
      readonly urls: readonly TextSource[]
      /** Who this worker is: what it keeps to itself, as an embedded store, has a place of this name. */
      readonly worker: string
      /** Name of the stream; workers with the same share their work. */
      readonly stream: string
      readonly limit: number
      readonly replicas: number
      readonly token: SecretReference | undefined
      readonly credentials: SecretReference | undefined
      readonly tls: ClientTls | undefined
    }

/** Sources that our own rules judge. */
export const JUDGED_SOURCES = ['k8s_audit', 'aws_cloudtrail'] as const
/** One of `JUDGED_SOURCES`. */
export type JudgedSource = (typeof JUDGED_SOURCES)[number]

/** Rules for what comes as events and not as alerts. */
export interface RulesConfig {
  /** Files or directories by source. */
  readonly files: Readonly<Record<JudgedSource, readonly string[]>>
  readonly priority: Priority
  /** Names with `*`, or `tag:NAME`; `disable` comes first. */
  readonly disable: readonly string[]
  readonly enable: readonly string[]
}

/** A file that grows. */
export interface FollowedFile {
  readonly file: string
  readonly source: 'falco' | JudgedSource
}

/** One output, checked by the schema of its kind. */
export interface OutputConfig {
  readonly name: string
  readonly type: string
  /** All keys of it as they were written, `type` among them. */
  readonly body: Readonly<Record<string, unknown>>
  /** What its kind's schema made of them: what `openOutput` takes. */
  readonly options: CommonOptions
}

/** One delivery for many alerts with the same values of `by` (the rule, if nothing is said), collected for `wait`, `most` at most. */
export interface GroupConfig {
  readonly by: readonly string[]
  readonly wait: number
  readonly most: number
}

/** The first alert with the same values of `by` (rule and host, if nothing is said) goes; the others within `for` are counted and told in one. */
export interface DedupConfig {
  readonly by: readonly string[]
  readonly for: number
}

/** At most `limit` alerts per `per`; the others are counted and told in one. */
export interface RateConfig {
  readonly limit: number
  readonly per: number
}

/** Which alerts go where. Every part narrows, several values of one part are alternatives, an empty list asks nothing. */
export interface RouteConfig {
  readonly name: string
  /** A condition in the language of rules over the alert. */
  readonly match: string | undefined
  /** The least urgent that matches. */
  readonly priority: Priority
  readonly sources: readonly string[]
  /** Names of rules with `*` and `?`. */
  readonly rules: readonly string[]
  readonly tags: readonly string[]
  /** Names of outputs; none mutes, which `continue: false` makes useful. */
  readonly outputs: readonly string[]
  readonly group: GroupConfig | undefined
  readonly dedup: DedupConfig | undefined
  readonly rate: RateConfig | undefined
  readonly template: string | undefined
  /** Whether routes behind this one are asked too. */
  readonly continue: boolean
}

/** Evidence of what was received. */
export interface SealConfig {
  readonly key: string
  readonly passphrase: SecretReference | undefined
  readonly directory: string
  /** A window ends after so long, or so many alerts. */
  readonly every: number
  readonly alerts: number
  readonly retention: RetentionConfig
}

/** The page. */
export interface PageConfig {
  readonly title: string
  /** Where people reach it, for links in deliveries. */
  readonly url: string | undefined
}

/** See the file. */
export interface ServeConfig {
  /** The file it was read from, and the folder its relative paths start from. */
  readonly file: string
  readonly directory: string
  readonly listen: { readonly [Name in ListenerName]?: Listener }
  readonly auth: {
    /** Any of them opens inputs and page; none: only this machine or a client certificate. */
    readonly tokens: readonly SecretReference[]
    /** Header of a proxy in front of the page that names the person. */
    readonly proxyHeader: string | undefined
  }
  readonly limits: Limits
  readonly store: StoreConfig | undefined
  readonly queue: QueueConfig
  readonly rules: RulesConfig
  readonly follow: readonly FollowedFile[]
  /** Added to the fields and tags of every alert that lacks them. */
  readonly fields: Readonly<Record<string, string>>
  readonly tags: readonly string[]
  /** In the order they are written. */
  readonly outputs: readonly OutputConfig[]
  /** In the order they are asked; none: every alert goes to every output. */
  readonly routes: readonly RouteConfig[]
  readonly seal: SealConfig | undefined
  readonly page: PageConfig
}
