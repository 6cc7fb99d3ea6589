// From the text of `lanner.yaml` to a configuration that can be run, or to everything that is wrong with it.
// Opens no output and contacts nothing. Used by the commands of `serve`, at its start and at each reload.
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { LannerError } from '../../error.ts'
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
import { inconsistencies, routeName, tlsOf } from './consistency.ts'
import { ConfigDocument } from './document.ts'
import { ConfigError, type ConfigFault, type PathFault } from './fault.ts'
import { outputFaults } from './output-bodies.ts'
import { type ConfigShape, configSchema } from './schema.ts'
import { faultsOf } from './schema-faults.ts'
import type { SecretReference } from './secret-reference.ts'

/** A configuration and what is wrong with it: without faults it can be run. */
export interface CheckedConfig {
  readonly config: ServeConfig | undefined
  readonly faults: readonly ConfigFault[]
}

/** Reads and checks a file. Throws {@link ConfigError} with all its faults, `ERR_CONFIG_READ` when it can't be read. */
export async function readConfig(file: string): Promise<ServeConfig> {
  const { config, faults } = await checkConfig(file, await readText(file))
  if (config === undefined || faults.length > 0) throw new ConfigError(file, faults)
  return config
}

/** The text of a configuration file. Throws `ERR_CONFIG_READ`. */
export async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const why =
      code === 'ENOENT'
        ? 'is not there'
        : cause instanceof TypeError
          ? 'is not UTF-8'
          : `can't be read (${code})`
    throw new LannerError('ERR_CONFIG_READ', `configuration \`${file}\` ${why}`, {
      exit: 2,
      facts: { file },
      hint: 'name it: --config FILE',
      cause,
    })
  }
}

/** Everything wrong with a text; `file` names it and gives the folder its paths start from. */
export async function checkConfig(file: string, text: string): Promise<CheckedConfig> {
  const document = new ConfigDocument(file, text)
  if (document.faults.length > 0) return { config: undefined, faults: document.faults }
  const read = configSchema.safeParse(document.value, { reportInput: true })
  const shape = read.success ? read.data : undefined
  const found: PathFault[] = read.success ? [] : faultsOf(configSchema, read.error.issues)
  if (shape !== undefined) found.push(...inconsistencies(shape))
  found.push(...(await outputFaults(document.value)))
  const fields = fieldValues(shape, found)
  const faults = found
    .map(fault => document.locate(fault))
    .sort((a, b) => a.line - b.line || a.column - b.column)
  return { config: shape === undefined ? undefined : assemble(file, shape, fields), faults }
}

function fieldValues(shape: ConfigShape | undefined, faults: PathFault[]): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(shape?.fields ?? {})) {
    const text = typeof value === 'string' ? value : process.env[value.env]
    if (text !== undefined) values[name] = text
    else {
      const variable = typeof value === 'string' ? '' : value.env
      const message = `environment variable \`${variable}\` is not set`
      faults.push({ code: 'ERR_CONFIG_REFERENCE', path: ['fields', name], message })
    }
  }
  return values
}

function assemble(file: string, shape: ConfigShape, fields: Record<string, string>): ServeConfig {
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
      files: { k8s_audit: rules.k8s_audit.map(place), aws_cloudtrail: rules.aws_cloudtrail.map(place) },
      priority: rules.priority,
      disable: rules.disable,
      enable: rules.enable,
    },
    follow: follow.map(each => ({ ...each, file: place(each.file) })),
    fields,
    tags,
    outputs: outputsOf(shape),
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

function placed(reference: SecretReference, place: Place): SecretReference {
  return 'file' in reference ? { file: place(reference.file) } : reference
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
      url,
      username,
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
    urls: url,
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

function outputsOf({ outputs }: ConfigShape): OutputConfig[] {
  return Object.entries(outputs).map(([name, body]) => ({ name, type: body.type, body }))
}

function routesOf({ routes }: ConfigShape): RouteConfig[] {
  return routes.map(({ source, ...route }, index) => ({
    ...route,
    name: routeName(route.name, index),
    sources: source,
  }))
}
