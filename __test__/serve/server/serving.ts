// Runs the built `lanner serve` in a folder of its own, with receivers beside it, and tells what happens in its log.
// The only way tests of the server start it. Knows nothing of what a test expects.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ExecutionContext } from 'ava'
import { CLI } from '../../cli/lanner.ts'

/** One line of the server's log. */
export interface LogLine {
  readonly time: string
  readonly level: string
  readonly text: string
  readonly [fact: string]: unknown
}

/** An answer to a request. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: each answer has its own shape, checked by the test that reads it
  readonly json: any
}

/** A server that runs. */
export interface Serving {
  readonly child: ChildProcess
  readonly pid: number
  readonly falco: string
  readonly audit: string
  readonly page: string
  readonly log: readonly LogLine[]
  /** The first line, past or to come, that satisfies. */
  logged(satisfies: (line: LogLine) => boolean): Promise<LogLine>
  post(body: string | Buffer, headers?: Record<string, string>, path?: string): Promise<Answer>
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** Sends the signal and gives the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

/** A test's folder with `lanner.yaml`. */
export interface ServeBench {
  readonly root: string
  path(name: string): string
  read(name: string): string
  write(name: string, text: string): string
  /** Writes `lanner.yaml`; listeners on free ports and queue and store in the folder come first. */
  config(yaml: string, options?: { readonly page?: boolean; readonly store?: boolean }): void
  start(words?: readonly string[], options?: StartOptions): Promise<Serving>
}

/** How to start it. */
export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv
  /** A program, and its words, to run it in. */
  readonly within?: readonly string[]
}

/** Sets a bench up. */
export function serveBench(t: ExecutionContext): ServeBench {
  const root = mkdtempSync(join(tmpdir(), 'lanner-serve-'))
  const children = new Set<ChildProcess>()
  t.teardown(async () => {
    for (const child of children) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    }
    rmSync(root, { recursive: true, force: true })
  })
  const path = (name: string): string => join(root, name)
  const write = (name: string, text: string): string => {
    mkdirSync(join(path(name), '..'), { recursive: true })
    writeFileSync(path(name), text)
    return path(name)
  }
  return {
    root,
    path,
    write,
    read: name => readFileSync(path(name), 'utf8'),
    config: (yaml, { page = false, store = false } = {}) => {
      const listen = ['falco', 'audit', ...(page ? ['page'] : [])].map(name => `  ${name}: "127.0.0.1:0"`)
      const places = store ? 'store: {path: store}' : 'queue: {path: queue}'
      write('lanner.yaml', `listen:\n${listen.join('\n')}\n${places}\n${yaml}\n`)
    },
    start: async (words = [], options = {}) => {
      const [program = process.execPath, ...before] = [...(options.within ?? []), process.execPath]
      const all = [...before, CLI, 'serve', '--config', path('lanner.yaml'), '--log-format', 'json', ...words]
      const child = spawn(program, all, {
        cwd: root,
        env: { ...process.env, ...options.env },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      children.add(child)
      return serving(child)
    },
  }
}

async function serving(child: ChildProcess): Promise<Serving> {
  const log: LogLine[] = []
  const told = new Set<(line: LogLine) => void>()
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  let plain = ''
  if (child.stderr === null) throw new Error('no stderr')
  const lines = createInterface({ input: child.stderr })
  lines.on('line', text => {
    if (!text.startsWith('{')) {
      plain += `${text}\n`
      return
    }
    const line = JSON.parse(text) as LogLine
    log.push(line)
    for (const tell of told) tell(line)
  })
  const logged = (satisfies: (line: LogLine) => boolean): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const known = log.find(satisfies)
      if (known !== undefined) return resolve(known)
      const tell = (line: LogLine): void => {
        if (!satisfies(line)) return
        told.delete(tell)
        resolve(line)
      }
      told.add(tell)
      void exited.then(code =>
        reject(new Error(`ended with ${code} before it was said:\n${plain}${tail(log)}`)),
      )
    })
  const addressOf = (listener: string): string =>
    String(log.find(line => line.text === 'listening' && line.listener === listener)?.address ?? '')
  await logged(({ text }) => text === 'serving')
  const falco = addressOf('falco')
  return {
    ...{ child, log, logged, falco },
    pid: child.pid ?? 0,
    audit: addressOf('audit'),
    page: addressOf('page'),
    post: (body, headers, path = '/') => ask(`${falco}${path}`, 'POST', body, headers),
    get: (path, headers) => ask(`${falco}${path}`, 'GET', undefined, headers),
    end: async (signal = 'SIGTERM') => {
      child.kill(signal)
      return exited
    },
  }
}

function tail(log: readonly LogLine[]): string {
  return log
    .slice(-20)
    .map(line => JSON.stringify(line))
    .join('\n')
}

/** One request. */
export function ask(
  url: string,
  method: string,
  body?: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined,
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** An alert with that number. */
export function alert(number: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    uuid: uuidOf(number),
    output: `12:00:00.000000000: Notice Alert ${number} — prüfen (user=root)`,
    priority: 'Notice',
    rule: 'Terminal shell in container',
    time: '2026-11-21T12:00:00.123456789Z',
    source: 'syscall',
    hostname: 'node-1',
    tags: ['container', 'shell'],
    output_fields: { 'proc.name': 'bash', 'evt.num': 9_007_199_254_740_000 + number },
    ...more,
  }
}

/** The UUID of the alert with that number. */
export function uuidOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

/** Lines of alerts from one number on. */
export function lines(from: number, count: number, more: Record<string, unknown> = {}): string {
  return Array.from({ length: count }, (_, at) => `${JSON.stringify(alert(from + at, more))}\n`).join('')
}

/** An HTTP server that takes alerts as the test says. */
export interface Receiver {
  readonly url: string
  /** UUIDs in the order they came, of requests that were answered well. */
  readonly received: string[]
  /** Bodies of all requests. */
  readonly bodies: string[]
  /** Resolves once so many different alerts have come. */
  until(count: number): Promise<void>
  /** What happens to a request: a status, or nothing at all. */
  behave(
    answer: (request: IncomingMessage, body: string, response: ServerResponse) => number | undefined,
  ): void
}

/** Starts one. */
export async function receiver(t: ExecutionContext): Promise<Receiver> {
  const received: string[] = []
  const bodies: string[] = []
  const seen = new Set<string>()
  const waiting = new Set<() => void>()
  let answer: Parameters<Receiver['behave']>[0] = () => 200
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      bodies.push(body)
      const status = answer(request, body, response)
      if (status === undefined) return
      if (status < 300) {
        for (const [, id] of body.matchAll(/"uuid":\s*"([^"]+)"/g)) {
          received.push(id ?? '')
          seen.add(id ?? '')
        }
        for (const look of waiting) look()
      }
      response.writeHead(status).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    bodies,
    until: count =>
      new Promise(done => {
        const look = (): void => {
          if (seen.size < count) return
          waiting.delete(look)
          done()
        }
        waiting.add(look)
        look()
      }),
    behave: next => {
      answer = next
    },
  }
}
