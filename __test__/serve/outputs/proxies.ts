// A proxy as operators have them: opens tunnels (CONNECT), relays requests for whole addresses, and asks for a login if told to.
// Names lead where a test says, as only the proxy of a closed network knows them. Used by `proxy.test.ts`.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ExecutionContext } from 'ava'

/** What the proxy was asked for. */
export interface Asked {
  readonly method: string
  /** `host:port` of a tunnel, or a whole address. */
  readonly target: string
  readonly authorization: string | undefined
}

/** How it behaves. */
export interface ProxyManners {
  /** Ports on this machine by `host:port`; everything else can't be reached. */
  readonly routes: Readonly<Record<string, number>>
  /** The only `proxy-authorization` it takes. */
  readonly login?: string
  /** Speaks TLS with these. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer }
}

/** A running proxy. */
export interface RunningProxy {
  readonly url: string
  readonly port: number
  readonly asked: Asked[]
  /** Closes everything and frees the port. */
  stop(): Promise<void>
}

/** Starts one that ends with the test; on `port` if it is to come back where it was. */
export async function proxy(t: ExecutionContext, manners: ProxyManners, port = 0): Promise<RunningProxy> {
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  const server: Server = manners.tls === undefined ? createServer() : createSecureServer(manners.tls)
  const isWelcome = ({ method = '', url: target = '', headers }: IncomingMessage): boolean => {
    const authorization = headers['proxy-authorization']
    asked.push({ method, target, authorization })
    return manners.login === undefined || manners.login === authorization
  }
  server
    .on('connection', (socket: Socket) => sockets.add(socket.once('close', () => sockets.delete(socket))))
    .on('connect', (asking: IncomingMessage, client: Duplex, head: Buffer) => {
      client.on('error', () => undefined)
      if (!isWelcome(asking)) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      const to = manners.routes[asking.url ?? '']
      if (to === undefined) return client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
      const upstream = connect(to, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        upstream.write(head)
        upstream.pipe(client).pipe(upstream)
      })
      sockets.add(upstream.on('error', () => client.destroy()))
      client.once('close', () => upstream.destroy())
      return undefined
    })
    .on('request', (asking: IncomingMessage, response: ServerResponse) => {
      if (!isWelcome(asking)) return response.writeHead(407).end()
      return relay(asking, response, manners)
    })
  await new Promise<void>(ready => server.listen(port, '127.0.0.1', ready))
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise(closed => server.close(closed))
  }
  t.teardown(stop)
  const { port: bound } = server.address() as AddressInfo
  const scheme = manners.tls === undefined ? 'http' : 'https'
  return { url: `${scheme}://127.0.0.1:${bound}`, port: bound, asked, stop }
}

function relay(asking: IncomingMessage, response: ServerResponse, { routes }: ProxyManners): void {
  const { host, pathname, search } = new URL(asking.url ?? '')
  const port = routes[host.includes(':') ? host : `${host}:80`]
  if (port === undefined) {
    response.writeHead(502).end()
    return
  }
  const { 'proxy-authorization': _, ...headers } = asking.headers
  const { method } = asking
  const onward = request({ host: '127.0.0.1', port, path: `${pathname}${search}`, method, headers })
  onward.once('response', answer => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers)))
  onward.once('error', () => response.writeHead(502).end())
  asking.pipe(onward)
}
