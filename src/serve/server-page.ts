// The page's listener within the server: opened when there is a store to look into, and opened anew when who may look has changed.
// What it shows is registered by `page/register.ts`. Used by `server.ts`.
import type { FastifyInstance } from 'fastify'
import type { SelectionEnvelope } from './api/export.ts'
import { Tail } from './api/tail.ts'
import { bind, readTls } from './binding.ts'
import type { ListenerName, ServeConfig } from './config/config.ts'
import { resolveSecret } from './config/secret-reference.ts'
import type { Health } from './health.ts'
import { newApp } from './inputs/http-app.ts'
import { alertTaker } from './inputs/takers.ts'
import type { AlertStore } from './store/store.ts'

/** What the page needs of the server. */
export interface PageSettings {
  readonly config: ServeConfig
  readonly store: AlertStore | undefined
  readonly health: Health
  readonly version: string
  /** Signs selections, where evidence is made. */
  readonly envelope?: SelectionEnvelope
  /** Names of the outputs as they are now. */
  readonly outputs: () => readonly string[]
}

/** Addresses that a proxy's header is believed from. */
const PROXIES = ['127.0.0.0/8', '::1']

/** See the file. */
export class PageServer {
  readonly #settings: PageSettings
  /** Fed with what was just stored. */
  readonly tail: Tail = new Tail()
  #app: FastifyInstance | undefined

  constructor(settings: PageSettings) {
    this.#settings = settings
  }

  /** Binds it, where the configuration has one. Rejects with `ERR_LISTEN_*`. */
  async listen(config: ServeConfig): Promise<Partial<Record<ListenerName, string>>> {
    const { store } = this.#settings
    const listener = config.listen.page
    if (listener === undefined || store === undefined) return {}
    const { registerPage } = await import('./page/register.ts')
    const app = newApp(config.limits, await readTls(listener.tls))
    const token = await Promise.all(config.auth.tokens.map(each => resolveSecret(each)))
    const { proxyHeader } = config.auth
    const hosts = hostsOf(config)
    await registerPage(app, {
      store,
      tail: this.tail,
      accept: alertTaker(this.#settings.health, 'page'),
      version: this.#settings.version,
      ...(token.length === 0 ? {} : { token }),
      title: config.page.title,
      ...(proxyHeader === undefined ? {} : { proxy: { header: proxyHeader, from: PROXIES } }),
      ...(hosts.length === 0 ? {} : { hosts }),
      ...(this.#settings.envelope === undefined ? {} : { envelope: this.#settings.envelope }),
      outputs: this.#settings.outputs,
      configuration: () => ({ listen: listener.address.text, title: config.page.title }),
    })
    this.#app = app
    return { page: await bind(app, 'page', listener) }
  }

  /** The same address with other tokens: who is logged in is asked again. */
  async exchange(config: ServeConfig): Promise<void> {
    await this.close()
    await this.listen(config)
  }

  async close(): Promise<void> {
    const app = this.#app
    this.#app = undefined
    await app?.close()
  }
}

/** Names by which people ask for the page. */
function hostsOf({ page, listen }: ServeConfig): string[] {
  const named = page.url === undefined ? [] : [new URL(page.url).hostname]
  const address = listen.page?.address
  const own = address?.kind === 'tcp' && !['0.0.0.0', '::'].includes(address.host) ? [address.host] : []
  return [...named, ...own]
}
