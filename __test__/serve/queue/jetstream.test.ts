// The queue in JetStream, over a real server: the laws of every queue, and what only this one promises.
import test from 'ava'
import { consumerName, durableName, workersOwn } from '../../../src/serve/queue/consumer-name.ts'
import { JetStreamQueue } from '../../../src/serve/queue/jetstream.ts'
import type { Queue } from '../../../src/serve/queue/queue.ts'
import { bodyWithIds, idsOf } from './alerts.ts'
import { opened } from './jetstream-opened.ts'
import { natsServer } from './nats-server.ts'
import { numbersOf, post, queueLaws, takeAll } from './queue-laws.ts'

const LIMIT = { alerts: 1000, bytes: 1 << 20 }
const NEVER = new AbortController().signal

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

test('a body sent again with ids of its own is no double', async t => {
  const server = await natsServer(t)
  if (server === undefined) return
  const queue = await opened(server.url)
  const consumer = await queue.consumer('out')
  const { body, ids } = bodyWithIds(3000)
  for (let time = 0; time < 3; time += 1) {
    const [receipt] = await queue.accept([{ body, input: 'test' }])
    t.is(receipt?.accepted, ids.length)
  }
  await post(queue, [7])
  const batches = await takeAll(consumer, ids.length + 1)
  t.deepEqual(batches.flatMap(batch => idsOf(batch.ids)).slice(0, -1), ids)
  t.deepEqual(numbersOf(batches.at(-1)).slice(-1), [7])
  await queue.close()
})

test('workers of one name share the alerts, and what one gives back goes to another', async t => {
  const server = await natsServer(t)
  if (server === undefined) return
  // Servers of version 2.9 lose the first of what is given back, until then.
  const ackWait = 2000
  const [one, other] = [await opened(server.url, { ackWait }), await opened(server.url, { ackWait })]
  const [first, second] = [await one.consumer('out'), await other.consumer('out')]
  for (let number = 0; number < 5; number += 1) await post(one, [number])
  const taken = await takeAll(first, 5)
  first.settle(BigUint64Array.from(taken.flatMap(batch => [...batch.positions]).slice(0, 2)))
  await one.close()
  t.deepEqual((await takeAll(second, 3)).flatMap(numbersOf).sort(), [2, 3, 4])
  do await other.look()
  while (other.status().consumers[0]?.depth !== 3)
  t.like(other.status().consumers, [{ name: 'out', redelivered: 3 }])
  await other.close()
})

test('a worker that shows no life loses what it took, one that works keeps it', async t => {
  const server = await natsServer(t)
  if (server === undefined) return
  const queue = await opened(server.url, { ackWait: 1000 })
  const consumer = await queue.consumer('out')
  await post(queue, [1])
  const batch = await consumer.take(LIMIT, NEVER)
  // Twice the time after which JetStream would give it out again; a wait for nothing has no event.
  t.is(await consumer.take(LIMIT, AbortSignal.timeout(2000)), undefined)
  consumer.settle(batch?.positions ?? new BigUint64Array())
  do await queue.look()
  while (queue.status().consumers[0]?.depth !== 0)
  t.like(queue.status().consumers, [{ depth: 0, redelivered: 0 }])
  await queue.close()
})

test('a message that lanner did not write is put aside and told', async t => {
  const server = await natsServer(t)
  if (server === undefined) return
  const notices: string[] = []
  const queue = await opened(server.url, { notice: message => notices.push(message) })
  const consumer = await queue.consumer('out')
  const { connect } = await import('@nats-io/transport-node')
  const stranger = await connect({ servers: server.url })
  stranger.publish('lanner.alerts', 'hello')
  await stranger.drain()
  await post(queue, [1])
  t.deepEqual((await takeAll(consumer, 1)).flatMap(numbersOf), [1])
  t.deepEqual(notices, ['message 1 of the queue holds no alerts of lanner and was put aside'])
  await queue.close()
})

test('a consumer that somebody removed is made again', async t => {
  const server = await natsServer(t)
  if (server === undefined) return
  const [queue, stranger] = [await opened(server.url), await opened(server.url)]
  const consumer = await queue.consumer('out')
  await post(queue, [1])
  await takeAll(consumer, 1)
  const taken = consumer.take(LIMIT, NEVER)
  await stranger.forget('out')
  do await queue.look()
  while (queue.status().consumers.length === 0)
  await post(queue, [2])
  t.deepEqual(numbersOf(await taken), [2])
  await stranger.close()
  await queue.close()
})

test('a name is read back from its durable name, whatever is in it', t => {
  for (const name of ['slack', 'on call/ü.*>', '=2f', workersOwn('store', 'node-1.example.org')]) {
    t.is(consumerName(durableName(name)), name)
    t.regex(durableName(name), /^[\w=-]+$/)
  }
  t.is(consumerName('other.tool'), undefined)
})
