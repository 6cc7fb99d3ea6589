// A Redis of the test's own, on a socket in a folder that goes with it. Used by the tests of the store in Redis.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { openRedisStore, type RedisOptions } from '../../../src/serve/store/redis/redis-store.ts'
import type { AlertStore } from '../../../src/serve/store/store.ts'

const installed = spawnSync('redis-server', ['--version']).status === 0

/** A server that was started. */
export interface RedisServer {
  readonly url: string
  /** Ends it; what it held is kept. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Answers one command, as text. */
  ask(...words: string[]): Promise<unknown>
}

/** Starts a server; `undefined` after saying that there is none to start. */
export async function redisServer(t: ExecutionContext): Promise<RedisServer | undefined> {
  if (!installed) {
    t.log('skipped: no redis-server')
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'lanner-redis-'))
  const socket = join(folder, 'redis.sock')
  let child: ChildProcess | undefined
  const server: RedisServer = {
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
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    async ask(...words) {
      const { createClient } = await import('@redis/client')
      const client = createClient({ socket: { tls: false, path: socket } })
      await client.connect()
      return client.sendCommand(words).finally(() => client.close())
    },
  }
  t.teardown(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await server.start()
  return server
}

/** Opens a store in it that goes with the test. */
export async function redisStore(
  t: ExecutionContext,
  { url }: RedisServer,
  options: Omit<RedisOptions, 'url'> = {},
): Promise<AlertStore> {
  const store = await openRedisStore({ url, ...options })
  t.teardown(() => store.close())
  return store
}
