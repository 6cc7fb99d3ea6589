// Opens the JetStream queue as the tests need it.
import { randomUUID } from 'node:crypto'
import {
  type JetStreamOptions,
  type JetStreamQueue,
  openJetStreamQueue,
} from '../../../src/serve/queue/jetstream.ts'
import { alert } from './queue-laws.ts'

/** Opens it on that server. */
export function opened(url: string, more: Partial<JetStreamOptions> = {}): Promise<JetStreamQueue> {
  return openJetStreamQueue({ url, ...more })
}

/** A body of so many alerts with ids of their own. */
export function bodyWithIds(count: number): { readonly body: Buffer; readonly ids: readonly string[] } {
  const ids = Array.from({ length: count }, () => randomUUID())
  const body = Buffer.from(ids.map((uuid, number) => alert(number, { uuid })).join('\n'))
  return { body, ids: ids.map(id => id.replaceAll('-', '')) }
}

/** The ids in a batch, in hexadecimal. */
export function idsOf(ids: Buffer): string[] {
  return Array.from({ length: ids.length / 16 }, (_, index) =>
    ids.toString('hex', index * 16, index * 16 + 16),
  )
}
