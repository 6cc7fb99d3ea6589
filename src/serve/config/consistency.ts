// What the parts of a configuration say of each other: listeners that anyone could reach, routes to outputs that are not
// there, places needed and not given. Sees values whose shapes were checked. Used by `read-config.ts`.
import { closest } from '../../detect/spelling.ts'
import type { TextSource } from '../outputs/secret-value.ts'
import { LISTENERS, type ListenerName } from './config.ts'
import type { ConfigPath, PathFault } from './fault.ts'
import { isLocal } from './listen-address.ts'
import type { ConfigShape } from './schema.ts'

interface PartCheck {
  /** Parts it looks at: with a fault in one of them it would say what isn't so. */
  readonly needs: readonly (keyof ConfigShape)[]
  readonly faults: (shape: ConfigShape, outputs: readonly string[]) => Iterable<PathFault>
}

const CHECKS: readonly PartCheck[] = [
  { needs: ['listen', 'follow'], faults: inputFaults },
  { needs: ['limits'], faults: limitFaults },
  { needs: ['listen', 'auth', 'tls'], faults: listenerFaults },
  { needs: ['store'], faults: storeFaults },
  { needs: ['store', 'queue'], faults: queueFaults },
  { needs: ['follow', 'rules'], faults: followFaults },
  { needs: [], faults: routeFaults },
]

/**
 * Everything wrong between the parts. Parts that are `broken` have their defaults in `shape`, and are not judged; `outputs` are
 * the names of all outputs, broken or not.
 */
export function inconsistencies(
  shape: ConfigShape,
  outputs: readonly string[],
  broken: ReadonlySet<string>,
): PathFault[] {
  return CHECKS.filter(({ needs }) => !needs.some(part => broken.has(part))).flatMap(({ faults }) => [
    ...faults(shape, outputs),
  ])
}

type TlsShape = {
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly clientCa: string | undefined
}

/** TLS of a listener: its own, or what is common to all. */
export function tlsOf({ tls }: ConfigShape, name: ListenerName): TlsShape | undefined {
  const own = tls[name]
  if (own === false) return undefined
  if (own !== undefined) return own
  const { cert, key, clientCa } = tls
  return cert === undefined && key === undefined && clientCa === undefined
    ? undefined
    : { cert, key, clientCa }
}

function* limitFaults({ limits }: ConfigShape): Generator<PathFault> {
  if (limits.headerTimeout <= limits.requestTimeout) return
  yield reference(['limits', 'headerTimeout'], 'is longer than `requestTimeout`, of which it is a part')
}

function* inputFaults({ listen, follow }: ConfigShape): Generator<PathFault> {
  if (follow.length > 0 || LISTENERS.some(name => listen[name] !== undefined)) return
  yield reference(['listen'], 'nothing is taken in: no listener and no followed file')
}

/** Audit events have rules that are shipped. */
function* followFaults({ follow, rules }: ConfigShape): Generator<PathFault> {
  for (const [index, { source }] of follow.entries()) {
    if (source !== 'aws_cloudtrail' || rules[source].length > 0) continue
    yield reference(['follow', index, 'source'], `no rule would judge it: \`rules.${source}\` names no file`)
  }
}

function* listenerFaults(shape: ConfigShape): Generator<PathFault> {
  let told = false
  for (const name of LISTENERS) {
    const address = shape.listen[name]
    const tls = tlsOf(shape, name)
    if (tls !== undefined && (tls.cert === undefined || tls.key === undefined)) {
      const isOwn = Boolean(shape.tls[name])
      // What all listeners have in common is told once.
      if (isOwn || !told) yield reference(isOwn ? ['tls', name] : ['tls'], '`cert` and `key` are both needed')
      told ||= !isOwn
    }
    if (address === undefined || isLocal(address) || shape.auth.token.length > 0) continue
    if (tls?.clientCa !== undefined) continue
    yield {
      code: 'ERR_CONFIG_EXPOSED',
      path: ['listen', name],
      message: `\`${address.text}\` can be reached from other machines: set \`auth.token\` or \`tls.clientCa\``,
    }
  }
  yield* sameAddress(shape)
}

function* sameAddress({ listen }: ConfigShape): Generator<PathFault> {
  const seen = new Map<string, string>()
  for (const name of LISTENERS) {
    const address = listen[name]
    if (address === undefined || (address.kind === 'tcp' && address.port === 0)) continue
    const other = seen.get(address.text)
    if (other !== undefined) yield reference(['listen', name], `is the address of \`listen.${other}\` too`)
    seen.set(address.text, name)
  }
}

function* storeFaults({ store }: ConfigShape): Generator<PathFault> {
  if (store === undefined) return
  if ((store.path === undefined) === (store.url === undefined)) {
    yield reference(['store'], 'expected either `path` or `url`')
  }
  if (store.url !== undefined && !isUrl(store.url, ['redis:', 'rediss:'])) {
    yield value(['store', 'url'], 'expected redis://HOST or rediss://HOST')
  }
  if (store.url !== undefined) return
  for (const key of ['username', 'password', 'tls'] as const) {
    if (store[key] !== undefined) yield reference(['store', key], 'means nothing without `url`')
  }
}

function* queueFaults({ queue, store }: ConfigShape): Generator<PathFault> {
  if (queue.url.length > 0 && queue.path !== undefined) {
    yield reference(['queue', 'path'], 'means nothing beside `url`')
  }
  if (queue.url.length === 0 && queue.path === undefined && store?.path === undefined) {
    yield reference(
      ['queue'],
      'nothing says where accepted alerts wait: set `queue.path`, `queue.url` or `store.path`',
    )
  }
  for (const [index, url] of queue.url.entries()) {
    if (isUrl(url, ['nats:', 'tls:', 'ws:', 'wss:'])) continue
    yield value(['queue', 'url', index], 'expected nats://HOST or tls://HOST')
  }
  if (queue.url.length > 0) return
  for (const key of ['token', 'credentials', 'tls'] as const) {
    if (queue[key] !== undefined) yield reference(['queue', key], 'means nothing without `url`')
  }
}

function* routeFaults({ routes }: ConfigShape, names: readonly string[]): Generator<PathFault> {
  const seen = new Set<string>()
  for (const [index, route] of routes.entries()) {
    const path: ConfigPath = ['routes', index]
    const name = routeName(route.name, index)
    if (seen.has(name)) yield reference([...path, 'name'], `another route is named \`${name}\``)
    seen.add(name)
    if (route.outputs.length === 0 && route.continue) {
      yield reference(path, 'does nothing: name `outputs`, or mute what matches with `continue: false`')
    }
    for (const [at, output] of route.outputs.entries()) {
      if (names.includes(output)) continue
      const near = closest(output, names)
      const advice = near === undefined ? '' : `, did you mean \`${near}\`?`
      yield reference([...path, 'outputs', at], `no output is named \`${output}\`${advice}`)
    }
  }
}

/** What a route is called that has no name. */
export function routeName(name: string | undefined, index: number): string {
  return name ?? `route ${index + 1}`
}

/** What lies elsewhere is judged when it is used. */
function isUrl(url: TextSource, protocols: readonly string[]): boolean {
  if (typeof url !== 'string') return true
  return URL.canParse(url) && protocols.includes(new URL(url).protocol) && new URL(url).hostname !== ''
}

function reference(path: ConfigPath, message: string): PathFault {
  return { code: 'ERR_CONFIG_REFERENCE', path, message }
}

function value(path: ConfigPath, message: string): PathFault {
  return { code: 'ERR_CONFIG_VALUE', path, message }
}
