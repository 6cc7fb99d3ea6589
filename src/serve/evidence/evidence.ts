// Evidence as the server has it: a consumer of its queue that seals windows, and selections from them, with one key.
// Reads the key once; decides nothing about when to end. Made by the server when its configuration names a key.
import { loadPrivateKey } from '../../envelope/keys.ts'
import { resolvePassphrase } from '../../envelope/passphrase.ts'
import type { Secret } from '../../envelope/secret.ts'
import { createSigner } from '../../envelope/signer.ts'
import type { Native } from '../../native/native.ts'
import type { Clock } from '../clock.ts'
import type { Queue } from '../queue/queue.ts'
import { type RetentionParts, WindowRetention } from './retention.ts'
import { Sealer, type SealerParts } from './sealer.ts'
import { selectionEnvelope } from './selection.ts'

/** What evidence is made with. */
export interface EvidenceSettings
  extends Pick<SealerParts, 'directory' | 'every' | 'alerts' | 'cluster' | 'sealed' | 'heard'>,
    Pick<RetentionParts, 'limits' | 'pruned'> {
  readonly native: Native
  readonly queue: Queue
  readonly clock: Clock
  /** Name of the consumer in the queue. */
  readonly consumer: string
  /** File of the private key. */
  readonly key: string
  /** Of that key, if it has one; else the environment is asked as everywhere. */
  readonly passphrase: Secret | undefined
}

/** See the file. */
export interface Evidence {
  /** To be started, then drained or stopped. */
  readonly sealer: Sealer
  /** A signed envelope of the alerts with these UUIDs; see {@link selectionEnvelope}. */
  readonly select: (ids: readonly string[]) => Promise<Uint8Array>
}

/** Loads the key and opens the consumer. Throws `ERR_KEY_*`. */
export async function openEvidence(settings: EvidenceSettings): Promise<Evidence> {
  const { native, queue, clock, key, passphrase, directory } = settings
  const signer = createSigner(loadPrivateKey(key, passphrase ?? resolvePassphrase({ env: process.env })), key)
  const consumer = await queue.consumer(settings.consumer)
  const depth = (): number => queue.status().consumers.find(({ name }) => name === consumer.name)?.depth ?? 0
  const retention = new WindowRetention({ ...settings, signer })
  const sealer = new Sealer({ ...settings, signer, consumer, depth, retention })
  const flush = (): Promise<unknown> => sealer.flush()
  const select = (ids: readonly string[]): Promise<Uint8Array> =>
    selectionEnvelope({ native, signer, directory, clock, flush }, ids)
  return { sealer, select }
}
