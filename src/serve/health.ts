// How the parts of the server fare, as one answer: whether posts are taken, and what is the matter with what.
// Asks the parts when it is asked; keeps only what they can't tell later. Used by every listener.
import { messageOf } from '../error.ts'
import type { Clock } from './clock.ts'
import type { HealthAnswer } from './inputs/listener.ts'
import type { OutputState } from './pipeline/output-state.ts'
import type { Queue, Receipt } from './queue/queue.ts'

/** Milliseconds for which a write that failed counts: were it for good, nobody who asks first would ever post again. */
const REMEMBERED = 15_000

interface Fault {
  readonly code: string
  readonly message: string
  /** Steady milliseconds. */
  readonly at: number
}

/** See the file. */
export class Health {
  readonly #clock: Clock
  readonly #queue: Queue
  readonly #outputs: () => readonly OutputState[]
  #ready = false
  #queueFault: Fault | undefined
  #storeFault: string | undefined
  #configFault: string | undefined
  /** Absent where nothing is sealed: that must not look well. */
  #seal: { readonly fault: string | undefined } | undefined

  constructor(queue: Queue, outputs: () => readonly OutputState[], clock: Clock) {
    this.#queue = queue
    this.#outputs = outputs
    this.#clock = clock
  }

  /** Whether posts are taken: false while starting and stopping. */
  get ready(): boolean {
    return this.#ready
  }

  set ready(ready: boolean) {
    this.#ready = ready
  }

  /** What is wrong with the store, if anything. */
  set storeFault(message: string | undefined) {
    this.#storeFault = message
  }

  /** Why the configuration that lies there is not the one that runs. */
  set configFault(message: string | undefined) {
    this.#configFault = message
  }

  /** Why what is received can't be sealed at present, if it can't. */
  set sealFault(message: string | undefined) {
    this.#seal = { fault: message }
  }

  /** `accept` of the queue, watched. */
  async accept(...posted: Parameters<Queue['accept']>): Promise<readonly Receipt[]> {
    try {
      const receipts = await this.#queue.accept(...posted)
      this.#queueFault = undefined
      return receipts
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'ERR_INTERNAL'
      const message = messageOf(thrown)
      this.#queueFault = { code, message, at: this.#clock.steady() }
      throw thrown
    }
  }

  /** The answer of `/healthz`. */
  answer(): HealthAnswer {
    const queue = this.#queuePart()
    const outputs = Object.fromEntries(this.#outputs().map(state => [state.name, state.summary]))
    const accepting = this.#ready && queue.status === 'ok'
    const troubled =
      this.#storeFault !== undefined ||
      this.#configFault !== undefined ||
      this.#seal?.fault !== undefined ||
      this.#outputs().some(({ failing }) => failing)
    return {
      accepting,
      body: {
        status: accepting ? (troubled ? 'degraded' : 'ok') : 'failing',
        queue,
        store: part(this.#storeFault),
        outputs,
        ...(this.#seal === undefined ? {} : { seal: part(this.#seal.fault) }),
        config: part(this.#configFault),
      },
    }
  }

  #queuePart(): Readonly<Record<string, unknown>> {
    const { bytes, limit, consumers } = this.#queue.status()
    const facts = { bytes, limit, consumers }
    if (bytes >= limit) return { status: 'failing', message: 'the queue is full', ...facts }
    const fault = this.#queueFault
    const recent = fault !== undefined && this.#clock.steady() - fault.at < REMEMBERED
    // A body may be too large for the room that is left while others are not.
    if (!recent || fault.code === 'ERR_QUEUE_FULL') return { status: 'ok', ...facts }
    return { status: 'failing', message: fault.message, ...facts }
  }
}

function part(fault: string | undefined): Readonly<Record<string, unknown>> {
  return fault === undefined ? { status: 'ok' } : { status: 'failing', message: fault }
}
