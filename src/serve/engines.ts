// Opens what a configuration says alerts wait in, are kept in, and end in when they are given up. Each kind is loaded when it is used.
// The only place that knows the kinds of queues and stores. Used by the server, and by the commands about its queue.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LannerError } from '../error.ts'
import type { ClientTls, QueueConfig, ServeConfig, StoreConfig } from './config/config.ts'
import { referenceText, resolveSecret, resolveText } from './config/secret-reference.ts'
import type { Log } from './log.ts'
import type { TextSource } from './outputs/secret-value.ts'
import type { DeadLetters } from './queue/dead-letters.ts'
import type { NatsCredentials } from './queue/nats-address.ts'
import type { Queue } from './queue/queue.ts'
import type { AlertStore } from './store/store.ts'

/** Opens the queue. Rejects with `ERR_QUEUE_*`. */
export async function openQueue({ queue, limits }: ServeConfig, log: Log): Promise<Queue> {
  if (queue.kind === 'jetstream') return openShared(queue, limits, log)
  const { openEmbeddedQueue } = await import('./queue/embedded.ts')
  return openEmbeddedQueue(queue.path, { limit: queue.limit, alert: limits.alert })
}

async function openShared(
  queue: Extract<QueueConfig, { kind: 'jetstream' }>,
  { alert }: ServeConfig['limits'],
  log: Log,
): Promise<Queue> {
  const { openJetStreamQueue } = await import('./queue/jetstream.ts')
  const { stream: name, limit, replicas } = queue
  const urls = await Promise.all(queue.urls.map(resolveText))
  const credentials = await natsCredentials(queue)
  return openJetStreamQueue({
    ...{ url: urls.join(','), name, limit, replicas, alert },
    ...(credentials === undefined ? {} : { credentials }),
    ...(queue.tls === undefined ? {} : { tls: tlsFiles(queue.tls) }),
    notice: message => log('warn', `queue: ${message}`),
  })
}

async function natsCredentials({
  token,
  credentials,
}: Extract<QueueConfig, { kind: 'jetstream' }>): Promise<NatsCredentials | undefined> {
  if (credentials !== undefined) return { kind: 'creds', contents: await resolveSecret(credentials) }
  return token === undefined ? undefined : { kind: 'token', token: await resolveSecret(token) }
}

function tlsFiles({ ca, cert, key }: ClientTls): { caFile?: string; certFile?: string; keyFile?: string } {
  return {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
  }
}

/** Certificates and key as PEM. */
async function tlsTexts(tls: ClientTls): Promise<{ ca?: string; cert?: string; key?: string }> {
  const texts: { ca?: string; cert?: string; key?: string } = {}
  for (const part of ['ca', 'cert', 'key'] as const) {
    const file = tls[part]
    if (file !== undefined) texts[part] = await readFile(file, 'utf8')
  }
  return texts
}

/** Opens the store, if there is to be one; what it notices goes to the log. Rejects with `ERR_STORE_*`. */
export async function openStore({ store }: ServeConfig, log: Log): Promise<AlertStore | undefined> {
  if (store === undefined) return undefined
  if (store.at.kind === 'redis') return openRedis(store.at, log)
  const { openEmbeddedStore } = await import('./store/embedded.ts')
  return openEmbeddedStore(store.at.path, {
    noticed: ({ kind, reason, ...facts }) =>
      log(
        'warn',
        kind === 'refused' ? `alerts can't be stored: ${reason}` : `upkeep of the store: ${reason}`,
        facts,
      ),
  })
}

async function openRedis(
  { url, username, password, tls }: Extract<StoreConfig['at'], { kind: 'redis' }>,
  log: Log,
): Promise<AlertStore> {
  const { openRedisStore } = await import('./store/redis/redis-store.ts')
  const secret = password === undefined ? undefined : await resolveSecret(password)
  return openRedisStore({
    url: await redisUrl(url),
    ...(username === undefined ? {} : { username: await resolveText(username) }),
    ...(secret === undefined ? {} : { password: secret.reveal().toString('utf8') }),
    ...(tls === undefined ? {} : { tls: await tlsTexts(tls) }),
    refused: reason => log('warn', `alerts can't be stored: ${reason}`),
  })
}

/** The address, which was looked at already where it is written out. It isn't told: it may hold a password. */
async function redisUrl(reference: TextSource): Promise<string> {
  const url = await resolveText(reference)
  if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return url
  const where = typeof reference === 'string' ? 'it' : referenceText(reference)
  throw new LannerError('ERR_CONFIG_URL', `\`store.url\`: ${where} is no redis:// or rediss:// address`, {
    exit: 2,
  })
}

/** Opens the dead letters, which commands may open at the same time. Rejects with `ERR_STORE_*`. */
export async function openLetters(config: ServeConfig): Promise<DeadLetters> {
  const { openDeadLetters } = await import('./queue/dead-letters.ts')
  return openDeadLetters(join(stateFolder(config), 'dead.db'))
}

/** The folder for what the server keeps beside queue and store. */
export function stateFolder({ store, queue, directory }: ServeConfig): string {
  if (store?.at.kind === 'embedded') return store.at.path
  return queue.kind === 'embedded' ? dirname(queue.path) : join(directory, 'lanner-state')
}
