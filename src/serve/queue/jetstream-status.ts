// How full the queue in JetStream is, asked every few seconds so that nobody has to wait for it. Changes nothing.
// Used by `jetstream.ts`; the depth of a consumer is messages times the mean of alerts in one, as JetStream counts messages.
import type { ConsumerInfo, JetStreamManager, StreamInfo } from '@nats-io/jetstream'
import { consumerName } from './consumer-name.ts'
import { subjectOf } from './jetstream-stream.ts'
import type { QueueStatus } from './queue.ts'

/** Milliseconds between two looks. */
const INTERVAL = 2000
/** Messages of which the mean is taken, roughly. */
const MEMORY = 1024

/** What a board needs. */
export interface BoardParts {
  readonly manager: JetStreamManager
  readonly stream: StreamInfo
  readonly isUp: () => boolean
  /** By the consumer's name. */
  readonly redelivered: (name: string) => number
}

interface ConsumerLook {
  readonly name: string
  readonly messages: number
  /** Milliseconds since 1970; `undefined` when there is none. */
  readonly oldest: number | undefined
}

/** See the file. */
export class StatusBoard {
  readonly #parts: BoardParts
  readonly #timer: NodeJS.Timeout
  #stream: StreamInfo
  #consumers: readonly ConsumerLook[] = []
  #messages = 0
  #alerts = 0
  #looking: Promise<void> | undefined

  constructor(parts: BoardParts) {
    this.#parts = parts
    this.#stream = parts.stream
    this.#timer = setInterval(() => void this.look(), INTERVAL).unref()
  }

  /** Tells that a message of so many alerts was stored or delivered. */
  count(alerts: number): void {
    this.#messages += 1
    this.#alerts += alerts
    if (this.#messages < 2 * MEMORY) return
    this.#messages /= 2
    this.#alerts /= 2
  }

  /** Looks now; while the server can't be reached what was seen last stays. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  async #look(): Promise<void> {
    if (!this.#parts.isUp()) return
    const { name } = this.#stream.config
    const stream = await this.#parts.manager.streams.info(name)
    const consumers: ConsumerLook[] = []
    for await (const info of this.#parts.manager.consumers.list(name)) {
      consumers.push(await this.#lookAt(stream, info))
    }
    this.#stream = stream
    this.#consumers = consumers
  }

  async #lookAt(stream: StreamInfo, info: ConsumerInfo): Promise<ConsumerLook> {
    const messages = info.num_pending + info.num_ack_pending
    return {
      name: consumerName(info.name) ?? info.name,
      messages,
      oldest: messages === 0 ? undefined : await this.#oldest(stream, info.ack_floor.stream_seq + 1),
    }
  }

  async #oldest(stream: StreamInfo, sequence: number): Promise<number | undefined> {
    if (sequence <= stream.state.first_seq) return Date.parse(stream.state.first_ts)
    const { name } = stream.config
    // The server knows it, the client's types don't: the first message from there on.
    const query = { seq: sequence, next_by_subj: subjectOf(name) }
    const found = await this.#parts.manager.streams.getMessage(name, query).catch(() => null)
    return found?.time.getTime()
  }

  /** What was seen last. */
  get status(): QueueStatus {
    const mean = this.#messages === 0 ? 1 : this.#alerts / this.#messages
    const now = Date.now()
    return {
      bytes: this.#stream.state.bytes,
      limit: this.#stream.config.max_bytes,
      consumers: this.#consumers.map(({ name, messages, oldest }) => ({
        name,
        depth: messages === 0 ? 0 : Math.max(messages, Math.round(messages * mean)),
        oldest: oldest === undefined ? 0 : Math.max(0, now - oldest),
        redelivered: this.#parts.redelivered(name),
      })),
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }
}
