// Opens what a configuration says alerts wait in, are kept in, and end in when they are given up. Each kind is loaded when it is used.
// The only place that knows the kinds of queues and stores. Used by the server, and by the commands about its queue.
import { dirname, join } from 'node:path'
import { LannerError } from '../error.ts'
import type { ServeConfig } from './config/config.ts'
import type { Log } from './log.ts'
import type { DeadLetters } from './queue/dead-letters.ts'
import type { Queue } from './queue/queue.ts'
import type { AlertStore } from './store/store.ts'

/** Opens the queue. Rejects with `ERR_QUEUE_*`. */
export async function openQueue({ queue, limits }: ServeConfig): Promise<Queue> {
  if (queue.kind === 'jetstream') {
    throw new LannerError('ERR_QUEUE_KIND', 'queues in NATS are not part of this version', { exit: 2 })
  }
  const { openEmbeddedQueue } = await import('./queue/embedded.ts')
  return openEmbeddedQueue(queue.path, { limit: queue.limit, alert: limits.alert })
}

/** Opens the store, if there is to be one; what it notices goes to the log. Rejects with `ERR_STORE_*`. */
export async function openStore({ store }: ServeConfig, log: Log): Promise<AlertStore | undefined> {
  if (store === undefined) return undefined
  if (store.at.kind === 'redis') {
    throw new LannerError('ERR_STORE_KIND', 'stores in Redis are not part of this version', { exit: 2 })
  }
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
