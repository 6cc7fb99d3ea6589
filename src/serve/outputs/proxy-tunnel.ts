// TLS to a receiver through a proxy: the proxy is asked for a tunnel (RFC 9110 §9.3.6), and sees nothing of what goes through it.
// Keeps connections as any agent does. Loaded by `http-way.ts` when there is a proxy.
import { type ClientRequest, request as requestPlain } from 'node:http'
import { Agent, type AgentOptions, type RequestOptions, request as requestSecure } from 'node:https'
import { isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect } from 'node:tls'
import type { HttpProxy } from './http-proxy.ts'

/** Milliseconds a proxy may take to open a tunnel: whoever asked may have gone away meanwhile. */
const PATIENCE = 30_000

type Opened = (fault: Error | null, stream: Duplex) => void

/** See the file. */
export class TunnelAgent extends Agent {
  readonly #proxy: HttpProxy
  readonly #asking = new Set<ClientRequest>()

  constructor(proxy: HttpProxy, options: AgentOptions) {
    super(options)
    this.#proxy = proxy
  }

  /** Called by `node:https` for each new connection. */
  override createConnection(options: RequestOptions, opened: Opened): undefined {
    const { path: _, port, ...others } = options
    const host = options.host ?? 'localhost'
    const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port ?? 443}`
    const failed = (fault: Error): void => (opened as (fault: Error) => void)(fault)
    this.#ask(authority)
      .once('connect', ({ statusCode = 0 }, socket: Socket) => {
        if (statusCode >= 200 && statusCode <= 299) {
          const servername = isIP(host) === 0 ? host : ''
          opened(null, connect({ ...others, host, socket, servername } as ConnectionOptions))
          return
        }
        socket.destroy()
        failed(new Error(`the proxy answered ${statusCode}`))
      })
      .once('error', failed)
  }

  override destroy(): void {
    for (const asking of this.#asking) asking.destroy()
    super.destroy()
  }

  #ask(authority: string): ClientRequest {
    const { url, servername, authorization, ca } = this.#proxy
    const request = url.protocol === 'https:' ? requestSecure : requestPlain
    const asking = request(url, {
      method: 'CONNECT',
      path: authority,
      agent: false,
      timeout: PATIENCE,
      ...(url.protocol === 'https:' ? { servername, ...(ca === undefined ? {} : { ca }) } : {}),
      headers: {
        host: authority,
        'user-agent': 'lanner',
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
    })
    this.#asking.add(asking)
    asking
      .once('close', () => this.#asking.delete(asking))
      .once('timeout', () => asking.destroy(new Error('the proxy took too long')))
    return asking.end()
  }
}
