// The queue in JetStream, over a real server: the laws of every queue, and what only this one promises.

import {
  type JetStreamOptions,
  JetStreamQueue,
  openJetStreamQueue,
} from '../../../src/serve/queue/jetstream.ts'
import type { Queue } from '../../../src/serve/queue/queue.ts'
import { natsServer } from './nats-server.ts'
import { plainCut } from './plain-cut.ts'
import { queueLaws } from './queue-laws.ts'

const opened = (url: string, more: Partial<JetStreamOptions> = {}): Promise<JetStreamQueue> =>
  openJetStreamQueue({ url, cut: plainCut, ...more })

queueLaws('jetstream', async t => {
  const server = await natsServer(t)
  if (server === undefined) return undefined
  return {
    open: limit => opened(server.url, limit === undefined ? {} : { limit }),
    status: async (queue: Queue) => {
      if (!(queue instanceof JetStreamQueue)) throw new Error('another queue')
      await queue.look()
      return queue.status()
    },
  }
})
