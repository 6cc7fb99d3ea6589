// A connection that is opened when first needed, kept between deliveries, and given up as soon as anything went wrong on it.
// Knows no protocol. Used by outputs that don't speak HTTP.
import { wayFault } from './http-client.ts'
import { DeliveryFault } from './output.ts'

/** How a connection of some protocol comes and goes. */
export interface Connecting<Connection> {
  /** To whom, for messages. */
  readonly receiver: string
  /** Opens one; `lost` is called when it ends by itself. */
  readonly open: (lost: () => void, signal: AbortSignal) => Promise<Connection>
  /** Ends one, at once if `rough`. Must not throw. */
  readonly close: (connection: Connection, rough: boolean) => Promise<void> | void
}

/** See the file. */
export class KeptConnection<Connection> {
  readonly #connecting: Connecting<Connection>
  #open: Promise<Connection> | undefined

  constructor(connecting: Connecting<Connection>) {
    this.#connecting = connecting
  }

  /** Runs `work` on the connection. What it throws ends the connection, and comes as a fault that may be tried again. */
  async use<Result>(signal: AbortSignal, work: (connection: Connection) => Promise<Result>): Promise<Result> {
    try {
      const connection = await this.#opened(signal)
      try {
        return await untilAborted(work(connection), signal)
      } catch (thrown) {
        if (!(thrown instanceof DeliveryFault) || thrown.retry) this.#drop(connection)
        throw thrown
      }
    } catch (thrown) {
      throw thrown instanceof DeliveryFault ? thrown : wayFault(this.#connecting.receiver, signal, thrown)
    }
  }

  /** Ends what is open. */
  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    const connection = await open?.catch(() => undefined)
    if (connection !== undefined) await this.#connecting.close(connection, false)
  }

  async #opened(signal: AbortSignal): Promise<Connection> {
    if (this.#open === undefined) {
      const opening: Promise<Connection> = this.#connecting.open(() => {
        if (this.#open === opening) this.#open = undefined
      }, signal)
      this.#open = opening
    }
    const opening = this.#open
    try {
      return await untilAborted(opening, signal)
    } catch (thrown) {
      if (this.#open === opening) this.#open = undefined
      // It may still come about when nobody waits for it any longer.
      opening.then(late => this.#connecting.close(late, true)).catch(() => undefined)
      throw thrown
    }
  }

  #drop(connection: Connection): void {
    this.#open = undefined
    void this.#connecting.close(connection, true)
  }
}

/** What `promise` gives, or a rejection as soon as `signal` aborts. */
export function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((done, failed) => {
    const abort = () => failed(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    promise.then(done, failed).finally(() => signal.removeEventListener('abort', abort))
  })
}
