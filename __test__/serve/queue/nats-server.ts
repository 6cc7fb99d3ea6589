// Starts a real nats-server with JetStream for one test: on a free port of loopback, its data in a folder that is removed afterwards.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ExecutionContext } from 'ava'

/** A server that can be stopped, killed and started again where it was. */
export interface NatsServer {
  readonly url: string
  readonly port: number
  readonly directory: string
  start(): Promise<void>
  /** Ends it so, as `SIGKILL`, and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** What differs from a server with JetStream and no accounts. */
export interface NatsSettings {
  /** Lines of its configuration; `DIRECTORY` in them becomes the folder of the test. */
  readonly configuration?: string
  readonly withoutJetStream?: boolean
}

/** `LANNER_NATS_SERVER`, or `nats-server` on the PATH. */
export const NATS_SERVER: string = process.env.LANNER_NATS_SERVER ?? 'nats-server'

/** The server, or `undefined` after noting that the test is skipped. */
export async function natsServer(
  t: ExecutionContext,
  settings: NatsSettings = {},
): Promise<NatsServer | undefined> {
  if (spawnSync(NATS_SERVER, ['--version']).error !== undefined) {
    t.log('skipped: no nats-server')
    t.pass()
    return undefined
  }
  const server = new Server(settings)
  t.teardown(async () => {
    await server.stop('SIGKILL')
    rmSync(server.directory, { recursive: true, force: true })
  })
  await server.start()
  return server
}

class Server implements NatsServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'lanner-nats-'))
  readonly #words: readonly string[]
  #child: ChildProcess | undefined
  port = -1

  constructor({ configuration, withoutJetStream }: NatsSettings) {
    const file = join(this.directory, 'nats.conf')
    writeFileSync(file, (configuration ?? '').replaceAll('DIRECTORY', this.directory))
    const jetStream = withoutJetStream === true ? [] : ['--jetstream', '--store_dir', this.directory]
    this.#words = ['--config', file, '--addr', '127.0.0.1', ...jetStream]
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const child = spawn(NATS_SERVER, [...this.#words, '--port', String(this.port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    const said: string[] = []
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line)
      const [, port] = /client connections on \S+:(\d+)/.exec(line) ?? []
      if (port !== undefined) this.port = Number(port)
      if (line.includes('Server is ready')) {
        child.stderr.resume()
        return
      }
    }
    throw new Error(`nats-server ended:\n${said.join('\n')}`)
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
}
