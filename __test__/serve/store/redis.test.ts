// The store in Redis, held to the laws of all stores with a real server on a socket of its own; and what it does when that goes away.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { openRedisStore } from '../../../src/serve/store/redis/redis-store.ts'
import type { AlertStore } from '../../../src/serve/store/store.ts'
import { linesOf, samples } from './alerts.ts'
import { storeLaws } from './laws.ts'

const installed = spawnSync('redis-server', ['--version']).status === 0

storeLaws(test.serial, async t => {
  const server = await redis(t)
  return server && opened(t, server.url)
})

// Chunks so small that the samples fill and seal dozens of them.
storeLaws(
  (title, implementation) => test.serial(`in small chunks: ${title}`, implementation),
  async t => {
    const server = await redis(t)
    return server && opened(t, server.url, 16)
  },
)

interface Server {
  readonly url: string
  /** Ends it; what it held is kept. */
  stop(): Promise<void>
  start(): Promise<void>
}

async function redis(t: ExecutionContext): Promise<Server | undefined> {
  if (!installed) {
    t.log('skipped: no redis-server')
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'lanner-redis-'))
  const socket = join(folder, 'redis.sock')
  let child: ChildProcess | undefined
  const server: Server = {
    url: `unix://${socket}`,
    async start() {
      const words = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--appendonly', 'yes']
      child = spawn('redis-server', [...words, '--appendfsync', 'always'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let said = ''
      for await (const text of child.stdout?.setEncoding('utf8') ?? []) {
        said += text
        if (/ready to accept connections/i.test(said)) break
      }
      child.stdout?.resume()
    },
    async stop() {
      if (child === undefined || child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
  t.teardown(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await server.start()
  return server
}

async function opened(t: ExecutionContext, url: string, chunk?: number): Promise<AlertStore> {
  const store = await openRedisStore({ url, ...(chunk !== undefined && { chunk }) })
  t.teardown(() => store.close())
  return store
}

test.serial('no insertion is lost when Redis is killed and started again', async t => {
  const server = await redis(t)
  if (server === undefined) return
  const store = await opened(t, server.url)
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

test.serial('nothing is left behind by questions, nor by alerts that are gone', async t => {
  const server = await redis(t)
  if (server === undefined) return
  const store = await opened(t, server.url)
  await store.insert(linesOf(samples(100, 1)))
  await store.search({ text: 'etc/shadow', from: 0n }, { limit: 5 })
  await store.histogram({ rules: ['Shell'] }, 'tags', { from: 0n, to: 1n << 62n, buckets: 3 })
  t.is(await store.retain({ bytes: 0 }), 100)
  t.deepEqual([...(await store.fieldValues('fd.name', '', 10))], [])
  t.deepEqual((await store.facet({}, 'rule', 10)).values, [])
  const { createClient } = await import('@redis/client')
  const client = createClient({ socket: { tls: false, path: server.url.slice('unix://'.length) } })
  await client.connect()
  const kept = ['fields', 'format', 'names:g', 'names:h', 'names:n', 'names:r', 'names:s', 'next']
  t.deepEqual(
    (await client.keys('*')).sort(),
    kept.map(name => `lanner:${name}`),
  )
  await client.close()
})

test.serial('a Redis that is not there is named without its password', async t => {
  const error = await t.throwsAsync(openRedisStore({ url: 'redis://user:hidden@127.0.0.1:1/' }), {
    code: 'ERR_STORE_REDIS',
    message: /127\.0\.0\.1:1/,
  })
  t.false(String(error?.message).includes('hidden'))
})
