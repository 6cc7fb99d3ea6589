// A file that grows as an input: its lines go where posts go, at the pace at which they become durable.
// A file that is not there yet is waited for; a queue that is full is waited for too. Opened by the server, one for each file.

import { FileFollower } from '../../detect/file-follower.ts'
import { messageOf } from '../../error.ts'
import { type Clock, pause } from '../clock.ts'
import type { FollowedFile } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'
import { backoff } from '../pipeline/backoff.ts'
import type { Receipt } from '../queue/queue.ts'
import type { FollowedPlaces } from './followed-places.ts'
import type { Take } from './takers.ts'

/** What it is made of. */
export interface FollowingParts {
  readonly followed: FollowedFile
  readonly take: Take
  readonly places: FollowedPlaces
  readonly clock: Clock
  readonly random: () => number
  readonly metrics: Pick<ServerMetrics, 'inputs'>
  readonly log: Log
}

/** Milliseconds. */
const MISSING = 1000
const RETRY = { first: 200, most: 10_000 }

/** Follows the file until `stop` aborts; resolves once the last line taken is durable or was given back. */
export async function followFile(parts: FollowingParts, stop: AbortSignal): Promise<void> {
  const { followed, clock, log } = parts
  const { file, source } = followed
  log('info', 'following', { file, source })
  let waiting = false
  // It may have to be waited for again and again: the log is told when that begins, and when it is over.
  const well = (): void => {
    if (waiting) log('info', 'following again', { file, source })
    waiting = false
  }
  while (!stop.aborted) {
    try {
      await read(parts, stop, well)
    } catch (thrown) {
      if (!waiting) log('warn', `can't follow, waiting: ${messageOf(thrown)}`, { file })
      waiting = true
      await pause(clock, MISSING, stop)
    }
  }
}

async function read(parts: FollowingParts, stop: AbortSignal, well: () => void): Promise<void> {
  const { followed, places, log } = parts
  const { file } = followed
  const follower = new FileFollower(file, note => log('info', `file was ${note}`, { file }), places.of(file))
  const onStop = (): void => follower.stop()
  stop.addEventListener('abort', onStop, { once: true })
  try {
    for await (const lines of follower.lines()) {
      well()
      // What the file ends with may be half a line, which is for the next start to read.
      if (stop.aborted) return
      const receipt = await taken(parts, lines, stop)
      if (receipt === undefined) return
      tell(parts, receipt)
      if (follower.place !== undefined) await places.keep(file, follower.place)
    }
  } finally {
    stop.removeEventListener('abort', onStop)
  }
}

/** Tries until it is taken; `undefined` when told to stop before. */
async function taken(
  { take, clock, random, log, followed }: FollowingParts,
  lines: Buffer,
  stop: AbortSignal,
) {
  for (let failed = 1; ; failed += 1) {
    try {
      return await take(lines)
    } catch (thrown) {
      if (failed === 1)
        log('warn', `not accepted, trying again: ${messageOf(thrown)}`, { file: followed.file })
      await pause(clock, backoff(RETRY, failed, random), stop)
      if (stop.aborted) return undefined
    }
  }
}

function tell(
  { metrics, followed, log }: FollowingParts,
  { accepted, refused, refusedCount }: Receipt,
): void {
  if (accepted > 0) metrics.inputs.add(['follow', 'accepted'], accepted)
  if (refusedCount === 0) return
  metrics.inputs.add(['follow', 'rejected'], refusedCount)
  const [first] = refused
  log('warn', 'lines refused', {
    file: followed.file,
    count: refusedCount,
    code: first?.code,
    first: first?.reason,
  })
}
