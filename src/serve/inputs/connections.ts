// Bounds the connections of a listener. Somewhat too many are told so at their first request; far too many are closed by Node.
// Looks at no request. Used by `listener.ts`.
import type { Server, Socket } from 'node:net'

/** The connections of one listener. */
export class Connections {
  readonly #server: Server
  readonly #crowd = new WeakSet<Socket>()
  #most = 0
  #open = 0

  constructor(server: Server, most: number) {
    this.#server = server
    this.limit(most)
    server.on('connection', (socket: Socket) => {
      this.#open += 1
      if (this.#open > this.#most) this.#crowd.add(socket)
      socket.once('close', () => {
        this.#open -= 1
      })
    })
  }

  /** Lets the server have `most` at once from now on, and some more to be told that there are too many. */
  limit(most: number): void {
    this.#most = most
    this.#server.maxConnections = most + Math.max(16, Math.ceil(most / 4))
  }

  /** Whether this one came when there were enough. Under TLS the bare connection is below the socket of the request. */
  isTooMany(socket: Socket): boolean {
    const below: unknown = Reflect.get(socket, '_parent')
    return (
      this.#crowd.has(socket) ||
      (typeof below === 'object' && below !== null && this.#crowd.has(below as Socket))
    )
  }
}
