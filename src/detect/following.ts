// Judges files that grow, and stdin, until it is told to stop: each block of lines goes to one detection, whose alerts go on.
// Knows no rule and no output. Used by `detect --follow`.
import type { Readable } from 'node:stream'
import type { LiveDetection } from '../native/native.ts'
import { FileFollower, type FollowNote } from './file-follower.ts'
import { LineSplitter } from './line-splitter.ts'

/** What is followed, and who hears of it. */
export interface Following {
  /** Paths; `-` is `stdin`. */
  readonly inputs: readonly string[]
  readonly stdin: Readable
  /** Takes alerts; `false` once nobody reads them any more. */
  readonly write: (alerts: Buffer) => Promise<boolean>
  readonly note: (input: string, note: FollowNote) => void
}

/** Follows everything until `stopped` or until nobody reads. Rejects when an input can't be opened. */
export async function follow(
  detection: LiveDetection,
  { inputs, stdin, write, note }: Following,
  stopped: AbortSignal,
): Promise<void> {
  const ended = new AbortController()
  const judge = inTurn(async (input: number, lines: Buffer) => {
    const alerts = await detection.feed(input, lines)
    if (alerts.length > 0 && !(await write(alerts))) ended.abort()
  })
  const stop = AbortSignal.any([stopped, ended.signal])
  try {
    await Promise.all(
      inputs.map((input, number) => feed(input, { stdin, note }, stop, lines => judge(number, lines))),
    )
  } finally {
    // One input failing ends the others.
    ended.abort()
  }
}

async function feed(
  input: string,
  { stdin, note }: Pick<Following, 'stdin' | 'note'>,
  stop: AbortSignal,
  judge: (lines: Buffer) => Promise<void>,
): Promise<void> {
  if (input === '-') {
    for await (const lines of linesOf(stdin, stop)) await judge(lines)
    return
  }
  const follower = new FileFollower(input, what => note(input, what))
  const onStop = (): void => follower.stop()
  stop.addEventListener('abort', onStop, { once: true })
  if (stop.aborted) follower.stop()
  for await (const lines of follower.lines()) await judge(lines)
  stop.removeEventListener('abort', onStop)
}

async function* linesOf(stream: Readable, stop: AbortSignal): AsyncGenerator<Buffer> {
  const lines = new LineSplitter()
  const onStop = (): void => void stream.destroy()
  stop.addEventListener('abort', onStop, { once: true })
  try {
    for await (const piece of stream) yield* lines.push(piece as Buffer)
  } catch (thrown) {
    if (!stop.aborted) throw thrown
  }
  yield* lines.end()
}

/** Calls one after another, so that alerts stay in the order in which lines came. */
function inTurn<Words extends readonly unknown[]>(
  run: (...words: Words) => Promise<void>,
): (...words: Words) => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  return (...words) => {
    last = last.then(() => run(...words))
    return last
  }
}
