// What the queue in JetStream does while its server is away, and after it came back.
import test from 'ava'
import { bodyWithIds, idsOf } from './alerts.ts'
import { opened } from './jetstream-opened.ts'
import { natsServer } from './nats-server.ts'
import { numbersOf, post, takeAll } from './queue-laws.ts'

const LIMIT = { alerts: 1000, bytes: 1 << 20 }
const NEVER = new AbortController().signal

/** Notices, and a promise for the next that contains a word. */
function listening(): { readonly notice: (message: string) => void; heard(word: string): Promise<void> } {
  const waiting = new Map<string, () => void>()
  return {
    notice: message => {
      for (const [word, resolve] of waiting) if (message.includes(word)) resolve()
    },
    heard: word => new Promise(resolve => waiting.set(word, resolve)),
  }
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`a server that ends by ${signal} and comes back loses nothing, and everything goes on`, async t => {
    const server = await natsServer(t)
    if (server === undefined) return
    const { notice, heard } = listening()
    const queue = await opened(server.url, { notice, patience: 500 })
    const consumer = await queue.consumer('out')
    await post(queue, [1, 2])
    const [batch] = await takeAll(consumer, 2)
    await post(queue, [3])
    const lost = heard('lost')
    await server.stop(signal)
    await lost
    await t.throwsAsync(post(queue, [4]), {
      code: 'ERR_QUEUE_OFFLINE',
      message: /127\.0\.0\.1:\d+ can't be reached/,
    })
    // Settled while nobody hears it: said again later.
    consumer.settle(batch?.positions ?? new BigUint64Array())
    const taken = consumer.take(LIMIT, NEVER)
    const back = heard('back')
    await server.start()
    await back
    t.deepEqual(numbersOf(await taken), [3])
    while ((await post(queue, [5]).catch(() => undefined)) === undefined);
    t.deepEqual(numbersOf(await consumer.take(LIMIT, NEVER)), [5])
    await queue.close()
  })
}

test('what is being accepted while the server restarts is accepted once it is back, and no double', async t => {
  const server = await natsServer(t)
  if (server === undefined) return
  const queue = await opened(server.url, { patience: 30_000 })
  const consumer = await queue.consumer('out')
  const bodies = Array.from({ length: 200 }, () => bodyWithIds(50))
  const accepted = Promise.allSettled(bodies.map(({ body }) => queue.accept([{ body, input: 'test' }])))
  await server.stop('SIGKILL')
  await server.start()
  const results = await accepted
  const kept = bodies.filter((_, index) => results[index]?.status === 'fulfilled').flatMap(({ ids }) => ids)
  t.true(kept.length > 0)
  const seen = new Map<string, bigint>()
  for (let missing = new Set(kept); missing.size > 0; ) {
    const batch = await consumer.take(LIMIT, NEVER)
    for (const [index, id] of idsOf(batch?.ids ?? Buffer.alloc(0)).entries()) {
      const position = batch?.positions[index] ?? 0n
      t.is(seen.get(id) ?? position, position, 'an alert lies in the queue twice')
      seen.set(id, position)
      missing.delete(id)
    }
    consumer.settle(batch?.positions ?? new BigUint64Array())
  }
  t.is(seen.size, new Set(seen.keys()).size)
  await queue.close()
})

test('a queue can be closed while the server is away', async t => {
  const server = await natsServer(t)
  if (server === undefined) return
  const { notice, heard } = listening()
  const queue = await opened(server.url, { notice })
  const consumer = await queue.consumer('out')
  const taken = consumer.take(LIMIT, NEVER)
  const lost = heard('lost')
  await server.stop()
  await lost
  await queue.close()
  t.is(await taken, undefined)
})
