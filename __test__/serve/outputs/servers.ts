// Starts the real servers that outputs are tried against, each on a port of its own choice, and ends them with the test.
// A server that is not installed skips its tests with a reason. Used by `real-servers.test.ts` and `kafka-broker.ts`.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import type { ExecutionContext } from 'ava'

/** Path of `name` on PATH, among Debian's places for servers, or where `variable` says; else the test is skipped. */
export function findServer(t: ExecutionContext, name: string, variable?: string): string | undefined {
  const named = variable === undefined ? undefined : process.env[variable]
  if (named !== undefined && named !== '') return named
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const found = places.map(place => join(place, name)).find(existsSync)
  if (found === undefined) skip(t, `no ${name}`)
  return found
}

/** Whether Python has that module; else the test is skipped. */
export function hasPython(t: ExecutionContext, module: string): boolean {
  const there = spawnSync('python3', ['-c', `import ${module}`]).status === 0
  if (!there) skip(t, `no ${module} for python3`)
  return there
}

/** Reports the test as one that could not be run. */
export function skip(t: ExecutionContext, why: string): void {
  t.log(`skipped: ${why}`)
  t.pass()
}

/** A port that was free a moment ago, for servers that can't choose one. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as { port: number }
  await new Promise(done => server.close(done))
  return port
}

/** A server that says it is ready. */
export interface Running {
  /** What `ready` found in its words. */
  readonly ready: RegExpExecArray
  /** Everything it has written so far. */
  said(): string
  /** Resolves with what `words` finds in what it writes from the beginning. */
  says(words: RegExp): Promise<RegExpExecArray>
  /** Ends it and waits until it has ended. */
  stop(): Promise<void>
}

/** Starts `program` and waits until it says `ready`. */
export async function start(
  t: ExecutionContext,
  program: string,
  words: readonly string[],
  ready: RegExp,
  cwd?: string,
): Promise<Running> {
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  })
  let text = ''
  const listeners = new Set<() => void>()
  const ended = new Promise<void>(done => child.once('close', () => done()))
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const listener of listeners) listener()
    })
  }
  const says = (wanted: RegExp): Promise<RegExpExecArray> =>
    new Promise((found, failed) => {
      const look = () => {
        const match = wanted.exec(text)
        if (match === null) return
        listeners.delete(look)
        found(match)
      }
      listeners.add(look)
      look()
      void ended.then(() => failed(new Error(`${program} ended: ${text}`)))
    })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  t.teardown(stop)
  return { ready: await says(ready), said: () => text, says, stop }
}
