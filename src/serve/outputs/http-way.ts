// How requests to one receiver travel: straight to it, as requests to a proxy, or through a tunnel that a proxy opens.
// Sends nothing itself. Used by `http-client.ts`.
import type { Agent, ClientRequest, RequestOptions } from 'node:http'
import type { HttpProxy } from './http-proxy.ts'
import type { ReadTls } from './opening.ts'

/** See the file. */
export interface Way {
  /** The receiver as messages name it. */
  readonly receiver: string
  /** Whether a proxy reads and answers requests itself. */
  readonly isRelayed: boolean
  begin(url: URL, options: RequestOptions): ClientRequest
  close(): void
}

/** Idle connections are given up before most receivers do: 60 s is what many close at. */
const IDLE_MILLISECONDS = 30_000
const KEPT = { keepAlive: true, timeout: IDLE_MILLISECONDS }

/** The way to the origin of `url`. */
export async function openWay(url: URL, tls: ReadTls, proxy: HttpProxy | undefined): Promise<Way> {
  if (proxy === undefined) return straightWay(url, tls)
  const receiver = `${url.origin} through ${proxy.url.origin}`
  if (url.protocol === 'http:') return relayedWay(receiver, proxy)
  const { TunnelAgent } = await import('./proxy-tunnel.ts')
  const { request } = await import('node:https')
  const agent = new TunnelAgent(proxy, { ...KEPT, ...tls })
  return wayOver(receiver, agent, false, (to, options) => request(to, options))
}

async function straightWay(url: URL, tls: ReadTls): Promise<Way> {
  const isSecure = url.protocol === 'https:'
  const { Agent, request } = isSecure ? await import('node:https') : await import('node:http')
  const agent = new Agent({ ...KEPT, ...(isSecure ? tls : {}) })
  return wayOver(url.origin, agent, false, (to, options) => request(to, options))
}

/** RFC 9112 §3.2.2: a proxy is sent the whole address. */
async function relayedWay(
  receiver: string,
  { url: proxy, servername, authorization, ca }: HttpProxy,
): Promise<Way> {
  const isSecure = proxy.protocol === 'https:'
  const { Agent, request } = isSecure ? await import('node:https') : await import('node:http')
  const agent = new Agent({
    ...KEPT,
    ...(isSecure ? { servername, ...(ca === undefined ? {} : { ca }) } : {}),
  })
  return wayOver(receiver, agent, true, ({ origin, pathname, search, host, username, password }, options) =>
    request(proxy, {
      ...options,
      path: `${origin}${pathname}${search}`,
      ...(username === '' ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
      headers: {
        host,
        ...(options.headers as Readonly<Record<string, string>>),
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
    }),
  )
}

function wayOver(receiver: string, agent: Agent, isRelayed: boolean, begin: Way['begin']): Way {
  return {
    receiver,
    isRelayed,
    begin: (url, options) => begin(url, { ...options, agent }),
    close: () => agent.destroy(),
  }
}
