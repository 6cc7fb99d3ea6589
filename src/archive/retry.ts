// Tries again what may go better the next time: lost connections and faults of the server, after growing pauses, a few times.
// Knows no wire. The clock is given, so that tests don't wait.
import { setTimeout } from 'node:timers/promises'
import { LannerError } from '../error.ts'

/** How time passes. */
export interface Clock {
  sleep(milliseconds: number): Promise<void>
}

/** Real time. */
export const SYSTEM_CLOCK: Clock = {
  sleep: async milliseconds => {
    await setTimeout(milliseconds)
  },
}

const FIRST_PAUSE = 500

/** Runs `attempt` at most `attempts` times; pauses 0.5 s, 1 s, 2 s … between. Throws what the last attempt threw. */
export async function withRetry<Result>(
  clock: Clock,
  attempts: number,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt()
    } catch (thrown) {
      if (tried >= attempts || !isTransient(thrown)) throw thrown
      await clock.sleep(FIRST_PAUSE * 2 ** (tried - 1))
    }
  }
}

/** 5xx, 429 and whatever cut a connection; nothing that the same request would meet again for sure. */
export function isTransient(thrown: unknown): boolean {
  if (!(thrown instanceof LannerError)) return false
  if (thrown.code === 'ERR_ARCHIVE_CONNECTION' || thrown.code === 'ERR_ARCHIVE_TIMEOUT') return true
  const { status } = thrown.facts
  return (
    thrown.code === 'ERR_ARCHIVE_STATUS' && typeof status === 'number' && (status >= 500 || status === 429)
  )
}
