// Opens the JetStream queue as the tests need it.
import {
  type JetStreamOptions,
  type JetStreamQueue,
  openJetStreamQueue,
} from '../../../src/serve/queue/jetstream.ts'

/** Opens it on that server. */
export function opened(url: string, more: Partial<JetStreamOptions> = {}): Promise<JetStreamQueue> {
  return openJetStreamQueue({ url, ...more })
}
