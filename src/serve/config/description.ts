// A configuration as an object to be told: what listens, what is kept where, which output gets what by which route.
// Shows no secret and no address of an output. Used by `lanner serve check`.
import type { TextSource } from '../outputs/secret-value.ts'
import {
  type ClientTls,
  type DedupConfig,
  type GroupConfig,
  LISTENERS,
  type RateConfig,
  type RetentionConfig,
  type RouteConfig,
  type SealConfig,
  type ServeConfig,
} from './config.ts'
import { referenceText } from './secret-reference.ts'

/** A route in a few words. */
export interface DescribedRoute {
  readonly name: string
  /** What it asks, a part an item; empty when it takes everything. */
  readonly asks: readonly string[]
  readonly outputs: readonly string[]
  readonly group: GroupConfig | null
  readonly dedup: DedupConfig | null
  readonly rate: RateConfig | null
  readonly template: string | null
  readonly continue: boolean
}

/** What is kept; `null` for no bound. */
export interface DescribedRetention {
  readonly age: number | null
  readonly size: number | null
}

/** See the file. Spans are milliseconds, sizes bytes. */
export interface DescribedConfig {
  readonly listeners: readonly {
    readonly name: string
    readonly address: string
    /** What a sender must show: a token, or where a proxy logs in its header; a client certificate besides. */
    readonly access: readonly ('token' | 'proxy header' | 'client certificate')[]
    readonly tls: boolean
  }[]
  readonly follow: readonly { readonly file: string; readonly source: string }[]
  readonly store: ({ readonly kind: string; readonly place: string } & DescribedRetention) | null
  readonly queue: { readonly kind: string; readonly place: string; readonly limit: number }
  readonly outputs: readonly {
    readonly name: string
    readonly type: string
    /** Names of the routes that lead to it; `null` when there are no routes and everything does. */
    readonly routes: readonly string[] | null
  }[]
  readonly routes: readonly DescribedRoute[]
  readonly seal:
    | ({ readonly directory: string; readonly every: number; readonly alerts: number } & DescribedRetention)
    | null
}

/** Describes it. */
export function describeConfig(config: ServeConfig): DescribedConfig {
  const { auth, listen, store, queue, seal } = config
  return {
    listeners: LISTENERS.flatMap(name => {
      const listener = listen[name]
      if (listener === undefined) return []
      const access = [
        ...(auth.tokens.length > 0 ? (['token'] as const) : []),
        ...(name === 'page' && auth.proxyHeader !== undefined ? (['proxy header'] as const) : []),
        ...(listener.tls?.clientCa === undefined ? [] : (['client certificate'] as const)),
      ]
      return [{ name, address: listener.address.text, access, tls: listener.tls !== undefined }]
    }),
    follow: config.follow,
    store: store === undefined ? null : describeStore(store),
    queue:
      queue.kind === 'embedded'
        ? { kind: queue.kind, place: queue.path, limit: queue.limit }
        : { kind: queue.kind, place: queue.urls.map(withoutUser).join(', '), limit: queue.limit },
    outputs: config.outputs.map(({ name, type }) => ({
      name,
      type,
      routes: config.routes.length === 0 ? null : routesTo(name, config.routes),
    })),
    routes: config.routes.map(describeRoute),
    seal: seal === undefined ? null : describeSeal(seal),
  }
}

function describeStore({ at, retention }: NonNullable<ServeConfig['store']>): DescribedConfig['store'] {
  return {
    kind: at.kind,
    place: at.kind === 'embedded' ? at.path : `${withoutUser(at.url)}${certified(at.tls)}`,
    ...describeRetention(retention),
  }
}

function describeSeal({ directory, every, alerts, retention }: SealConfig): DescribedConfig['seal'] {
  return { directory, every, alerts, ...describeRetention(retention) }
}

function describeRetention({ age, size }: RetentionConfig): DescribedRetention {
  return { age: age ?? null, size: size ?? null }
}

function certified(tls: ClientTls | undefined): string {
  return tls?.cert === undefined ? '' : ' with a client certificate'
}

/** An address may carry a password. */
function withoutUser(url: TextSource): string {
  if (typeof url !== 'string') return referenceText(url)
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}

function routesTo(output: string, routes: readonly RouteConfig[]): string[] {
  return routes.filter(({ outputs }) => outputs.includes(output)).map(({ name }) => name)
}

function describeRoute(route: RouteConfig): DescribedRoute {
  const { name, outputs, group, dedup, rate, template } = route
  return {
    name,
    asks: asksOf(route),
    outputs,
    group: group ?? null,
    dedup: dedup ?? null,
    rate: rate ?? null,
    template: template ?? null,
    continue: route.continue,
  }
}

function asksOf({ match, priority, sources, rules, tags }: RouteConfig): string[] {
  return [
    ...(priority === 'Debug' ? [] : [`priority ${priority} or more urgent`]),
    ...(sources.length === 0 ? [] : [`source ${sources.join(' or ')}`]),
    ...(rules.length === 0 ? [] : [`rule ${rules.join(' or ')}`]),
    ...(tags.length === 0 ? [] : [`tag ${tags.join(' or ')}`]),
    ...(match === undefined ? [] : [match.trim().replace(/\s+/g, ' ')]),
  ]
}
