// The running server: opens its parts, exchanges what a new configuration changes, and ends without losing anything.
// Decides when, not how; the parts do the work. Made by `lanner serve` and by tests.
import { LannerError, messageOf } from '../error.ts'
import { type Clock, pause, systemClock } from './clock.ts'
import type { ListenerName, ServeConfig } from './config/config.ts'
import { difference, isUnchanged } from './config/reload.ts'
import { ConfigWatch } from './config-watch.ts'
import type { Log } from './log.ts'
import { enrichmentOf } from './pipeline/enriched-consumer.ts'
import { ServerInputs } from './server-inputs.ts'
import { forgetStrangers, openParts, type ServerParts } from './server-parts.ts'

/** How to run it. */
export interface ServerSettings {
  readonly version: string
  readonly log: Log
  /** Reads the configuration, at the start and again; throws what is wrong with it. */
  readonly config: () => Promise<ServeConfig>
  readonly clock?: Clock
  readonly random?: () => number
}

/** See the file. */
export class Server {
  readonly #settings: ServerSettings
  readonly #clock: Clock
  readonly #closing: (() => unknown)[] = []
  readonly #end = new AbortController()
  #running: Running | undefined
  #reloading: Promise<void> = Promise.resolve()
  #stopping: Promise<boolean> | undefined

  constructor(settings: ServerSettings) {
    this.#settings = settings
    this.#clock = settings.clock ?? systemClock
  }

  /** Opens everything; gives the addresses. When something can't be opened, all is closed again before that is thrown. */
  async start(): Promise<Partial<Record<ListenerName, string>>> {
    try {
      return await this.#start(await this.#settings.config())
    } catch (thrown) {
      await this.#close()
      throw thrown
    }
  }

  /** Takes over the configuration as it is now, or tells why not and goes on with the one that runs. Never rejects. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reload())
    return this.#reloading
  }

  /**
   * Takes nothing more, delivers and stores what is there for so many milliseconds at most, closes. Gives whether all went out; what
   * did not goes out after the next start.
   */
  stop(patience: number): Promise<boolean> {
    this.#stopping ??= this.#stop(patience)
    return this.#stopping
  }

  /** Waits for nothing that may wait. */
  hurry(): void {
    this.#end.abort()
  }

  async #start(config: ServeConfig): Promise<Partial<Record<ListenerName, string>>> {
    const { log } = this.#settings
    const parts = await openParts(config, { ...this.#settings, clock: this.#clock }, this.#closing)
    const { inputs, page, health, store, queue } = parts
    this.#closing.push(() => inputs.close())
    const addresses = { ...(await inputs.listen()), ...(await page.listen(config)) }
    await forgetStrangers(queue, config, log)
    this.#running = { config, parts }
    if (store === undefined && config.listen.page !== undefined) {
      log('warn', 'no page: there is no store to look into')
    }
    inputs.follow()
    health.ready = true
    this.#watch(config)
    return addresses
  }

  #watch({ file }: ServeConfig): void {
    const watch = new ConfigWatch(file, this.#clock, () => void this.reload())
    this.#closing.push(() => watch.close())
  }

  async #reload(): Promise<void> {
    const { log } = this.#settings
    const running = this.#running
    if (running === undefined || this.#stopping !== undefined) return
    try {
      const config = await this.#settings.config()
      const change = difference(running.config, config)
      if (change.fixed.length > 0) {
        const parts = change.fixed.join(', ')
        throw new LannerError('ERR_CONFIG_RESTART', `\`${parts}\` changed, which needs a restart`, {
          exit: 2,
        })
      }
      await this.#exchange(running, config)
      // Rules and tokens lie in files of their own, which the configuration only names.
      const what = isUnchanged(change)
        ? 'configuration unchanged, rules and tokens read anew'
        : 'configuration taken over'
      this.#reloaded(running, what)
    } catch (thrown) {
      running.parts.metrics.reloads.add(['error'])
      running.parts.health.configFault = messageOf(thrown)
      log('error', `configuration not taken over, the old one stays: ${messageOf(thrown)}`)
    }
  }

  #reloaded({ parts: { metrics, health } }: Running, what: string): void {
    metrics.reloads.add(['ok'])
    health.configFault = undefined
    this.#settings.log('info', what)
  }

  /** Everything that can fail comes first. */
  async #exchange(running: Running, config: ServeConfig): Promise<void> {
    const { native, inputs, outputs, page } = running.parts
    const change = difference(running.config, config)
    const prepared = await ServerInputs.prepare({ native, clock: this.#clock }, config)
    const looking = await page.prepare(config)
    const routed = change.changed.includes('routes')
    const { added, removed, changed } = change.outputs
    const touched = routed || added.length + removed.length + changed.length > 0
    const take = touched ? await outputs.prepare(config) : undefined
    running.config = config
    running.parts.enrichment.current = enrichmentOf(native, config)
    await take?.()
    await inputs.exchange(prepared, change.changed.includes('follow'))
    await looking?.()
  }

  async #stop(patience: number): Promise<boolean> {
    const running = this.#running
    if (running !== undefined) {
      const { health, inputs, page, outputs, storing, evidence } = running.parts
      health.ready = false
      this.#settings.log('info', 'stopping')
      await Promise.all([inputs.close(), page.close()])
      const drained = Promise.all([outputs.drain(), storing?.drain(), evidence?.sealer.drain()]).then(
        ([delivered]) => delivered,
      )
      const late = pause(this.#clock, patience, this.#end.signal).then(() => false)
      const whole = await Promise.race([drained, late])
      await this.#close()
      return whole
    }
    await this.#close()
    return true
  }

  /** In the opposite order of opening. */
  async #close(): Promise<void> {
    this.#end.abort()
    for (const close of this.#closing.splice(0).reverse()) {
      await Promise.resolve(close()).catch((thrown: unknown) =>
        this.#settings.log('error', `a part did not close: ${messageOf(thrown)}`),
      )
    }
  }
}

interface Running {
  config: ServeConfig
  readonly parts: ServerParts
}
