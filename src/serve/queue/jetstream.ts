// The queue shared by several machines: alerts in a stream of NATS JetStream, a durable pull consumer for each reader, shared by all
// workers that use its name. Keeps nothing itself. Used by the server for `nats://…`; see `docs/serve-queue.md` for what workers share.
//
// Retention is *interest*: a message goes when every consumer has acknowledged it, which is what the queue promises. *Limits* would keep
// alerts until the stream is full of settled ones, *work queue* allows one consumer only. The stream discards *new* messages, so that a
// full queue refuses instead of forgetting.
//
// Alerts of one body share messages of up to 256 KiB, because one message an alert is too slow: with three consumers, 2 cores for client
// and server, it reached 7,500 alerts a second, and packs of 100 alerts 64,600. Bodies whose alerts bring their own uuids are never
// mixed, so that one sent again makes the same packs and is recognised by their digest for two minutes; small ones without are.
import type { Consumer, ConsumerInfo, JetStreamManager } from '@nats-io/jetstream'
import { LannerError, usageError } from '../../error.ts'
import { type Native, openNative } from '../../native/native.ts'
import { type CutAlerts, packsOf } from './alert-pack.ts'
import { durableName } from './consumer-name.ts'
import { JetStreamConsumer } from './jetstream-consumer.ts'
import { offline, setupFault } from './jetstream-fault.ts'
import { type Publication, Publisher } from './jetstream-publisher.ts'
import { StatusBoard } from './jetstream-status.ts'
import { ensureStream, type StreamWish, subjectOf } from './jetstream-stream.ts'
import { type LinkOptions, NatsLink } from './nats-link.ts'
import type { Posted, Queue, QueueConsumer, QueueStatus, Receipt } from './queue.ts'
import { isShareable, SmallBodies } from './small-bodies.ts'

/** Where the queue is and how it is used. */
export interface JetStreamOptions extends LinkOptions {
  /** Of the stream, and the beginning of its subject; `lanner` unless given. */
  readonly name?: string
  readonly replicas?: number
  /** Bytes that the stream may hold; 10 GiB in a new one. */
  readonly limit?: number
  /** Milliseconds after which what a worker took goes to another, unless the worker shows that it lives; 30,000 unless given. */
  readonly ackWait?: number
  /** Milliseconds that accepting may take, with a lost connection made up for; 5,000 unless given. */
  readonly patience?: number
  /** Bytes of one alert; 1 MiB, or what the server takes in one message, unless given. */
  readonly alert?: number
}

const DEFAULT_NAME = 'lanner'
const ACK_WAIT = 30_000
const PATIENCE = 5000
const MOST_ALERT = 1 << 20
/** Bytes of a message beside its alerts: the headers of an alert that has a message to itself, generously. */
const OVERHEAD = 4096
/** In a millisecond. */
const NANOSECONDS = 1e6

/** Of every consumer. Beyond 200,000 messages under way to its workers together, JetStream waits for acknowledgements. */
const CONSUMER_SETTINGS = {
  ack_policy: 'explicit',
  deliver_policy: 'new',
  max_ack_pending: 200_000,
  max_deliver: -1,
} as const

/** Connects, makes or checks the stream. Throws `ERR_QUEUE_*` naming what is wrong. */
export async function openJetStreamQueue(options: JetStreamOptions): Promise<JetStreamQueue> {
  const name = options.name ?? DEFAULT_NAME
  if (!/^[\w-]+$/.test(name)) {
    throw usageError('ERR_QUEUE_NAME', `\`${name}\` can't name a queue`, 'use letters, digits, `-` and `_`')
  }
  const link = await NatsLink.open(options)
  try {
    return await JetStreamQueue.over(link, { ...options, name })
  } catch (cause) {
    await link.close()
    throw cause
  }
}

/** See the file. */
export class JetStreamQueue implements Queue {
  readonly #link: NatsLink
  readonly #options: JetStreamOptions & StreamWish
  readonly #manager: JetStreamManager
  readonly #native: Native
  readonly #publisher: Publisher
  readonly #board: StatusBoard
  readonly #small: SmallBodies
  readonly #consumers = new Map<string, JetStreamConsumer>()
  #isClosed = false

  private constructor(
    link: NatsLink,
    options: JetStreamOptions & StreamWish,
    manager: JetStreamManager,
    parts: { readonly native: Native; readonly publisher: Publisher; readonly board: StatusBoard },
  ) {
    this.#link = link
    this.#options = options
    this.#manager = manager
    this.#native = parts.native
    this.#publisher = parts.publisher
    this.#board = parts.board
    this.#small = new SmallBodies(publications => this.#publish(publications))
  }

  static async over(link: NatsLink, options: JetStreamOptions & StreamWish): Promise<JetStreamQueue> {
    const { jetstreamManager } = (await import('@nats-io/jetstream')).default
    const { headers } = (await import('@nats-io/transport-node')).default
    const manager = await jetstreamManager(link.connection, { checkAPI: false })
    const stream = await ensureStream(manager, link.server, options)
    const publisher = new Publisher({
      link,
      client: manager.jetstream(),
      subject: subjectOf(options.name),
      headers,
      patience: options.patience ?? PATIENCE,
    })
    const redelivered = (name: string): number => queue.#consumers.get(name)?.redelivered ?? 0
    const board = new StatusBoard({ manager, stream, isUp: () => link.isUp, redelivered })
    const queue: JetStreamQueue = new JetStreamQueue(link, options, manager, {
      native: await openNative(),
      publisher,
      board,
    })
    await board.look()
    return queue
  }

  /**
   * See `Queue`. On `ERR_QUEUE_OFFLINE`, and on `ERR_QUEUE_FULL` for a body of several messages, a part may have been kept: then a
   * sender that tries again brings these alerts twice, unless they have uuids of their own.
   */
  async accept(posted: readonly Posted[]): Promise<readonly Receipt[]> {
    if (this.#isClosed || !this.#link.isUp) throw offline(this.#link.server)
    const room = (this.#link.connection.info?.max_payload ?? Number.POSITIVE_INFINITY) - OVERHEAD
    const most = Math.min(this.#options.alert ?? MOST_ALERT, room)
    const bodies = await Promise.all(
      posted.map(async ({ body, input }) => {
        const { receipt, ...alerts } = await this.#native.checkAlerts(body, most)
        return { alerts, receipt, input }
      }),
    )
    await this.#store(bodies)
    return bodies.map(({ receipt }) => receipt)
  }

  async #store(bodies: readonly { readonly alerts: CutAlerts; readonly input: string }[]): Promise<void> {
    const small = bodies.filter(({ alerts }) => isShareable(alerts))
    const others = bodies.filter(({ alerts }) => !isShareable(alerts))
    const stored = await Promise.allSettled([
      ...small.map(({ alerts, input }) => this.#small.add(alerts, input)),
      this.#publish(others.flatMap(({ alerts, input }) => packsOf(alerts).map(pack => ({ pack, input })))),
    ])
    const failed = stored.find(result => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async #publish(publications: readonly Publication[]): Promise<void> {
    await this.#publisher.publish(publications)
    for (const { pack } of publications) this.#board.count(pack.count)
  }

  async consumer(name: string): Promise<QueueConsumer> {
    const known = this.#consumers.get(name)
    if (known !== undefined) return known
    const ensure = (): Promise<Consumer> => this.#ensureConsumer(name)
    const consumer = new JetStreamConsumer(
      {
        name,
        link: this.#link,
        ensure,
        ackWait: this.#options.ackWait ?? ACK_WAIT,
        notice: this.#options.notice ?? (() => undefined),
        delivered: alerts => this.#board.count(alerts),
      },
      await ensure(),
    )
    this.#consumers.set(name, consumer)
    return consumer
  }

  async #ensureConsumer(name: string): Promise<Consumer> {
    try {
      const info = await this.#consumerInfo(this.#options.name, durableName(name))
      return this.#manager.jetstream().consumers.getConsumerFromInfo(info)
    } catch (cause) {
      throw cause instanceof LannerError
        ? cause
        : setupFault(this.#link.server, `consumer \`${name}\``, cause)
    }
  }

  async #consumerInfo(stream: string, durable: string): Promise<ConsumerInfo> {
    const { consumers } = this.#manager
    const ackWait = (this.#options.ackWait ?? ACK_WAIT) * NANOSECONDS
    const found = await consumers.info(stream, durable).catch(cause => {
      if (cause instanceof Error && cause.message === 'consumer not found') return undefined
      throw cause
    })
    if (found === undefined) {
      const settings = { ...CONSUMER_SETTINGS, durable_name: durable, ack_wait: ackWait }
      return consumers.add(stream, settings)
    }
    if (found.config.ack_policy !== CONSUMER_SETTINGS.ack_policy) throw foreignConsumer(stream, durable)
    return found.config.ack_wait === ackWait
      ? found
      : consumers.update(stream, durable, { ack_wait: ackWait })
  }

  async forget(name: string): Promise<void> {
    await this.#consumers.get(name)?.close()
    this.#consumers.delete(name)
    try {
      await this.#manager.consumers.delete(this.#options.name, durableName(name))
    } catch (cause) {
      if (cause instanceof Error && cause.message === 'consumer not found') return
      throw setupFault(this.#link.server, `removal of consumer \`${name}\``, cause)
    }
  }

  /** As it was a moment ago, for all workers together; `redelivered` for this one. */
  status(): QueueStatus {
    return this.#board.status
  }

  /** Brings {@link status} up to date. */
  look(): Promise<void> {
    return this.#board.look()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.all([...this.#consumers.values()].map(consumer => consumer.close()))
    await this.#board.close()
    await this.#link.close()
  }
}

function foreignConsumer(stream: string, durable: string): LannerError {
  return new LannerError(
    'ERR_QUEUE_STREAM',
    `stream \`${stream}\` has a consumer \`${durable}\` of another kind`,
    {
      facts: { stream, consumer: durable },
      hint: 'it was made by something else: remove it, or give the queue another name',
    },
  )
}
