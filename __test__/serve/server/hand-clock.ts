// A clock that goes only when a test says so: what waits for hours is tested in no time, and a wall clock can be stepped.
import type { Clock } from '../../../src/serve/clock.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** See the file. */
export class HandClock implements Clock {
  #steady = 0
  #wall = 1_780_000_000_000_000_000n
  readonly #timers = new Set<Timer>()

  wall(): bigint {
    return this.#wall
  }

  steady(): number {
    return this.#steady
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#steady + Math.max(0, milliseconds), run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Milliseconds until the next timer; `undefined` when nothing waits. */
  get next(): number | undefined {
    const times = [...this.#timers].map(({ at }) => at)
    return times.length === 0 ? undefined : Math.min(...times) - this.#steady
  }

  /** Lets both clocks go so far, timer by timer. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#steady + milliseconds
    for (;;) {
      await settled()
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#go(due.at)
      due.run()
    }
    this.#go(end)
    await settled()
  }

  /** Sets the wall clock forward or back, as an administrator does. */
  stepWall(nanoseconds: bigint): void {
    this.#wall += nanoseconds
  }

  #go(to: number): void {
    this.#wall += BigInt(Math.round((to - this.#steady) * 1e6))
    this.#steady = to
  }
}

/** Resolves once everything that can happen without time going on has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(done => setImmediate(done))
}
