// The time as the server sees it: the wall for what people read, a steady one for everything that waits.
// A wall clock that is stepped must neither hold anything up nor hurry it. Given to every part, so that tests need not wait.

/** See the file. */
export interface Clock {
  /** Nanoseconds since 1970, as the wall has it. */
  wall(): bigint
  /** Milliseconds since some moment; never goes back. */
  steady(): number
  /** Calls `run` once after so many milliseconds, unless the function it gives is called before. */
  after(milliseconds: number, run: () => void): () => void
}

/** Longer waits overflow Node's timers; whoever waits looks again then. */
const LONGEST = 2 ** 31 - 1

/** The clock of this machine. */
export const systemClock: Clock = {
  wall: () => BigInt(Date.now()) * 1_000_000n,
  steady: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, milliseconds), LONGEST))
    return () => clearTimeout(timer)
  },
}

/** Resolves after so many milliseconds, or at once when `signal` aborts. */
export function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(done => {
    if (signal.aborted) return done()
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      done()
    }
    const cancel = clock.after(milliseconds, end)
    signal.addEventListener('abort', end, { once: true })
  })
}
