// The queue on this machine: bodies that come while a write is under way go into the next one together, and consumers wait
// for what was accepted without asking again and again. The log itself is the addon's. Used by the server's pipeline.
import { LannerError } from '../../error.ts'
import { toLannerError } from '../../native/failure.ts'
import { type Journal, type JournalConsumer, openNative } from '../../native/native.ts'
import type { AlertBatch, Posted, Queue, QueueConsumer, QueueStatus, Receipt, TakeLimit } from './queue.ts'

/** Bytes of bodies that are written together; a larger one is written alone. */
const TOGETHER = 8 << 20
/** Milliseconds between two times that places are written down. A crash repeats what was settled since. */
const SAVING = 1000

/** Sizes of an embedded queue, in bytes. */
export interface EmbeddedQueueSettings {
  /** So many may wait for a consumer; 1 GiB unless said otherwise. */
  readonly limit?: number
  /** Of one file of the log; 64 MiB unless said otherwise. */
  readonly segment?: number
  /** Of one alert; 1 MiB unless said otherwise. */
  readonly alert?: number
}

/** A call of `accept` whose bodies are not written yet. */
interface Waiting {
  readonly posted: readonly Posted[]
  readonly bytes: number
  readonly resolve: (receipts: readonly Receipt[]) => void
  readonly reject: (reason: LannerError) => void
}

/**
 * Opens the queue kept in `folder`, which is made if need be. Rejects with `ERR_QUEUE_LOCKED` (another process has it),
 * `ERR_QUEUE_OPEN`, `ERR_QUEUE_DAMAGED` or `ERR_QUEUE_WRITE`.
 */
export async function openEmbeddedQueue(
  folder: string,
  settings: EmbeddedQueueSettings = {},
): Promise<EmbeddedQueue> {
  const native = await openNative()
  const { limit = 2 ** 30, segment = 64 << 20, alert = 1 << 20 } = settings
  return new EmbeddedQueue(await ours(native.openJournal(folder, { limit, segment })), alert)
}

/** See the file. Made by {@link openEmbeddedQueue}. */
export class EmbeddedQueue implements Queue {
  readonly #journal: Journal
  readonly #alert: number
  readonly #waiting: Waiting[] = []
  readonly #arrivals = new Arrivals()
  readonly #saving: NodeJS.Timeout
  #writing: Promise<void> | undefined
  #saved: Promise<void> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(journal: Journal, alert: number) {
    this.#journal = journal
    this.#alert = alert
    this.#saving = setInterval(() => this.#save(), SAVING)
    this.#saving.unref()
  }

  accept(posted: readonly Posted[]): Promise<readonly Receipt[]> {
    if (this.#closed !== undefined) return Promise.reject(closed())
    return new Promise((resolve, reject) => {
      const bytes = posted.reduce((sum, { body }) => sum + body.length, 0)
      this.#waiting.push({ posted, bytes, resolve, reject })
      this.#writing ??= this.#write()
    })
  }

  async consumer(name: string): Promise<QueueConsumer> {
    return new EmbeddedConsumer(name, await ours(this.#journal.consumer(name)), this.#arrivals)
  }

  async forget(name: string): Promise<void> {
    await ours(this.#journal.forget(name))
    this.#arrivals.come()
  }

  status(): QueueStatus {
    return this.#journal.status()
  }

  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    clearInterval(this.#saving)
    await this.#writing
    await this.#saved
    this.#arrivals.end()
    await ours(this.#journal.close())
  }

  /** Writes until nothing waits. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup()
      if (await this.#append(group)) continue
      // Together they were too much; what fits alone is not turned away for its neighbours.
      for (const single of group) await this.#append([single])
    }
    this.#writing = undefined
  }

  #nextGroup(): readonly Waiting[] {
    let bytes = 0
    const end = this.#waiting.findIndex((waiting, at) => {
      bytes += waiting.bytes
      return at > 0 && bytes > TOGETHER
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
  }

  /** False when several were too much for the room that is left, and none of them was answered. */
  async #append(group: readonly Waiting[]): Promise<boolean> {
    const posted = group.flatMap(waiting => waiting.posted)
    try {
      const receipts = await ours(
        this.#journal.append(
          posted.map(({ body }) => body),
          posted.map(({ input }) => input),
          this.#alert,
        ),
      )
      let at = 0
      for (const { posted: own, resolve } of group) {
        resolve(receipts.slice(at, at + own.length))
        at += own.length
      }
      if (receipts.some(({ accepted }) => accepted > 0)) this.#arrivals.come()
    } catch (thrown) {
      const error = toLannerError(thrown)
      if (error.code === 'ERR_QUEUE_FULL' && group.length > 1) return false
      for (const waiting of group) waiting.reject(error)
    }
    return true
  }

  #save(): void {
    // What can't be written down now is tried again; until then only more is repeated after a crash.
    this.#saved = this.#saved.then(() => this.#journal.save()).catch(() => undefined)
  }
}

class EmbeddedConsumer implements QueueConsumer {
  readonly name: string
  readonly #consumer: JournalConsumer
  readonly #arrivals: Arrivals

  constructor(name: string, consumer: JournalConsumer, arrivals: Arrivals) {
    this.name = name
    this.#consumer = consumer
    this.#arrivals = arrivals
  }

  async take(limit: TakeLimit, signal: AbortSignal): Promise<AlertBatch | undefined> {
    while (!(signal.aborted || this.#arrivals.ended)) {
      // Counted before the journal is asked, so that nothing comes unseen in between.
      const seen = this.#arrivals.count
      const taken = await ours(this.#consumer.take(limit.alerts, limit.bytes, limit.raw ?? false))
      if (taken !== null) return { count: taken.positions.length, ...taken }
      await this.#arrivals.after(seen, signal)
    }
    return undefined
  }

  settle(positions: BigUint64Array): void {
    this.#consumer.settle(positions)
  }

  rewind(): void {
    this.#consumer.rewind()
    this.#arrivals.come()
  }
}

/** Wakes those who wait for alerts. */
class Arrivals {
  readonly #asleep = new Set<() => void>()
  count = 0
  ended = false

  /** Resolves once there were more than `seen`, at the end, or when `signal` aborts. */
  after(seen: number, signal: AbortSignal): Promise<void> {
    if (this.count > seen || this.ended || signal.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const wake = (): void => {
        this.#asleep.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#asleep.add(wake)
      signal.addEventListener('abort', wake)
    })
  }

  come(): void {
    this.count += 1
    for (const wake of [...this.#asleep]) wake()
  }

  end(): void {
    this.ended = true
    this.come()
  }
}

function closed(): LannerError {
  return new LannerError('ERR_QUEUE_CLOSED', 'the queue is closed')
}

/** The same promise with failures of the addon as ours. */
async function ours<T>(native: Promise<T>): Promise<T> {
  try {
    return await native
  } catch (thrown) {
    throw toLannerError(thrown)
  }
}
