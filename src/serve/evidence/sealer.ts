// The consumer that turns what is received into evidence: collects a window, seals it behind the one before, then settles.
// What a crash leaves half done is collected again; nothing is sealed twice, and the chain goes on from what is on disk.
// Judges no alert. Made by the server.
import { type Clock, pause } from '../clock.ts'
import type { AlertBatch, QueueConsumer } from '../queue/queue.ts'
import { findHead, HeldAlerts } from './chain-head.ts'
import { OpenWindow } from './open-window.ts'
import type { WindowRetention } from './retention.ts'
import { type Sealing, sealWindow } from './window-envelope.ts'
import { windowFiles } from './window-files.ts'
import type { WindowLink } from './window-schema.ts'

/** A window that was just sealed; its digest is the head of the chain until the next. */
export interface SealedWindow extends WindowLink {
  readonly alerts: number
  readonly bytes: number
}

/** What it is made of. */
export interface SealerParts extends Sealing {
  readonly consumer: QueueConsumer
  readonly directory: string
  /** Milliseconds after which a window ends, also one without alerts: quiet is evidence too. */
  readonly every: number
  /** Alerts with which it ends before that. */
  readonly alerts: number
  readonly clock: Clock
  /** Alerts in the queue that are not settled. */
  readonly depth: () => number
  /** Removes what need not be kept any longer; absent where everything is kept. */
  readonly retention?: WindowRetention
  readonly sealed: (window: SealedWindow) => void
  /** Hears what went wrong; it is tried again until it succeeds. */
  readonly heard: (thrown: unknown) => void
}

/** Taken at once. */
const TAKEN = { alerts: 8000, bytes: 8 << 20 }
/** Bytes of lines with which a window ends, however few they are. */
const MOST_BYTES = 256 << 20
/** Milliseconds before the second attempt, twice as long before each one after it, and at most. */
const RETRY = { first: 500, most: 60_000 }
/** Milliseconds to wait for alerts that the queue is said to have. */
const PATIENCE = 1000

/** Somebody who asked for a window to be sealed. */
interface Waiter {
  readonly done: (head: WindowLink | null) => void
  readonly failed: (reason: unknown) => void
}

/** See the file. */
export class Sealer {
  readonly #parts: SealerParts
  readonly #stop = new AbortController()
  /** Ends the waiting for alerts, if it may be ended by whoever wants a window sealed. */
  #wake: (() => void) | undefined
  #waiters: Waiter[] = []
  #draining = false
  #failed = 0
  #head: WindowLink | null = null
  #held = new HeldAlerts([])
  #window: OpenWindow | undefined
  /** When the window ends, on the steady clock. */
  #due = 0
  #ended: Promise<void> = Promise.resolve()

  constructor(parts: SealerParts) {
    this.#parts = parts
  }

  /** The last window that was sealed. */
  get head(): WindowLink | null {
    return this.#head
  }

  start(): void {
    this.#ended = this.#run()
  }

  /** Seals what the queue has now without waiting for the window to end; resolves with the head. Rejects when that fails. */
  flush(): Promise<WindowLink | null> {
    return new Promise((done, failed) => {
      if (this.#stop.signal.aborted) return done(this.#head)
      this.#waiters.push({ done, failed })
      this.#wake?.()
    })
  }

  /** Seals what is in the queue now, then ends. */
  drain(): Promise<void> {
    this.#draining = true
    this.#wake?.()
    return this.#ended
  }

  /** Ends at once; what is not sealed will be handed out again. */
  stop(): Promise<void> {
    this.#stop.abort()
    return this.#ended
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#begin()
        while (await this.#collect());
        break
      } catch (thrown) {
        await this.#recover(thrown)
      }
    }
    await this.#window?.discard()
    for (const { done } of this.#waiters.splice(0)) done(this.#head)
  }

  async #begin(): Promise<void> {
    const { link, held } = await findHead(this.#parts.directory)
    this.#head = link
    this.#held = held
    // Before anything is written: on a full disk no window could be sealed first.
    await this.#prune()
    await this.#open()
  }

  async #open(): Promise<void> {
    const { directory, clock, every } = this.#parts
    const files = windowFiles(directory, (this.#head?.number ?? 0) + 1)
    this.#window = await OpenWindow.open(files, clock.wall())
    this.#due = clock.steady() + every
  }

  /** One step: takes what there is, seals what is due. False at the end. */
  async #collect(): Promise<boolean> {
    const waiters = this.#waiters.length
    if (this.#draining || waiters > 0) {
      await this.#takeAll()
      if (this.#stop.signal.aborted) return false
      if (this.#collected.alerts > 0) await this.#seal()
      // Who came meanwhile waits for the next time: the queue may have had more by then.
      for (const { done } of this.#waiters.splice(0, waiters)) done(this.#head)
      return !this.#draining
    }
    const { batch, ended } = await this.#take(this.#due - this.#parts.clock.steady(), true)
    if (batch !== undefined) await this.#add(batch)
    if (this.#isFull()) await this.#seal()
    return !ended && !this.#stop.signal.aborted
  }

  /** Takes as much as the queue had when this began; more may come meanwhile. */
  async #takeAll(): Promise<void> {
    let left = this.#parts.depth() - this.#collected.alerts
    while (left > 0 && !this.#stop.signal.aborted) {
      const { batch } = await this.#take(PATIENCE, false)
      if (batch === undefined) return
      left -= batch.count
      await this.#add(batch)
      if (this.#isFull()) await this.#seal()
    }
  }

  /** Waits for alerts so many milliseconds, or until we are stopped, or woken if that may be; `ended` when the queue has closed. */
  async #take(
    wait: number,
    wakeable: boolean,
  ): Promise<{ readonly batch: AlertBatch | undefined; readonly ended: boolean }> {
    const { consumer, clock, alerts } = this.#parts
    const waiting = new AbortController()
    const wake = (): void => waiting.abort()
    const cancel = clock.after(wait, wake)
    this.#stop.signal.addEventListener('abort', wake, { once: true })
    if (wakeable) this.#wake = wake
    try {
      const room = Math.max(1, Math.min(TAKEN.alerts, alerts - this.#collected.alerts))
      const batch = await consumer.take({ alerts: room, bytes: TAKEN.bytes, raw: true }, waiting.signal)
      return { batch, ended: batch === undefined && !waiting.signal.aborted }
    } finally {
      cancel()
      this.#stop.signal.removeEventListener('abort', wake)
      this.#wake = undefined
    }
  }

  async #add(batch: AlertBatch): Promise<void> {
    const { held, fresh } = this.#held.sift(batch)
    if (held.length > 0) this.#parts.consumer.settle(held)
    if (fresh !== undefined) await this.#window?.append(fresh)
  }

  get #collected(): OpenWindow['collected'] {
    return this.#window?.collected ?? { alerts: 0, bytes: 0, from: undefined, to: undefined }
  }

  #isFull(): boolean {
    const { alerts, bytes } = this.#collected
    return alerts >= this.#parts.alerts || bytes >= MOST_BYTES || this.#parts.clock.steady() >= this.#due
  }

  async #seal(): Promise<void> {
    const window = this.#window
    if (window === undefined) return
    const { consumer, clock, sealed } = this.#parts
    this.#head = await sealWindow(this.#parts, window, this.#head, clock.wall())
    this.#window = undefined
    for (const positions of window.positions) consumer.settle(positions)
    this.#failed = 0
    // What was sealed before comes before what this window holds: nothing of it will be handed out again.
    this.#held = new HeldAlerts([])
    sealed({ ...this.#head, alerts: window.collected.alerts, bytes: window.collected.bytes })
    await this.#prune()
    await this.#open()
  }

  /** What can't be removed must not keep anything from being sealed. */
  async #prune(): Promise<void> {
    if (this.#head === null) return
    await this.#parts.retention?.apply(this.#head.number).catch(this.#parts.heard)
  }

  async #recover(thrown: unknown): Promise<void> {
    const { consumer, clock, heard } = this.#parts
    this.#failed += 1
    heard(thrown)
    for (const { failed } of this.#waiters.splice(0)) failed(thrown)
    await this.#window?.discard()
    this.#window = undefined
    consumer.rewind()
    const wait = Math.min(RETRY.most, RETRY.first * 2 ** (this.#failed - 1))
    await pause(clock, wait, this.#stop.signal)
  }
}
