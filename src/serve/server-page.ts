// The page's listener within the server: opened when there is a store to look into, and opened anew when who may look has changed,
// also where only the content of a token's file did.
// What it shows is registered by `page/register.ts`. Used by `server.ts`.
import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import type { Secret } from '../envelope/secret.ts'
import type { SelectionEnvelope } from './api/export.ts'
import { Tail } from './api/tail.ts'
import { bind, readTls } from './binding.ts'
import type { Listener, ListenerName, ServeConfig } from './config/config.ts'
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
  /** Who may look, as it was last taken over. */
  #looking: Looking | undefined

  constructor(settings: PageSettings) {
    this.#settings = settings
  }

  /** Binds it, where the configuration has one. Rejects with `ERR_CONFIG_SECRET`, `ERR_LISTEN_*`. */
  async listen(config: ServeConfig): Promise<Partial<Record<ListenerName, string>>> {
    const { store } = this.#settings
    const listener = config.listen.page
    if (listener === undefined || store === undefined) return {}
    const looking = await lookingOf(config)
    return { page: await this.#bind(await this.#build(config, listener, store, looking), listener, looking) }
  }

  /**
   * Gives what takes a new configuration over, or `undefined` when nothing changes for whoever looks: the same address with other
   * tokens, where who is logged in is asked again. Rejects as `listen` does; nothing has changed then.
   */
  async prepare(config: ServeConfig): Promise<(() => Promise<void>) | undefined> {
    const { store } = this.#settings
    const listener = config.listen.page
    if (listener === undefined || store === undefined) return undefined
    const looking = await lookingOf(config)
    if (isDeepStrictEqual(comparable(looking), comparable(this.#looking))) return undefined
    const app = await this.#build(config, listener, store, looking)
    return async () => {
      await this.close()
      await this.#bind(app, listener, looking)
    }
  }

  async #bind(app: FastifyInstance, listener: Listener, looking: Looking): Promise<string> {
    this.#app = app
    this.#looking = looking
    return bind(app, 'page', listener)
  }

  async #build(
    config: ServeConfig,
    listener: Listener,
    store: AlertStore,
    { tokens, proxyHeader, page }: Looking,
  ): Promise<FastifyInstance> {
    const { registerPage } = await import('./page/register.ts')
    const app = newApp(config.limits, await readTls(listener.tls))
    const hosts = hostsOf(config)
    await registerPage(app, {
      store,
      tail: this.tail,
      accept: alertTaker(this.#settings.health, 'page'),
      version: this.#settings.version,
      ...(tokens.length === 0 ? {} : { token: tokens }),
      title: page.title,
      ...(proxyHeader === undefined ? {} : { proxy: { header: proxyHeader, from: PROXIES } }),
      ...(hosts.length === 0 ? {} : { hosts }),
      ...(this.#settings.envelope === undefined ? {} : { envelope: this.#settings.envelope }),
      outputs: this.#settings.outputs,
      configuration: () => ({ listen: listener.address.text, title: page.title }),
    })
    return app
  }

  async close(): Promise<void> {
    const app = this.#app
    this.#app = undefined
    await app?.close()
  }
}

/** Who may look, and how the page calls itself. */
interface Looking {
  readonly tokens: readonly Secret[]
  readonly proxyHeader: string | undefined
  readonly page: ServeConfig['page']
}

async function lookingOf({ auth, page }: ServeConfig): Promise<Looking> {
  const tokens = await Promise.all(auth.tokens.map(each => resolveSecret(each)))
  return { tokens, proxyHeader: auth.proxyHeader, page }
}

/** Secrets hide what they hold, so two of them look the same whatever they are. */
function comparable(looking: Looking | undefined): unknown {
  return { ...looking, tokens: looking?.tokens.map(token => token.reveal().toString('base64')) }
}

/** Names by which people ask for the page. */
function hostsOf({ page, listen }: ServeConfig): string[] {
  const named = page.url === undefined ? [] : [new URL(page.url).hostname]
  const address = listen.page?.address
  const own = address?.kind === 'tcp' && !['0.0.0.0', '::'].includes(address.host) ? [address.host] : []
  return [...named, ...own]
}
