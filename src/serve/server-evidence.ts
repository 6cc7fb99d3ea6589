// Evidence within the server: opened when the configuration names a key, its windows told in the log.
// Seals nothing itself; `evidence/` does. Used by `server.ts`.
import { messageOf } from '../error.ts'
import type { Native } from '../native/native.ts'
import type { Clock } from './clock.ts'
import type { QueueConfig, ServeConfig } from './config/config.ts'
import { resolveSecret } from './config/secret-reference.ts'
import type { Evidence } from './evidence/evidence.ts'
import type { Health } from './health.ts'
import type { Log } from './log.ts'
import { ownConsumer } from './queue/consumer-name.ts'
import type { Queue } from './queue/queue.ts'

/** What it needs of the server. */
export interface SealingParts {
  readonly native: Native
  readonly queue: Queue
  readonly clock: Clock
  readonly log: Log
  readonly health: Pick<Health, 'sealFault'>
}

/** The consumer of the sealer in the queue. */
export function sealConsumer(queue: QueueConfig): string {
  return ownConsumer('seal', queue)
}

/** Opens it, if there is to be evidence. Throws `ERR_KEY_*`. */
export async function openSealing(
  { seal, queue: shared }: Pick<ServeConfig, 'seal' | 'queue'>,
  { native, queue, clock, log, health }: SealingParts,
): Promise<Evidence | undefined> {
  if (seal === undefined) return undefined
  const { openEvidence } = await import('./evidence/evidence.ts')
  const { key, directory, every, alerts, passphrase, retention: limits } = seal
  health.sealFault = undefined
  return openEvidence({
    ...{ native, queue, clock, key, directory, every, alerts, limits },
    consumer: sealConsumer(shared),
    passphrase: passphrase === undefined ? undefined : await resolveSecret(passphrase),
    cluster: process.env.FALCO_CLUSTER_NAME ?? '',
    sealed: ({ number, sha256, alerts: count }) => {
      health.sealFault = undefined
      log('info', 'window sealed', { window: number, alerts: count, head: sha256 })
    },
    pruned: ({ first, last, missing }) => {
      log('info', 'windows pruned', { first, last })
      if (missing > 0) log('warn', 'windows were missing before they were pruned', { first, last, missing })
    },
    heard: thrown => {
      health.sealFault = messageOf(thrown)
      log('error', `windows can't be sealed or pruned, trying again: ${messageOf(thrown)}`)
    },
  })
}
