// Tells the log what posts are refused for, seldom however many they are: a sender that is set up wrongly may tell nobody.
// Decides nothing. Used by the listeners.
import type { Clock } from '../clock.ts'
import type { ListenerName } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { Refusal } from '../queue/queue.ts'
import type { Answer } from './answers.ts'

/** Milliseconds between two lines of one code. */
const SELDOM = 60_000

/** Answers that may tell a fault of the sender, which trying again does not mend: one of 202 may name events that were refused. */
const TELLING: ReadonlySet<number> = new Set([202, 400, 401, 413, 415])

/** See the file. */
export class RefusalLog {
  readonly #listener: ListenerName
  readonly #clock: Clock
  readonly #log: Log
  readonly #told = new Map<string, { readonly at: number; posts: number }>()

  constructor(listener: ListenerName, clock: Clock, log: Log) {
    this.#listener = listener
    this.#clock = clock
    this.#log = log
  }

  /** Notes an answer; the first refusal of a code is told, and then one a minute with how many posts there were since. */
  note({ status, body }: Answer): void {
    const [code, why] = TELLING.has(status) ? reasonOf(body) : []
    if (code === undefined) return
    const now = this.#clock.steady()
    const told = this.#told.get(code)
    const posts = (told?.posts ?? 0) + 1
    if (told !== undefined && now - told.at < SELDOM) {
      told.posts = posts
      return
    }
    this.#told.set(code, { at: now, posts: 0 })
    this.#log('warn', `refused of what was posted: ${why}`, { listener: this.#listener, status, code, posts })
  }
}

function reasonOf({ error, refused }: Answer['body']): [string, string] | [] {
  const fault = error as { readonly code: string; readonly message: string } | undefined
  if (fault !== undefined) return [fault.code, fault.message]
  const [first] = (refused ?? []) as readonly Refusal[]
  return first === undefined ? [] : [first.code, first.reason]
}
