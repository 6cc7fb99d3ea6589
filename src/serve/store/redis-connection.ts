// One connection to Redis: commands as words, answers as plain data, faults with a code. Opens itself again when it was lost; what is
// asked meanwhile is refused at once, so that nobody waits behind a server that is away. Used by `redis.ts`.
import { LannerError } from '../../error.ts'

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

/** Words of a command. */
export type Words = readonly string[]

/** What Redis answers. */
export type Answer = string | number | null | readonly Answer[]

type Client = Awaited<ReturnType<typeof newClient>>

/** See the file. */
export class RedisConnection {
  readonly #client: Client
  readonly #shown: string

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

  /** Asks one thing. */
  async ask(words: Words): Promise<Answer> {
    return (await this.#client.sendCommand<Answer>([...words]).catch(thrown => this.#fail(thrown))) as Answer
  }

  /** Asks all at once; the answers come in their order. */
  askAll(commands: readonly Words[]): Promise<Answer[]> {
    return Promise.all(commands.map(words => this.ask(words)))
  }

  /** Changes all or nothing. */
  async change(commands: readonly Words[]): Promise<readonly Answer[]> {
    const transaction = this.#client.multi()
    for (const words of commands) transaction.addCommand([...words])
    const answers = await transaction.exec().catch((thrown: unknown) => this.#fail(thrown))
    return answers as unknown as readonly Answer[]
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
