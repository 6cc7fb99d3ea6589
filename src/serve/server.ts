// The running server: opens its parts in order, exchanges what a new configuration changes, and ends without losing anything.
// Decides when, not how; the parts do the work. Made by `lanner serve` and by tests.
import { join } from 'node:path'
import { LannerError } from '../error.ts'
import { type AlertEnrichment, type Native, openNative } from '../native/native.ts'
import { type Clock, pause, systemClock } from './clock.ts'
import type { ListenerName, ServeConfig } from './config/config.ts'
import { difference, isUnchanged } from './config/reload.ts'
import { ConfigWatch } from './config-watch.ts'
import { openLetters, openQueue, openStore, stateFolder } from './engines.ts'
import { type Evidence, SEAL_CONSUMER } from './evidence/evidence.ts'
import { Health } from './health.ts'
import { FollowedPlaces } from './inputs/followed-places.ts'
import type { Log } from './log.ts'
import { countAlerts } from './metrics/alert-counts.ts'
import { ServerMetrics } from './metrics/server-metrics.ts'
import { enriched, enrichmentOf } from './pipeline/enriched-consumer.ts'
import { consumerName, depthOf, OutputSet } from './pipeline/output-set.ts'
import { StoreWorker } from './pipeline/store-worker.ts'
import type { Queue } from './queue/queue.ts'
import { openSealing } from './server-evidence.ts'
import { ServerInputs } from './server-inputs.ts'
import { PageServer } from './server-page.ts'
import type { AlertStore } from './store/store.ts'

/** How to run it. */
export interface ServerSettings {
  readonly version: string
  readonly log: Log
  /** Reads the configuration, at the start and again; throws what is wrong with it. */
  readonly config: () => Promise<ServeConfig>
  readonly clock?: Clock
  readonly random?: () => number
}

/** The consumer of the store in the queue. */
export const STORE_CONSUMER = 'store'

/** Milliseconds between two looks at what is too old for the store. */
const RETAINING = 60_000

/** See the file. */
export class Server {
  readonly #settings: ServerSettings
  readonly #clock: Clock
  readonly #closing: (() => unknown)[] = []
  readonly #end = new AbortController()
  #running: Running | undefined
  #enrichment: AlertEnrichment | undefined
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
    const { log, random = Math.random } = this.#settings
    const clock = this.#clock
    const native = await openNative()
    this.#enrichment = enrichmentOf(native, config)
    const queue = await openQueue(config, log)
    this.#closing.push(() => queue.close())
    const letters = await openLetters(config)
    this.#closing.push(() => letters.close())
    const store = await openStore(config, log)
    if (store !== undefined) this.#closing.push(() => store.close())
    const metrics = new ServerMetrics(() => queue.status())
    const outputs = new OutputSet({
      ...{ native, queue, letters, clock, random, metrics, log },
      enrichment: () => this.#enrichment,
      ...(store === undefined ? { taken: (lines: Buffer) => void countAlerts(native, metrics, lines) } : {}),
    })
    this.#closing.push(() => outputs.stop())
    const health = new Health(queue, () => outputs.states, clock)
    const places = new FollowedPlaces(join(stateFolder(config), 'followed.json'))
    const parts = { native, health, metrics, clock, random, log, places }
    const inputs = new ServerInputs(parts, await ServerInputs.prepare(parts, config))
    const evidence = await openSealing(config, { native, queue, clock, log })
    const page = new PageServer({
      ...{ config, store, health, version: this.#settings.version },
      ...(evidence === undefined ? {} : { envelope: evidence.select }),
      outputs: () => outputs.states.map(({ name }) => name),
    })
    this.#closing.push(() => page.close())
    await forgetStrangers(queue, config, log)
    await (await outputs.prepare(config))()
    const storing =
      store === undefined ? undefined : await this.#store(store, { native, queue, metrics, health, page })
    this.#closing.push(() => evidence?.sealer.stop())
    evidence?.sealer.start()
    this.#closing.push(() => inputs.close())
    const addresses = { ...(await inputs.listen()), ...(await page.listen(config)) }
    this.#running = { config, native, queue, outputs, health, metrics, inputs, page, storing, evidence }
    if (store === undefined && config.listen.page !== undefined)
      log('warn', 'no page: there is no store to look into')
    if (store !== undefined) this.#retain(store, config)
    inputs.follow()
    health.ready = true
    this.#watch(config)
    return addresses
  }

  async #store(
    store: AlertStore,
    {
      native,
      queue,
      metrics,
      health,
      page,
    }: Pick<Running, 'native' | 'queue' | 'metrics' | 'health' | 'page'>,
  ): Promise<StoreWorker> {
    const { log, random = Math.random } = this.#settings
    let failing = false
    const worker = new StoreWorker({
      ...{ store, metrics, random, clock: this.#clock },
      consumer: enriched(await queue.consumer(STORE_CONSUMER), () => this.#enrichment),
      depth: () => depthOf(queue, STORE_CONSUMER),
      stored: lines => {
        page.tail.publish(lines)
        void countAlerts(native, metrics, lines)
      },
      heard: thrown => {
        const message = thrown === undefined ? undefined : textOf(thrown)
        health.storeFault = message
        if (message !== undefined && !failing) log('warn', `store fails, trying again: ${message}`)
        if (message === undefined && failing) log('info', 'store is well again')
        failing = message !== undefined
      },
    })
    this.#closing.push(() => worker.stop())
    worker.start()
    return worker
  }

  #retain(store: AlertStore, { store: config }: ServeConfig): void {
    const { age, size } = config?.retention ?? {}
    if (age === undefined && size === undefined) return
    const retention = {
      ...(age === undefined ? {} : { age: BigInt(Math.round(age * 1_000_000)) }),
      ...(size === undefined ? {} : { bytes: size }),
    }
    let cancel = (): void => undefined
    const again = async (): Promise<void> => {
      await store.retain(retention).catch((thrown: unknown) => {
        this.#settings.log('warn', `old alerts can't be removed: ${textOf(thrown)}`)
      })
      if (!this.#end.signal.aborted && this.#stopping === undefined)
        cancel = this.#clock.after(RETAINING, again)
    }
    cancel = this.#clock.after(RETAINING, again)
    this.#closing.push(() => cancel())
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
      if (isUnchanged(change)) return this.#reloaded(running, 'nothing changed')
      if (change.fixed.length > 0) {
        const parts = change.fixed.join(', ')
        throw new LannerError('ERR_CONFIG_RESTART', `\`${parts}\` changed, which needs a restart`, {
          exit: 2,
        })
      }
      await this.#exchange(running, config)
      this.#reloaded(running, 'configuration taken over')
    } catch (thrown) {
      running.metrics.reloads.add(['error'])
      running.health.configFault = textOf(thrown)
      log('error', `configuration not taken over, the old one stays: ${textOf(thrown)}`)
    }
  }

  #reloaded({ metrics, health }: Running, what: string): void {
    metrics.reloads.add(['ok'])
    health.configFault = undefined
    this.#settings.log('info', what)
  }

  /** Everything that can fail comes first. */
  async #exchange(running: Running, config: ServeConfig): Promise<void> {
    const { native, inputs, outputs, page } = running
    const change = difference(running.config, config)
    const prepared = await ServerInputs.prepare({ native, clock: this.#clock }, config)
    const routed = change.changed.includes('routes')
    const { added, removed, changed } = change.outputs
    const touched = routed || added.length + removed.length + changed.length > 0
    const take = touched ? await outputs.prepare(config) : undefined
    running.config = config
    this.#enrichment = enrichmentOf(native, config)
    await take?.()
    await inputs.exchange(prepared, change.changed.includes('follow'))
    if (change.changed.some(part => part === 'auth' || part === 'page')) await page.exchange(config)
  }

  async #stop(patience: number): Promise<boolean> {
    const running = this.#running
    if (running !== undefined) {
      const { health, inputs, page, outputs, storing, evidence } = running
      health.ready = false
      await Promise.all([inputs.close(), page.close()])
      const drained = Promise.all([outputs.drain(), storing?.drain(), evidence?.sealer.drain()]).then(
        () => true,
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
        this.#settings.log('error', `a part did not close: ${textOf(thrown)}`),
      )
    }
  }
}

interface Running {
  config: ServeConfig
  readonly native: Native
  readonly queue: Queue
  readonly outputs: OutputSet
  readonly health: Health
  readonly metrics: ServerMetrics
  readonly inputs: ServerInputs
  readonly page: PageServer
  readonly storing: StoreWorker | undefined
  readonly evidence: Evidence | undefined
}

/** Forgets outputs that were configured once: nothing is to be kept for them. */
async function forgetStrangers(queue: Queue, config: ServeConfig, log: Log): Promise<void> {
  if (config.queue.kind !== 'embedded') return
  const known = new Set(config.outputs.map(({ name }) => consumerName(name)))
  if (config.store !== undefined) known.add(STORE_CONSUMER)
  if (config.seal !== undefined) known.add(SEAL_CONSUMER)
  for (const { name, depth } of queue.status().consumers) {
    if (known.has(name)) continue
    await queue.forget(name)
    log(depth > 0 ? 'warn' : 'info', 'no longer configured: what waited for it is forgotten', {
      consumer: name,
      depth,
    })
  }
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
