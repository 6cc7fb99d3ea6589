// Puts alerts in: reads a batch, leaves out what is stored already, and appends the rest to the chunk that grows, some hundreds at a time.
// Several processes may do so at once: whoever comes second sees that the chunk has changed and looks again. Used by `redis-store.ts`.
import { listOf, textOf } from './connection.ts'
import { Draft } from './draft.ts'
import { packLines } from './line-blocks.ts'
import type { NamedColumn } from './name-book.ts'
import { OpenChunk } from './open-chunk.ts'
import type { StoreParts } from './parts.ts'
import { APPEND, LOOK } from './scripts.ts'
import { digitsOf } from './times.ts'

/** Alerts put in together: Redis does nothing else meanwhile. */
const TOGETHER = 512
const LINE_END = 0x0a

/** What the chunk is that grows. */
interface Growing {
  readonly chunk: string
  readonly count: number
}

/** See the file. */
export class Inserter {
  readonly #parts: StoreParts
  readonly #refused: (reason: string) => void
  /** Hears of a chunk that is full. */
  readonly #filled: (chunk: number) => void
  #open = new OpenChunk('')

  constructor(parts: StoreParts, refused: (reason: string) => void, filled: (chunk: number) => void) {
    this.#parts = parts
    this.#refused = refused
    this.#filled = filled
  }

  /** Gives how many were new. One insertion at a time. */
  async insert(lines: Buffer): Promise<number> {
    let added = 0
    let storing: Promise<number> = Promise.resolve(0)
    const seen = new Set<string>()
    for (let from = 0; from < lines.length; ) {
      const end = stepEnd(lines, from)
      // The next ones are read while Redis has those before.
      const draft = await Draft.read(this.#parts, lines.subarray(from, end))
      for (const reason of draft.refused) this.#refused(reason)
      from = end
      added += await storing
      storing = this.#store(draft, draft.once(seen))
      // What fails before the next `await` is told by that one.
      storing.catch(() => undefined)
    }
    return added + (await storing)
  }

  async #store(draft: Draft, alerts: readonly number[]): Promise<number> {
    const { layout, redis } = this.#parts
    let rest = alerts
    let added = 0
    while (rest.length > 0) {
      const answer = await redis.run(LOOK, layout.prefix, [String(layout.chunk), draft.records(rest, 0)])
      const [chunk, count, known] = listOf(answer).map(textOf)
      const fresh = rest.filter((_, at) => known?.[at] !== '1')
      const now = fresh.slice(0, layout.chunk - Number(count))
      if (now.length === 0) return added
      if (await this.#append(draft, now, { chunk: chunk ?? '', count: Number(count) })) {
        added += now.length
        rest = fresh.slice(now.length)
      } else {
        rest = fresh
      }
    }
    return added
  }

  /** Whether the chunk was still as it is said to be. */
  async #append(draft: Draft, alerts: readonly number[], { chunk, count }: Growing): Promise<boolean> {
    const { layout, redis } = this.#parts
    if (this.#open.number !== chunk) this.#open = new OpenChunk(chunk)
    const { generation } = redis
    const [packed, columns] = await Promise.all([
      packLines(alerts.map(alert => draft.line(alert))),
      this.#numbers(draft, alerts),
    ])
    // Redis was started again: names may have other numbers now.
    if (redis.generation !== generation || generation !== this.#parts.generation) throw redis.lost()
    const { times, ids } = draft.identities(alerts)
    const listing = draft.listing(alerts, this.#open)
    const pieces: [string, Buffer][] = [
      ...[['t', times] as [string, Buffer], ['i', ids] as [string, Buffer]],
      ...[['l', packed.blocks] as [string, Buffer], ['b', packed.index] as [string, Buffer]],
      ...columns,
      ...draft.occurrences(alerts, count),
      ...listing.pieces,
    ]
    const span = spanOf(alerts.map(alert => draft.time(alert)))
    const answer = await redis.run(APPEND, layout.prefix, [
      ...[chunk, String(count), String(layout.chunk), digitsOf(span.oldest), digitsOf(span.newest)],
      ...[draft.records(alerts, count), String(pieces.length)],
      ...pieces.flat(),
      ...[...draft.fieldUses(alerts)].flatMap(([name, uses]) => [name, String(uses)]),
    ])
    if (Number(answer) !== 1) return false
    listing.done()
    if (count + alerts.length === layout.chunk) this.#filled(Number(chunk))
    return true
  }

  async #numbers(draft: Draft, alerts: readonly number[]): Promise<[string, Buffer][]> {
    const { names } = this.#parts
    const columns = await Promise.all(
      NAMED.map(async (column): Promise<[string, Buffer]> => {
        const own = alerts.map(alert => draft.name(column, alert))
        return [column, wide(await names.numbered(column, own))]
      }),
    )
    return [['p', wide(alerts.map(alert => draft.priority(alert)))], ...columns]
  }
}

const NAMED: readonly NamedColumn[] = ['r', 's', 'h', 'n', 'g']

/** Numbers of four bytes, as columns of an open chunk have them. */
function wide(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [at, number] of numbers.entries()) bytes.writeUInt32LE(number, at * 4)
  return bytes
}

function spanOf(times: readonly bigint[]): { readonly oldest: bigint; readonly newest: bigint } {
  let [oldest, newest] = [times[0] ?? 0n, times[0] ?? 0n]
  for (const time of times) {
    if (time < oldest) oldest = time
    if (time > newest) newest = time
  }
  return { oldest, newest }
}

/** Where the lines of one step end that begin here. */
function stepEnd(lines: Buffer, from: number): number {
  let end = from
  for (let count = 0; count < TOGETHER && end < lines.length; count += 1) {
    const found = lines.indexOf(LINE_END, end)
    end = found < 0 ? lines.length : found + 1
  }
  return end
}
