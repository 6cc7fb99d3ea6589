// The live tail: alerts that were just stored, handed to everyone who watches, each by an own query.
// Bounded in work and memory: what a watcher can't take, or a burst brings too much of, is counted instead. Fed by the pipeline.
import { AcceptedAlert } from '../alert.ts'
import type { AlertTest } from './query-match.ts'

/** What a watcher is handed: canonical lines that match, and how many alerts were not looked at or left out. */
export type TailBatch = { readonly lines: readonly string[]; readonly skipped: number }
/** Takes a batch; false if it can't take more until {@link Watcher.resume}. */
export type TailReceiver = (batch: TailBatch) => boolean

/** Alerts looked at in one turn: what is done here is taken from accepting. Many watchers share what many cost. */
const LOOKED_AT = 400
const LOOKS = 1600
const FEWEST = 25
/** Lines that wait for one watcher. */
const WAITING = 200
/** Milliseconds of a turn. */
const TURN = 200
const LINE_END = 0x0a

/** One who watches. */
export class Watcher {
  readonly #test: AlertTest
  readonly #receive: TailReceiver
  #lines: string[] = []
  #skipped = 0
  #blocked = false

  constructor(test: AlertTest, receive: TailReceiver) {
    this.#test = test
    this.#receive = receive
  }

  offer(alert: AcceptedAlert): void {
    if (!this.#test(alert)) return
    if (this.#lines.length < WAITING) this.#lines.push(alert.line)
    else this.#skipped += 1
  }

  skip(count: number): void {
    this.#skipped += count
  }

  /** Hands over what waits. */
  flush(): void {
    if (this.#blocked || (this.#lines.length === 0 && this.#skipped === 0)) return
    const batch = { lines: this.#lines, skipped: this.#skipped }
    this.#lines = []
    this.#skipped = 0
    this.#blocked = !this.#receive(batch)
  }

  resume(): void {
    this.#blocked = false
  }
}

/** See the file. */
export class Tail {
  readonly #watchers = new Set<Watcher>()
  #budget = LOOKED_AT
  #turn: NodeJS.Timeout | undefined

  /** How many watch. */
  get watchers(): number {
    return this.#watchers.size
  }

  /** Canonical lines, each with its line end, that were just stored. Costs nothing while nobody watches. */
  publish(lines: Buffer): void {
    if (this.#watchers.size === 0) return
    this.#turn ??= setTimeout(() => this.#flush(), TURN).unref()
    let start = 0
    while (start < lines.length && this.#budget > 0) {
      const end = lines.indexOf(LINE_END, start)
      const stop = end === -1 ? lines.length : end
      if (stop > start) this.#offer(lines.toString('utf8', start, stop))
      start = stop + 1
    }
    if (start < lines.length) this.#skip(countLines(lines, start))
  }

  /** Hands alerts that `test` wants to `receive`, until {@link unwatch}. */
  watch(test: AlertTest, receive: TailReceiver): Watcher {
    const watcher = new Watcher(test, receive)
    this.#watchers.add(watcher)
    return watcher
  }

  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher)
  }

  #offer(line: string): void {
    this.#budget -= 1
    const alert = new AcceptedAlert('', line)
    for (const watcher of this.#watchers) watcher.offer(alert)
  }

  #skip(count: number): void {
    for (const watcher of this.#watchers) watcher.skip(count)
  }

  #flush(): void {
    this.#turn = undefined
    const share = Math.floor(LOOKS / Math.max(1, this.#watchers.size))
    this.#budget = Math.max(FEWEST, Math.min(LOOKED_AT, share))
    for (const watcher of this.#watchers) watcher.flush()
  }
}

function countLines(lines: Buffer, start: number): number {
  let count = 0
  for (let at = start; at < lines.length; count += 1) {
    const end = lines.indexOf(LINE_END, at)
    at = end === -1 ? lines.length : end + 1
  }
  return count
}
