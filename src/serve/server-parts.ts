// The parts of a server, opened in their order: queue, dead letters, store, outputs, evidence, and what stands on them.
// Starts what takes from the queue; opens no listener. Used by `server.ts`.

import { join } from 'node:path'
import { messageOf } from '../error.ts'
import { type AlertEnrichment, type Native, openNative } from '../native/native.ts'
import type { Clock } from './clock.ts'
import type { ServeConfig } from './config/config.ts'
import { openLetters, openQueue, openStore, stateFolder } from './engines.ts'
import type { Evidence } from './evidence/evidence.ts'
import { Health } from './health.ts'
import { FollowedPlaces } from './inputs/followed-places.ts'
import type { Log } from './log.ts'
import { countAlerts } from './metrics/alert-counts.ts'
import { ServerMetrics } from './metrics/server-metrics.ts'
import { enriched, enrichmentOf } from './pipeline/enriched-consumer.ts'
import { consumerName, depthOf, OutputSet } from './pipeline/output-set.ts'
import { StoreWorker } from './pipeline/store-worker.ts'
import { ownConsumer } from './queue/consumer-name.ts'
import type { Queue } from './queue/queue.ts'
import { openSealing, sealConsumer } from './server-evidence.ts'
import { ServerInputs } from './server-inputs.ts'
import { PageServer } from './server-page.ts'
import type { AlertStore } from './store/store.ts'

/** What parts are opened with. */
export interface PartSettings {
  readonly version: string
  readonly log: Log
  readonly clock: Clock
  readonly random?: () => number
}

/** See the file. */
export interface ServerParts {
  readonly native: Native
  readonly queue: Queue
  readonly store: AlertStore | undefined
  readonly outputs: OutputSet
  readonly health: Health
  readonly metrics: ServerMetrics
  readonly inputs: ServerInputs
  readonly page: PageServer
  readonly storing: StoreWorker | undefined
  readonly evidence: Evidence | undefined
  /** What is added to alerts; a reload puts another in place. */
  readonly enrichment: { current: AlertEnrichment | undefined }
}

/** Collects how to close what was opened; called in the opposite order. */
export type Closing = (() => unknown)[]

/** The consumer of the store in the queue: one that others reach too has to get each alert once. */
function storeConsumer({ queue, store }: ServeConfig): string {
  return store?.at.kind === 'embedded' ? ownConsumer('store', queue) : 'store'
}

/** Milliseconds between two looks at what is too old for the store. */
const RETAINING = 60_000

/** Opens all of them. When one can't be opened, `closing` has those that were. */
export async function openParts(
  config: ServeConfig,
  settings: PartSettings,
  closing: Closing,
): Promise<ServerParts> {
  const { log, clock, random = Math.random } = settings
  const native = await openNative()
  const queue = await openQueue(config, log)
  closing.push(() => queue.close())
  const letters = await openLetters(config)
  closing.push(() => letters.close())
  const store = await openStore(config, log)
  if (store !== undefined) closing.push(() => store.close())
  const metrics = new ServerMetrics(() => queue.status())
  const enrichment = { current: enrichmentOf(native, config) }
  const outputs = new OutputSet({
    ...{ native, queue, letters, clock, random, metrics, log },
    shared: isShared(config),
    enrichment: () => enrichment.current,
    ...(store === undefined ? { taken: (lines: Buffer) => void countAlerts(native, metrics, lines) } : {}),
  })
  closing.push(() => outputs.stop())
  const health = new Health(queue, () => outputs.states, clock)
  const places = new FollowedPlaces(join(stateFolder(config), 'followed.json'))
  const inputParts = { native, health, metrics, clock, random, log, places }
  const inputs = new ServerInputs(inputParts, await ServerInputs.prepare(inputParts, config))
  const evidence = await openSealing(config, { native, queue, clock, log, health })
  const page = new PageServer({
    ...{ config, store, health, version: settings.version },
    ...(evidence === undefined ? {} : { envelope: evidence.select }),
    outputs: () => outputs.states.map(({ name }) => name),
  })
  closing.push(() => page.close())
  const parts = { native, queue, store, outputs, health, metrics, inputs, page, evidence, enrichment }
  return { ...parts, storing: await startTaking(config, parts, { ...settings, random }, closing) }
}

/** Whether other workers take from the same queue. */
function isShared({ queue }: ServeConfig): boolean {
  return queue.kind !== 'embedded'
}

/** Before anything is accepted every consumer is there: a new one begins behind what is. */
async function startTaking(
  config: ServeConfig,
  parts: Omit<ServerParts, 'storing'>,
  settings: Required<PartSettings>,
  closing: Closing,
): Promise<StoreWorker | undefined> {
  const { outputs, store, evidence } = parts
  const takeOver = await outputs.prepare(config)
  await takeOver()
  const storing = store === undefined ? undefined : await openStoring(store, config, parts, settings)
  closing.push(() => storing?.stop())
  storing?.start()
  closing.push(() => evidence?.sealer.stop())
  evidence?.sealer.start()
  if (store !== undefined) closing.push(retaining(store, config, settings))
  return storing
}

async function openStoring(
  store: AlertStore,
  config: ServeConfig,
  { native, queue, metrics, health, page, enrichment }: Omit<ServerParts, 'storing'>,
  { clock, log, random }: Required<PartSettings>,
): Promise<StoreWorker> {
  let failing = false
  return new StoreWorker({
    ...{ store, metrics, random, clock },
    consumer: enriched(await queue.consumer(storeConsumer(config)), () => enrichment.current),
    // What this worker leaves in a shared queue others store.
    depth: () => (isShared(config) ? 0 : depthOf(queue, storeConsumer(config))),
    stored: lines => {
      page.tail.publish(lines)
      void countAlerts(native, metrics, lines)
    },
    heard: thrown => {
      const message = thrown === undefined ? undefined : messageOf(thrown)
      health.storeFault = message
      if (message !== undefined && !failing) log('warn', `store fails, trying again: ${message}`)
      if (message === undefined && failing) log('info', 'store is well again')
      failing = message !== undefined
    },
  })
}

/** Removes what is too old now and then; what it gives ends that. */
function retaining(
  store: AlertStore,
  { store: config }: ServeConfig,
  { clock, log }: PartSettings,
): () => void {
  const { age, size } = config?.retention ?? {}
  if (age === undefined && size === undefined) return () => undefined
  const retention = {
    ...(age === undefined ? {} : { age: BigInt(Math.round(age * 1_000_000)) }),
    ...(size === undefined ? {} : { bytes: size }),
  }
  let ended = false
  let cancel = (): void => undefined
  const again = async (): Promise<void> => {
    await store.retain(retention).catch((thrown: unknown) => {
      log('warn', `old alerts can't be removed: ${messageOf(thrown)}`)
    })
    if (!ended) cancel = clock.after(RETAINING, () => void again())
  }
  cancel = clock.after(RETAINING, () => void again())
  return () => {
    ended = true
    cancel()
  }
}

/** Forgets outputs that were configured once: nothing is to be kept for them. Once all else is open: a start that fails forgets nothing. */
export async function forgetStrangers(queue: Queue, config: ServeConfig, log: Log): Promise<void> {
  // Who shares the queue may have outputs that this one doesn't know.
  if (isShared(config)) return
  const known = new Set(config.outputs.map(({ name }) => consumerName(name)))
  if (config.store !== undefined) known.add(storeConsumer(config))
  if (config.seal !== undefined) known.add(sealConsumer(config.queue))
  for (const { name, depth } of queue.status().consumers) {
    if (known.has(name)) continue
    await queue.forget(name)
    log(depth > 0 ? 'warn' : 'info', 'no longer configured: what waited for it is forgotten', {
      consumer: name,
      depth,
    })
  }
}
