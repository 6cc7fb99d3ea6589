// One connection to Redis: commands as words and bytes, answers as plain data, faults with a code. Opens itself again when it was lost;
// what is asked meanwhile is refused at once, so that nobody waits behind a server that is away. Used by the files beside it.
import { LannerError } from '../../../error.ts'
import type { Script } from './script.ts'

/** Where Redis is. */
export interface RedisAddress {
  /** `redis://host:port/database`, `rediss://…` for TLS, or `unix:///path`. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  /** What `node:tls` needs beyond the system's authorities. */
  readonly tls?: {
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
    readonly rejectUnauthorized?: boolean
  }
}

/** Words of a command, some of them bytes. */
export type Words = readonly (string | Buffer)[]

/** What Redis answers; texts are bytes. */
export type Answer = Buffer | string | number | null | readonly Answer[]

/** Redis's type of texts, which are given as they are: `RESP_TYPES.BLOB_STRING`, which bundling must not load early. */
const TEXT = 36
const AS_BYTES = { typeMapping: { [TEXT]: Buffer } }

type Client = Awaited<ReturnType<typeof newClient>>

/** See the file. */
export class RedisConnection {
  readonly #client: Client
  readonly #shown: string
  #generation = 0

  private constructor(client: Client, shown: string) {
    this.#client = client
    this.#shown = shown
  }

  /** Rejects with `ERR_STORE_REDIS` when Redis is not there. */
  static async open(address: RedisAddress): Promise<RedisConnection> {
    const shown = withoutSecrets(address.url)
    const client = await newClient(address)
    // Without a listener a lost connection would end the process; whoever asks then is told.
    let last: unknown
    client.on('error', thrown => {
      last = thrown
    })
    const connection = new RedisConnection(client, shown)
    client.on('ready', () => {
      connection.#generation += 1
    })
    await new Promise<void>((done, fail) => {
      client.once('error', fail)
      client.connect().then(() => {
        client.off('error', fail)
        done()
      }, fail)
    }).catch(thrown => {
      if (client.isOpen) client.destroy()
      throw connection.#fault(thrown ?? last)
    })
    return connection
  }

  /** Another number after each connecting: Redis may have been started again meanwhile, without the last that it was given. */
  get generation(): number {
    return this.#generation
  }

  /** Asks one thing. */
  async ask(words: Words): Promise<Answer> {
    return (await this.#client
      .sendCommand<Answer>([...words], AS_BYTES)
      .catch(thrown => this.#fail(thrown))) as Answer
  }

  /** Asks all at once; the answers come in their order. */
  askAll(commands: readonly Words[]): Promise<Answer[]> {
    return Promise.all(commands.map(words => this.ask(words)))
  }

  /** Runs a script, all of it or nothing. Redis keeps scripts by their digest until it is started again. */
  async run({ digest, text }: Script, key: string, words: Words): Promise<Answer> {
    const rest = ['1', key, ...words]
    return (await this.#client
      .sendCommand<Answer>(['EVALSHA', digest, ...rest], AS_BYTES)
      .catch(thrown =>
        thrown instanceof Error && thrown.message.startsWith('NOSCRIPT')
          ? this.#client.sendCommand<Answer>(['EVAL', text, ...rest], AS_BYTES)
          : Promise.reject(thrown),
      )
      .catch(thrown => this.#fail(thrown))) as Answer
  }

  /** What is told when the connection is another one than what was begun with. */
  lost(): LannerError {
    return this.#fault(new Error('the connection was lost'))
  }

  async close(): Promise<void> {
    if (!this.#client.isOpen) return
    if (this.#client.isReady) await this.#client.close().catch(() => undefined)
    else this.#client.destroy()
  }

  #fail(thrown: unknown): never {
    throw this.#fault(thrown)
  }

  #fault(thrown: unknown): LannerError {
    const reason = thrown instanceof Error && thrown.message !== '' ? thrown.message : String(thrown)
    return new LannerError('ERR_STORE_REDIS', `${this.#shown}: ${reason}`, { cause: thrown })
  }
}

async function newClient({ url, username, password, tls }: RedisAddress) {
  const { createClient } = (await import('@redis/client')).default
  const address = new URL(url)
  const login = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  }
  const wait = { reconnectStrategy: (tries: number) => Math.min(100 * 2 ** tries, 5000) }
  const common = { ...login, disableOfflineQueue: true, RESP: 2 as const }
  if (address.protocol === 'unix:') {
    return createClient({ ...common, socket: { ...wait, path: decodeURIComponent(address.pathname) } })
  }
  if (address.protocol === 'rediss:') {
    return createClient({ ...common, url, socket: { ...wait, tls: true as const, ...tls } })
  }
  return createClient({ ...common, url, socket: wait })
}

function withoutSecrets(url: string): string {
  const address = new URL(url)
  address.username = ''
  address.password = ''
  return address.href
}

/** An answer that is bytes; none for anything else. */
export function bytesOf(answer: Answer | undefined): Buffer | undefined {
  return Buffer.isBuffer(answer) ? answer : undefined
}

/** An answer that is a text or a number, as text. */
export function textOf(answer: Answer | undefined): string | undefined {
  if (Buffer.isBuffer(answer)) return answer.toString('utf8')
  return typeof answer === 'string' || typeof answer === 'number' ? String(answer) : undefined
}

/** An answer that is a list. */
export function listOf(answer: Answer | undefined): readonly Answer[] {
  return Array.isArray(answer) ? answer : []
}
