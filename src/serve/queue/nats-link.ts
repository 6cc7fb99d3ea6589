// The connection to NATS: made once, kept up for ever, and told apart into up and down. Knows nothing of alerts.
// Used by the parts of the JetStream queue.
import type { Authenticator, ConnectionOptions, NatsConnection } from '@nats-io/transport-node'
import { connectionFault } from './jetstream-fault.ts'
import { type NatsCredentials, natsAddress } from './nats-address.ts'

/** Files for TLS; without them the authorities Node knows. */
export interface NatsTls {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

/** What a link needs to know. */
export interface LinkOptions {
  /** `nats://host:4222`, `tls://…`, several with commas between them. */
  readonly url: string
  readonly credentials?: NatsCredentials
  readonly tls?: NatsTls
  /** Told when the connection is lost and when it is back. */
  readonly notice?: (message: string) => void
}

/** Milliseconds. */
const CONNECT_TIMEOUT = 5000
const RECONNECT_WAIT = 250
/** A link that is silent for two of these is given up and made anew. */
const PING_INTERVAL = 10_000

/** An open connection. */
export class NatsLink {
  readonly connection: NatsConnection
  /** Host and port, without credentials. */
  readonly server: string
  readonly #notice: (message: string) => void
  #isDown = false
  readonly #losses = new Set<() => void>()
  readonly #returns = new Set<() => void>()

  private constructor(connection: NatsConnection, server: string, notice: (message: string) => void) {
    this.connection = connection
    this.server = server
    this.#notice = notice
    void this.#watch()
  }

  /** Connects, or throws `ERR_QUEUE_OFFLINE`, `_DENIED`, `_TLS` or `_URL`. */
  static async open(options: LinkOptions): Promise<NatsLink> {
    const address = natsAddress(options.url)
    const server = address.servers.join(',')
    const { connect } = (await import('@nats-io/transport-node')).default
    try {
      const connection = await connect({
        ...settings(options, address.tls),
        servers: [...address.servers],
        ...(await authentication(options.credentials ?? address.credentials)),
      })
      return new NatsLink(connection, server, options.notice ?? (() => undefined))
    } catch (cause) {
      throw connectionFault(server, cause)
    }
  }

  get isUp(): boolean {
    return !this.#isDown && !this.connection.isClosed()
  }

  /** Calls `listener` each time the connection is lost, until what is returned is called. */
  onLoss(listener: () => void): () => void {
    this.#losses.add(listener)
    return () => this.#losses.delete(listener)
  }

  /** Calls `listener` each time the connection comes back, until what is returned is called. */
  onReturn(listener: () => void): () => void {
    this.#returns.add(listener)
    return () => this.#returns.delete(listener)
  }

  /** Resolves once the connection is up, or `signal` aborts. */
  async whenUp(signal: AbortSignal): Promise<void> {
    if (this.isUp || signal.aborted) return
    await new Promise<void>(resolve => {
      const done = (): void => {
        forget()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const forget = this.onReturn(done)
      signal.addEventListener('abort', done)
    })
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'disconnect') this.#turned(true)
      else if (type === 'reconnect') this.#turned(false)
    }
  }

  #turned(isDown: boolean): void {
    if (this.#isDown === isDown) return
    this.#isDown = isDown
    this.#notice(`the connection to the NATS server ${this.server} is ${isDown ? 'lost' : 'back'}`)
    for (const listener of [...(isDown ? this.#losses : this.#returns)]) listener()
  }

  /** Sends what is still to be sent, as far as the connection is up, and closes. */
  async close(): Promise<void> {
    if (this.isUp) await this.connection.flush().catch(() => undefined)
    await this.connection.close()
  }
}

function settings({ tls }: LinkOptions, secured: boolean): ConnectionOptions {
  return {
    name: 'lanner serve',
    timeout: CONNECT_TIMEOUT,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT,
    pingInterval: PING_INTERVAL,
    maxPingOut: 2,
    // A server that restarts may refuse us until it has read its accounts again.
    ignoreAuthErrorAbort: true,
    // They cost a stack trace for each message sent.
    noAsyncTraces: true,
    ...(secured || tls !== undefined ? { tls: { ...tls } } : {}),
  }
}

async function authentication(
  credentials: NatsCredentials | undefined,
): Promise<{ authenticator?: Authenticator }> {
  if (credentials === undefined) return {}
  const nats = (await import('@nats-io/transport-node')).default
  switch (credentials.kind) {
    case 'token':
      return { authenticator: nats.tokenAuthenticator(() => credentials.token.reveal().toString()) }
    case 'password':
      return {
        authenticator: nats.usernamePasswordAuthenticator(credentials.user, () =>
          credentials.password.reveal().toString(),
        ),
      }
    case 'nkey':
      return { authenticator: nats.nkeyAuthenticator(() => Buffer.from(credentials.seed.reveal())) }
    case 'creds':
      return { authenticator: nats.credsAuthenticator(() => Buffer.from(credentials.contents.reveal())) }
  }
}
