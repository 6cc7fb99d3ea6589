// One worker of the queue in JetStream, as a process of its own: writes the id of every alert it takes, a line each, before it settles
// it. Started by `jetstream-workers.test.ts` with the server's URL; ends on SIGTERM, telling how many alerts came to it again.
import { writeSync } from 'node:fs'
import { openJetStreamQueue } from '../../../src/serve/queue/jetstream.ts'
import { idsOf } from './alerts.ts'

const STANDARD_OUTPUT = 1
const [url = ''] = process.argv.slice(2)
const end = new AbortController()
process.once('SIGTERM', () => end.abort())

const queue = await openJetStreamQueue({ url, ackWait: 2000 })
const consumer = await queue.consumer('out')
writeSync(STANDARD_OUTPUT, 'ready\n')
for (;;) {
  const batch = await consumer.take({ alerts: 500, bytes: 1 << 20 }, end.signal)
  if (batch === undefined) break
  writeSync(STANDARD_OUTPUT, `${idsOf(batch.ids).join('\n')}\n`)
  consumer.settle(batch.positions)
}
await queue.look()
const redelivered = queue.status().consumers.find(({ name }) => name === 'out')?.redelivered
writeSync(STANDARD_OUTPUT, `redelivered ${redelivered ?? 0}\n`)
await queue.close()
