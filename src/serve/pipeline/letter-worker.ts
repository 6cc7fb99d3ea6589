// Tries dead letters of one output again that somebody asked for: looks now and then, as another process does the asking.
// What is delivered is dropped; what is given up again stays, with the new reason. Made beside the output's worker.
import { AcceptedAlert } from '../alert.ts'
import { type Clock, pause } from '../clock.ts'
import type { DeadLetters } from '../queue/dead-letters.ts'
import type { Delivery } from './delivery.ts'

/** What it is made of. */
export interface LetterParts {
  /** Of the output. */
  readonly name: string
  readonly letters: Pick<DeadLetters, 'due' | 'drop'>
  readonly delivery: Delivery
  readonly clock: Clock
  readonly troubled: (thrown: unknown) => void
}

/** Milliseconds between two looks. */
const LOOK = 2000
const TOGETHER = 100

/** See the file. */
export class LetterWorker {
  readonly #parts: LetterParts
  readonly #stop = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  constructor(parts: LetterParts) {
    this.#parts = parts
  }

  start(): void {
    this.#ended = this.#run()
  }

  /** Ends; a letter under way stays due. */
  stop(): Promise<void> {
    this.#stop.abort()
    return this.#ended
  }

  async #run(): Promise<void> {
    const { clock, troubled } = this.#parts
    while (!this.#stop.signal.aborted) {
      try {
        if (await this.#round()) continue
      } catch (thrown) {
        troubled(thrown)
      }
      await pause(clock, LOOK, this.#stop.signal)
    }
  }

  /** Whether there was something to do. */
  async #round(): Promise<boolean> {
    const { name, letters, delivery } = this.#parts
    const due = await letters.due(name, TOGETHER)
    if (due.length === 0) return false
    const shipments = due.map(({ alert }) => ({
      alert: new AcceptedAlert(alert.id, alert.line),
      accepted: undefined,
    }))
    if (!(await delivery.deliver(shipments, this.#stop.signal))) return true
    // What was buried again meanwhile is not due any more.
    const tried = new Set(due.map(({ id }) => id))
    const delivered = (await letters.due(name, TOGETHER)).map(({ id }) => id).filter(id => tried.has(id))
    await letters.drop({ ids: delivered })
    return true
  }
}
