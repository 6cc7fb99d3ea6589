// One named reader of the stream: a durable pull consumer that all workers of its name share. Takes messages ahead, splits them into
// alerts, keeps them ours while they are worked on, acknowledges them whole. Used by `jetstream.ts`.
import type { Consumer, JsMsg } from '@nats-io/jetstream'
import { placeOf } from './alert-pack.ts'
import { BatchBuilder } from './batch-builder.ts'
import { type DeliveredPack, deliveredPack, replyOf } from './delivered-pack.ts'
import { HeldPack } from './held-pack.ts'
import type { NatsLink } from './nats-link.ts'
import { pause } from './pause.ts'
import type { AlertBatch, QueueConsumer, TakeLimit } from './queue.ts'

/** What a consumer works with. */
export interface ConsumerParts {
  readonly name: string
  readonly link: NatsLink
  /** Makes the durable consumer if it isn't there, and gives it. */
  readonly ensure: () => Promise<Consumer>
  /** Milliseconds after which JetStream gives a message to another worker unless it hears from us. */
  readonly ackWait: number
  readonly notice: (message: string) => void
  /** Told of each message how many alerts are in it. */
  readonly delivered: (alerts: number) => void
}

/** Bytes and messages that are asked for at once. */
const AHEAD_BYTES = 4 * 1024 * 1024
const MOST_AHEAD = 256
const LEAST_AHEAD = 8
/** Milliseconds that one request for messages waits, between signs of life from the server, and after a fault. */
const REQUEST = 30_000
const HEARTBEAT = 2000
const RETRY = 250
/** Milliseconds in which what was given back by a rewind mostly is here again, so that it can be put in order. */
const RETURN = 500
/** Acknowledgements that are sent once more when the connection was lost: they may not have arrived. */
const REMEMBERED = 4096

const ACKNOWLEDGED = '+ACK'
const GIVEN_BACK = '-NAK'
const STILL_WORKING = '+WPI'
const PUT_ASIDE = '+TERM'

/** See the file. */
export class JetStreamConsumer implements QueueConsumer {
  readonly name: string
  readonly #parts: ConsumerParts
  readonly #closed = new AbortController()
  /** Not yet taken to their end, oldest first. */
  #waiting: HeldPack[] = []
  /** All that JetStream gave us and that isn't settled, by sequence. */
  readonly #held = new Map<number, HeldPack>()
  /** What was settled of messages that were given back, by sequence. */
  readonly #progress = new Map<number, { readonly accepted: bigint; readonly settled: Uint8Array }>()
  /** Where settled messages were acknowledged, by sequence; the latest only. */
  readonly #settled = new Map<number, { readonly accepted: bigint; reply: string }>()
  readonly #beat: NodeJS.Timeout
  readonly #unlink: () => void
  #consumer: Consumer | undefined
  /** Given back by a rewind and not here again, by sequence. */
  readonly #returning = new Set<number>()
  #pulling: Promise<void> | undefined
  #stopPulling: () => void = () => undefined
  #arrivals = new Set<() => void>()
  #meanBytes = AHEAD_BYTES / LEAST_AHEAD
  #redelivered = 0

  constructor(parts: ConsumerParts, consumer: Consumer) {
    this.name = parts.name
    this.#parts = parts
    this.#consumer = consumer
    this.#beat = setInterval(() => this.#stillWorking(), parts.ackWait / 3).unref()
    const forgetLoss = parts.link.onLoss(() => this.#stopPulling())
    const forgetReturn = parts.link.onReturn(() => this.#returned())
    this.#unlink = () => {
      forgetLoss()
      forgetReturn()
    }
  }

  /** Alerts handed out that may have been handed out before. */
  get redelivered(): number {
    return this.#redelivered
  }

  async take(limit: TakeLimit, signal: AbortSignal): Promise<AlertBatch | undefined> {
    for (;;) {
      if (signal.aborted || this.#closed.signal.aborted) return undefined
      const batch = this.#gather(limit)
      this.#pullAhead()
      if (batch !== undefined) return batch
      await this.#arrival(signal)
    }
  }

  #gather(limit: TakeLimit): AlertBatch | undefined {
    if (this.#returning.size > 0 && this.#waiting.length < this.#ahead) return undefined
    const builder = new BatchBuilder(limit)
    while (this.#waiting[0] !== undefined && builder.fill(this.#waiting[0])) this.#waiting.shift()
    this.#redelivered += builder.redelivered
    return builder.build()
  }

  #arrival(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        this.#arrivals.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#arrivals.add(done)
      signal.addEventListener('abort', done)
    })
  }

  #wake(): void {
    for (const done of [...this.#arrivals]) done()
  }

  settle(positions: BigUint64Array): void {
    for (const position of positions) {
      const { sequence, index } = placeOf(position)
      const pack = this.#held.get(sequence)
      if (pack === undefined) continue
      pack.settle(index)
      if (pack.isSettled) this.#acknowledge(pack)
    }
  }

  #acknowledge(pack: HeldPack): void {
    this.#held.delete(pack.sequence)
    this.#progress.delete(pack.sequence)
    this.#settled.set(pack.sequence, pack)
    this.#answer(pack.reply, ACKNOWLEDGED)
    const [oldest] = this.#settled.keys()
    if (this.#settled.size > REMEMBERED && oldest !== undefined) this.#settled.delete(oldest)
  }

  #returned(): void {
    for (const { reply } of this.#settled.values()) this.#answer(reply, ACKNOWLEDGED)
    this.#stillWorking()
  }

  rewind(): void {
    const held = [...this.#held.values()].sort((a, b) => a.sequence - b.sequence)
    this.#held.clear()
    this.#waiting = []
    for (const pack of held) {
      const { sequence, accepted, progress } = pack
      if (progress !== undefined) this.#progress.set(sequence, { accepted, settled: progress })
      this.#answer(pack.reply, GIVEN_BACK)
      this.#returning.add(sequence)
    }
    // Another worker may get some of them.
    setTimeout(() => this.#expectNone(), RETURN).unref()
  }

  #expectNone(): void {
    this.#returning.clear()
    this.#wake()
  }

  /** Lost while the connection is down; then JetStream gives the message out again by itself. */
  #answer(reply: string, answer: string): void {
    if (this.#parts.link.isUp) this.#parts.link.connection.publish(reply, answer)
  }

  #stillWorking(): void {
    for (const { reply } of this.#held.values()) this.#answer(reply, STILL_WORKING)
  }

  /** Asks for more when little is left; only while somebody takes, so that a worker that is stuck hoards nothing. */
  #pullAhead(): void {
    if (this.#pulling !== undefined || this.#waiting.length > this.#ahead / 2) return
    this.#pulling = this.#pull()
      .catch(async () => {
        await this.#parts.link.whenUp(this.#closed.signal)
        await pause(RETRY, this.#closed.signal)
        // Somebody may have removed the consumer, or the stream.
        this.#consumer = undefined
      })
      .finally(() => {
        this.#pulling = undefined
        // Whoever waits asks again.
        this.#wake()
      })
  }

  get #ahead(): number {
    return Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, Math.round(AHEAD_BYTES / this.#meanBytes)))
  }

  async #pull(): Promise<void> {
    await this.#parts.link.whenUp(this.#closed.signal)
    this.#consumer ??= await this.#parts.ensure()
    // Nothing is asked for once we gave back what we had: it would come straight back to us.
    if (this.#closed.signal.aborted) return
    const messages = await this.#consumer.fetch({
      max_messages: this.#ahead,
      expires: REQUEST,
      idle_heartbeat: HEARTBEAT,
    })
    this.#stopPulling = () => void messages.close()
    if (this.#closed.signal.aborted) this.#stopPulling()
    else for await (const message of messages) this.#arrived(message)
  }

  #arrived(message: JsMsg): void {
    const delivered = this.#read(message)
    if (delivered === undefined) return
    const { sequence, reply } = delivered
    const known = same(this.#held.get(sequence), delivered) ?? same(this.#settled.get(sequence), delivered)
    if (this.#closed.signal.aborted) {
      this.#answer(reply, GIVEN_BACK)
    } else if (known === undefined) {
      this.#hold(new HeldPack(delivered, same(this.#progress.get(sequence), delivered)?.settled))
    } else {
      // Our sign of life, or our acknowledgement, came late.
      known.reply = reply
      if (!this.#held.has(sequence)) this.#answer(reply, ACKNOWLEDGED)
    }
  }

  #hold(pack: HeldPack): void {
    this.#progress.delete(pack.sequence)
    this.#returning.delete(pack.sequence)
    this.#held.set(pack.sequence, pack)
    const after = this.#waiting.findIndex(({ sequence }) => sequence > pack.sequence)
    this.#waiting.splice(after === -1 ? this.#waiting.length : after, 0, pack)
    this.#wake()
  }

  #read(message: JsMsg): DeliveredPack | undefined {
    const { data, seq } = message
    this.#meanBytes += (data.length + 1 - this.#meanBytes) / 16
    const delivered = deliveredPack(message)
    if (delivered === undefined) {
      this.#answer(replyOf(message), PUT_ASIDE)
      this.#parts.notice(`message ${seq} of the queue holds no alerts of lanner and was put aside`)
      return undefined
    }
    this.#parts.delivered(delivered.alerts.count)
    return delivered
  }

  /** Gives back what isn't settled, so that other workers need not wait until we are missed. */
  async close(): Promise<void> {
    this.#closed.abort()
    clearInterval(this.#beat)
    this.#unlink()
    this.#stopPulling()
    this.rewind()
    this.#wake()
    await this.#pulling
  }
}

/** The message of that sequence, unless the stream was made anew and counts from the beginning. */
function same<Known extends { readonly accepted: bigint }>(
  known: Known | undefined,
  { accepted }: DeliveredPack,
): Known | undefined {
  return known?.accepted === accepted ? known : undefined
}
