// The store in Redis, held to the laws of all stores with a real server; what it does when that goes away, and when several share it.
import test from 'ava'
import { openRedisStore } from '../../../src/serve/store/redis/redis-store.ts'
import { DAY, lineOf, linesOf, samples, sorted } from './alerts.ts'
import { storeLaws } from './laws.ts'
import { redisServer, redisStore } from './redis-server.ts'

storeLaws(test.serial, async t => {
  const server = await redisServer(t)
  return server && redisStore(t, server)
})

// Chunks so small that the samples fill and seal dozens of them.
storeLaws(
  (title, implementation) => test.serial(`in small chunks: ${title}`, implementation),
  async t => {
    const server = await redisServer(t)
    return server && redisStore(t, server, { chunk: 16 })
  },
)

test.serial('no insertion is lost when Redis is killed and started again', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  const store = await redisStore(t, server)
  t.is(await store.insert(linesOf(samples(30, 1))), 30)
  await server.stop()
  await t.throwsAsync(store.insert(linesOf(samples(30, 2))), {
    code: 'ERR_STORE_REDIS',
    message: /redis\.sock/,
  })
  await server.start()
  const deadline = Date.now() + 20_000
  for (;;) {
    const added = await store.insert(linesOf(samples(30, 2))).catch(() => undefined)
    if (added !== undefined) {
      t.is(added, 30)
      break
    }
    if (Date.now() > deadline) return t.fail('it did not connect again')
    await new Promise(done => setImmediate(done))
  }
  t.deepEqual(await store.count({}), { count: 60, exact: true })
})

test.serial('a Redis that was emptied meanwhile is begun anew', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  const store = await redisStore(t, server, { chunk: 16 })
  await store.insert(linesOf(samples(30, 1)))
  await server.ask('FLUSHALL')
  await server.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  const deadline = Date.now() + 20_000
  for (;;) {
    const added = await store.insert(linesOf(samples(30, 2))).catch(() => undefined)
    if (added === 30) break
    if (Date.now() > deadline) return t.fail('it did not begin anew')
    await new Promise(done => setImmediate(done))
  }
  t.is((await store.facet({}, 'source', 5)).values[0]?.count, 30)
  t.deepEqual([...(await store.search({}, { limit: 50 })).alerts], sorted(samples(30, 2)).map(lineOf))
})

test.serial('killed at any moment Redis has every batch whole or not at all', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  for (const wait of [3, 11, 6]) {
    // No batch lies in two chunks: those are two insertions.
    const before = await redisStore(t, server, { chunk: 200 })
    const { count: there } = await before.count({})
    let answered = there / 50
    const inserting = (async () => {
      for (let batch = there / 50; ; batch += 1) {
        await before.insert(linesOf(samples(50, batch + 1)))
        answered += 1
        if (answered - there / 50 === wait) void server.stop()
      }
    })()
    await t.throwsAsync(inserting, { code: 'ERR_STORE_REDIS' })
    await server.stop()
    await server.start()
    const after = await redisStore(t, server)
    const { count } = await after.count({})
    t.true(count >= answered * 50 && count % 50 === 0, `${count} alerts, ${answered} batches were answered`)
    for (let batch = 0; batch <= count / 50; batch += 1) {
      t.is(await after.insert(linesOf(samples(50, batch + 1))), batch === count / 50 ? 50 : 0)
    }
    t.deepEqual(await after.count({ text: 'file', sources: ['syscall'] }), { count: count + 50, exact: true })
  }
})

test.serial('a Redis without room refuses an insertion whole, and takes it once there is room', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  const store = await redisStore(t, server)
  await store.insert(linesOf(samples(30, 1)))
  await server.ask('CONFIG', 'SET', 'maxmemory', '1')
  await t.throwsAsync(store.insert(linesOf(samples(30, 2))), { code: 'ERR_STORE_REDIS', message: /OOM/ })
  t.deepEqual(await store.count({}), { count: 30, exact: true })
  await server.ask('CONFIG', 'SET', 'maxmemory', '0')
  t.is(await store.insert(linesOf(samples(30, 2))), 30)
  t.deepEqual(await store.count({ text: 'opened' }), { count: 60, exact: true })
})

test.serial('several processes that put the same alerts in have each of them once', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  const stores = await Promise.all([1, 2, 3].map(() => redisStore(t, server, { chunk: 64 })))
  const alerts = samples(600, 4)
  const added = await Promise.all(
    stores.map(async (store, turn) => {
      let sum = 0
      for (let at = 0; at < alerts.length; at += 20) {
        const from = (at + turn * 200) % alerts.length
        sum += await store.insert(linesOf(alerts.slice(from, from + 30)))
      }
      return sum
    }),
  )
  t.is(
    added.reduce((sum, count) => sum + count, 0),
    600,
  )
  for (const store of stores) {
    t.deepEqual([...(await store.search({}, { limit: 1000 })).alerts], sorted(alerts).map(lineOf))
    t.deepEqual(await store.count({ text: 'sha*' }), await stores[0]?.count({ text: 'shadow' }))
  }
})

test.serial('what is removed while it comes again is there or gone, and never there twice', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  const [one, other] = [await redisStore(t, server, { chunk: 16 }), await redisStore(t, server)]
  const alerts = samples(320, 6)
  await one.insert(linesOf(alerts))
  const removing = one.retain({ age: 1n })
  for (let at = 0; at < alerts.length; at += 40) await other.insert(linesOf(alerts.slice(at, at + 40)))
  await removing
  const { alerts: lines, total } = await other.search({}, { limit: 1000 })
  t.is(new Set(lines).size, lines.length)
  t.is(total.count, lines.length)
  await other.insert(linesOf(alerts))
  t.deepEqual([...(await one.search({}, { limit: 1000 })).alerts], sorted(alerts).map(lineOf))
  t.deepEqual(await one.count({ text: 'file opened' }), { count: 320, exact: true })
})

test.serial('what is too much goes a chunk at a time, the oldest first', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  const store = await redisStore(t, server, { chunk: 64 })
  const alerts = samples(640, 9).map((alert, at) => ({ ...alert, at: DAY + BigInt(at) * 1_000_000_000n }))
  await store.insert(linesOf(alerts))
  t.is(await store.retain({}), 0)
  const { bytes } = await store.extent()
  const removed = await store.retain({ bytes: Math.round(bytes / 2) })
  t.true(removed >= 256 && removed <= 448 && removed % 64 === 0, `${removed} were removed`)
  const extent = await store.extent()
  t.true(extent.bytes <= bytes / 2)
  t.like(extent, { alerts: 640 - removed, oldest: alerts[removed]?.at, newest: alerts.at(-1)?.at })
})

test.serial('what was stored in small parts takes no more than what was stored at once', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  const alerts = samples(256, 2)
  const [parts, whole] = [
    await redisStore(t, server, { chunk: 256, prefix: 'parts:' }),
    await redisStore(t, server, { chunk: 256, prefix: 'whole:' }),
  ]
  for (const alert of alerts) await parts.insert(linesOf([alert]))
  await whole.insert(linesOf(alerts))
  // Seals what is full, and removes nothing.
  for (const store of [parts, whole]) t.is(await store.retain({}), 0)
  const [a, b] = [(await parts.extent()).bytes, (await whole.extent()).bytes]
  t.true(Math.abs(a - b) < b / 50, `${a} and ${b}`)
  const [first] = await Promise.all([parts, whole].map(store => store.search({}, { limit: 300 })))
  t.deepEqual([...(first?.alerts ?? [])], sorted(alerts).map(lineOf))
})

test.serial('nothing is left behind by questions, nor by alerts that are gone', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  for (const chunk of [16, 8192]) {
    await server.ask('FLUSHALL')
    const store = await openRedisStore({ url: server.url, chunk })
    await store.insert(linesOf(samples(100, 1)))
    await store.search({ text: 'etc/shadow', from: 0n }, { limit: 5 })
    await store.histogram({ rules: ['Shell'] }, 'tags', { from: 0n, to: 1n << 62n, buckets: 3 })
    t.is(await store.retain({ bytes: 0 }), 100)
    t.deepEqual([...(await store.fieldValues('fd.name', '', 10))], [])
    t.deepEqual((await store.facet({}, 'rule', 10)).values, [])
    const kept = ['fields', 'format', 'names:g', 'names:h', 'names:n', 'names:r', 'names:s', 'next']
    t.deepEqual(
      ((await server.ask('KEYS', '*')) as string[]).sort(),
      kept.map(name => `lanner:${name}`),
    )
    await store.close()
  }
})

test.serial('keys of another layout are refused, and told', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  for (const words of [
    ['HSET', 'lanner:format', 'layout', '1'],
    ['HSET', 'lanner:lines', 'id', '{}'],
    ['SET', 'lanner:format', 'mine'],
  ]) {
    await server.ask('FLUSHALL')
    await server.ask(...words)
    const error = await t.throwsAsync(openRedisStore({ url: server.url }), {
      code: 'ERR_STORE_LAYOUT',
      message: /lanner:\*/,
    })
    t.regex(String(Reflect.get(error ?? {}, 'hint')), /another database/)
  }
})

test.serial('a Redis that is not there is named without its password', async t => {
  const error = await t.throwsAsync(openRedisStore({ url: 'redis://user:hidden@127.0.0.1:1/' }), {
    code: 'ERR_STORE_REDIS',
    message: /127\.0\.0\.1:1/,
  })
  t.false(String(error?.message).includes('hidden'))
})
