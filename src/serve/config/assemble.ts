// Turns a document whose shape was checked into the configuration the server works with: paths made absolute, defaults that
// depend on other keys filled in. Decides nothing else. Used by `read-config.ts`.
import { hostname } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { shippedFile } from '../../native/version.ts'
import type { TextSource } from '../outputs/secret-value.ts'
import {
  type ClientTls,
  LISTENERS,
  type Listener,
  type ListenerName,
  type OutputConfig,
  type QueueConfig,
  type RouteConfig,
  type ServeConfig,
  type StoreConfig,
} from './config.ts'
import { routeName, tlsOf } from './consistency.ts'
import type { ConfigShape } from './schema.ts'
import type { SecretReference } from './secret-reference.ts'

/** What was read apart from the shape. */
export interface ReadParts {
  readonly fields: Readonly<Record<string, string>>
  readonly outputs: readonly OutputConfig[]
}

/** The configuration; `file` gives the folder that relative paths start from. */
export function assemble(file: string, shape: ConfigShape, { fields, outputs }: ReadParts): ServeConfig {
  const directory = dirname(resolve(file))
  const place = (path: string): string => (isAbsolute(path) ? path : join(directory, path))
  const { auth, limits, rules, follow, tags, seal, page } = shape
  return {
    file,
    directory,
    listen: listeners(shape, place),
    auth: {
      tokens: auth.token.map(token => placed(token, place)),
      proxyHeader: auth.proxyHeader?.toLowerCase(),
    },
    limits: {
      ...limits,
      bodies: Math.max(limits.bodies, limits.body),
      rate: limits.rate && {
        perSecond: limits.rate.perSecond,
        burst: limits.rate.burst ?? Math.max(1000, 2 * limits.rate.perSecond),
      },
    },
    store: storeOf(shape, place),
    queue: queueOf(shape, place),
    rules: {
      files: { k8s_audit: auditRules(shape, place), aws_cloudtrail: rules.aws_cloudtrail.map(place) },
      priority: rules.priority,
      disable: rules.disable,
      enable: rules.enable,
    },
    follow: follow.map(each => ({ ...each, file: place(each.file) })),
    fields,
    tags,
    outputs,
    routes: routesOf(shape),
    seal: seal && {
      ...seal,
      key: place(seal.key),
      directory: place(seal.directory),
      passphrase: seal.passphrase && placed(seal.passphrase, place),
    },
    page,
  }
}

type Place = (path: string) => string

/** Rules for audit events where nobody named any. */
export function shippedAuditRules(): string[] {
  return [shippedFile('rules/k8s_audit.yaml')]
}

/** Those that are named; where events come and none are, those we ship. */
function auditRules({ rules, listen, follow }: ConfigShape, place: Place): string[] {
  const comes = listen.audit !== undefined || follow.some(({ source }) => source === 'k8s_audit')
  if (rules.k8s_audit.length === 0 && comes) return shippedAuditRules()
  return rules.k8s_audit.map(place)
}

function placed<Reference extends SecretReference | TextSource>(
  reference: Reference,
  place: Place,
): Reference | { readonly file: string } {
  const isFile = typeof reference === 'object' && 'file' in reference
  return isFile ? { file: place(reference.file) } : reference
}

function listeners(shape: ConfigShape, place: Place): Partial<Record<ListenerName, Listener>> {
  const listen: Partial<Record<ListenerName, Listener>> = {}
  for (const name of LISTENERS) {
    const written = shape.listen[name]
    if (written === undefined) continue
    const address = written.kind === 'unix' ? { ...written, path: place(written.path) } : written
    const tls = tlsOf(shape, name)
    if (tls?.cert === undefined || tls.key === undefined) listen[name] = { address, tls: undefined }
    else {
      const clientCa = tls.clientCa === undefined ? undefined : place(tls.clientCa)
      listen[name] = { address, tls: { cert: place(tls.cert), key: place(tls.key), clientCa } }
    }
  }
  return listen
}

function storeOf({ store }: ConfigShape, place: Place): StoreConfig | undefined {
  if (store === undefined) return undefined
  const { path, url, username, password, retention } = store
  if (url === undefined) return { at: { kind: 'embedded', path: place(path ?? '') }, retention }
  return {
    at: {
      kind: 'redis',
      url: placed(url, place),
      username: username && placed(username, place),
      password: password && placed(password, place),
      tls: clientTlsOf(store.tls, place),
    },
    retention,
  }
}

function queueOf({ queue, store }: ConfigShape, place: Place): QueueConfig {
  const { limit, url, stream, replicas, token, credentials } = queue
  if (url.length === 0) {
    const path = queue.path ?? join(store?.path ?? '', 'queue')
    return { kind: 'embedded', path: place(path), limit }
  }
  return {
    kind: 'jetstream',
    urls: url.map(each => placed(each, place)),
    worker: queue.worker ?? hostname(),
    stream,
    limit,
    replicas,
    token: token && placed(token, place),
    credentials: credentials && placed(credentials, place),
    tls: clientTlsOf(queue.tls, place),
  }
}

function clientTlsOf(tls: ClientTls | undefined, place: Place): ClientTls | undefined {
  const at = (path: string | undefined): string | undefined => (path === undefined ? undefined : place(path))
  return tls && { ca: at(tls.ca), cert: at(tls.cert), key: at(tls.key) }
}

/** The routes with the names they go by. */
export function routesOf({ routes }: ConfigShape): RouteConfig[] {
  return routes.map(({ source, ...route }, index) => ({
    ...route,
    name: routeName(route.name, index),
    sources: source,
  }))
}
