// All outputs of a configuration with their workers: opened together or not at all, exchanged for those of another configuration,
// drained at the end. Knows no kind of output. Used by the server.

import { hostname } from 'node:os'
import { LannerError, messageOf } from '../../error.ts'
import type { AlertEnrichment, Native } from '../../native/native.ts'
import type { Clock } from '../clock.ts'
import type { OutputConfig, RouteConfig, ServeConfig } from '../config/config.ts'
import type { Log } from '../log.ts'
import { Gauge } from '../metrics/family.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'
import type { CommonOptions } from '../outputs/common-options.ts'
import type { Output } from '../outputs/output.ts'
import { openOutput } from '../outputs/registry.ts'
import type { DeadLetters } from '../queue/dead-letters.ts'
import type { Queue } from '../queue/queue.ts'
import { Folding } from '../routing/folding.ts'
import { OutputRouter } from '../routing/router.ts'
import { Delivery } from './delivery.ts'
import { enriched } from './enriched-consumer.ts'
import { LetterWorker } from './letter-worker.ts'
import { OutputState } from './output-state.ts'
import { OutputWorker } from './output-worker.ts'
import { RoutedSorting } from './routed-sorting.ts'

/** What outputs need of the server. */
export interface OutputSetParts {
  readonly native: Native
  readonly queue: Queue
  /** Whether other workers take from the queue too: then they deliver what this one leaves, and forget nothing for it. */
  readonly shared: boolean
  readonly clock: Clock
  readonly random: () => number
  readonly metrics: ServerMetrics
  readonly log: Log
  /** Hears of the lines of every batch of the first output, where no store tells of them. */
  readonly taken?: (lines: Buffer) => void
  readonly letters: DeadLetters
  /** What is added to alerts, at this moment. */
  readonly enrichment: () => AlertEnrichment | undefined
}

/** One output that is open. */
interface OpenOutput {
  readonly name: string
  readonly config: OutputConfig
  readonly options: CommonOptions
  readonly output: Output
  readonly state: OutputState
}

interface Working extends OpenOutput {
  readonly worker: OutputWorker
  readonly letterWorker: LetterWorker
  readonly folding: Folding
}

/** Milliseconds; see `WorkerParts.gather`. */
const GATHER = 10

/** The consumer of an output in the queue. */
export function consumerName(output: string): string {
  return `output:${output}`
}

/** See the file. */
export class OutputSet {
  readonly #parts: OutputSetParts
  #working: readonly Working[] = []

  constructor(parts: OutputSetParts) {
    this.#parts = parts
    parts.metrics.add(
      new Gauge(
        'lanner_output_folded',
        'Alerts told of in summaries, by output and route.',
        ['output', 'route'],
        () =>
          this.#working.flatMap(({ name, folding }) =>
            folding.counts().map(({ route, folded }) => [[name, route], folded] as const),
          ),
      ),
    )
  }

  /** How the outputs fare. */
  get states(): readonly OutputState[] {
    return this.#working.map(({ state }) => state)
  }

  /**
   * Opens the outputs of a configuration. Throws what the first that can't be opened throws, with the others closed again; until
   * what it gives is called nothing has changed.
   */
  async prepare(config: ServeConfig): Promise<() => Promise<void>> {
    const opened: OpenOutput[] = []
    try {
      for (const each of config.outputs) opened.push(await this.#open(each, config))
    } catch (thrown) {
      await Promise.all(opened.map(({ output }) => output.close().catch(() => undefined)))
      throw thrown
    }
    return () => this.#exchange(opened, config.routes)
  }

  /** Delivers what is in the queue now. Resolves once that is done, or `stop` was called, with whether nothing failed. */
  async drain(): Promise<boolean> {
    const whole = await Promise.all(this.#working.map(({ worker }) => worker.drain()))
    return whole.every(Boolean)
  }

  /** Ends at once and closes. */
  async stop(): Promise<void> {
    const ending = this.#working
    this.#working = []
    await Promise.all(ending.flatMap(({ worker, letterWorker }) => [worker.stop(), letterWorker.stop()]))
    await Promise.all(ending.map(({ output }) => output.close().catch(() => undefined)))
  }

  /** Lets deliveries under way end. */
  async #retire(): Promise<void> {
    const ending = this.#working
    this.#working = []
    await Promise.all(
      ending.flatMap(({ worker, letterWorker, options }) => [
        worker.retire(options.timeout),
        letterWorker.stop(),
      ]),
    )
    await Promise.all(ending.map(({ output }) => output.close().catch(() => undefined)))
  }

  async #open(config: OutputConfig, { directory }: ServeConfig): Promise<OpenOutput> {
    const { clock, log, metrics } = this.#parts
    const { options } = config
    const output = await openOutput(options, {
      name: config.name,
      machine: hostname(),
      now: () => Number(clock.wall() / 1_000_000n),
      environment: process.env,
      matched: labels => metrics.matches.add(config.name, labels),
      directory,
    }).catch((thrown: unknown): never => {
      throw named(config.name, thrown)
    })
    return { name: config.name, config, options, output, state: new OutputState(config.name, clock, log) }
  }

  async #exchange(opened: readonly OpenOutput[], routes: readonly RouteConfig[]): Promise<void> {
    const { queue, log } = this.#parts
    const gone = this.#working
      .map(({ name }) => name)
      .filter(name => opened.every(other => other.name !== name))
    await this.#retire()
    for (const name of this.#parts.shared ? [] : gone) {
      const depth = depthOf(queue, consumerName(name))
      await queue.forget(consumerName(name))
      log(depth > 0 ? 'warn' : 'info', 'output is no longer configured: what waited for it is forgotten', {
        output: name,
        depth,
      })
    }
    this.#working = await Promise.all(opened.map((each, at) => this.#work(each, routes, at === 0)))
    for (const { worker, letterWorker } of this.#working) {
      worker.start()
      letterWorker.start()
    }
  }

  async #work(opened: OpenOutput, routes: readonly RouteConfig[], first: boolean): Promise<Working> {
    const { native, queue, clock, random, metrics, log, letters, taken } = this.#parts
    const { name, output, options, state } = opened
    const consumer = enriched(await queue.consumer(consumerName(name)), this.#parts.enrichment)
    // What another worker took and did not settle.
    consumer.rewind()
    const folding = new Folding(routes)
    const delivery = new Delivery({
      ...{ name, output, options, clock, random, metrics },
      bury: async burials => {
        await letters.bury(burials)
        state.buried(burials.length, burials[0]?.error ?? '')
      },
      heard: fault => state.heard(fault),
    })
    const troubled = (thrown: unknown): void => {
      const message = messageOf(thrown)
      log('error', `alerts could not be taken: ${message}`, { output: name })
    }
    const worker = new OutputWorker({
      ...{ consumer, delivery, options, clock, gather: GATHER },
      sorting: new RoutedSorting(new OutputRouter(native, routes, name), folding, clock),
      ...(first && taken !== undefined ? { taken } : {}),
      depth: () => (this.#parts.shared ? 0 : depthOf(queue, consumer.name)),
      troubled,
    })
    const letterWorker = new LetterWorker({ name, letters, delivery, clock, troubled })
    return { ...opened, worker, letterWorker, folding }
  }
}

/** Alerts that a consumer has not settled. */
export function depthOf(queue: Queue, consumer: string): number {
  return queue.status().consumers.find(({ name }) => name === consumer)?.depth ?? 0
}

/** A fault of the configuration that says which of the outputs it is about. */
function named(output: string, thrown: unknown): unknown {
  if (!(thrown instanceof LannerError) || thrown.message.includes(`\`${output}\``)) return thrown
  const { code, message, hint, exit, facts } = thrown
  return new LannerError(code, `output \`${output}\`: ${message}`, {
    ...{ exit, facts: { ...facts, output }, cause: thrown },
    ...(hint === undefined ? {} : { hint }),
  })
}
