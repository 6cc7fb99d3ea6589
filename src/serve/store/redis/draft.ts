// Alerts read and not stored yet, as the addon reads them: turns those of them that are new into what is appended to the pieces of a chunk.
// Asks nothing of Redis; used by `inserter.ts`.
import type { IndexedAlerts } from '../../../native/native.ts'
import { IdRecords } from './id-records.ts'
import { BUCKETS, OCCURRENCE } from './layout.ts'
import { type NamedColumn, tagSet } from './name-book.ts'
import { type OpenChunk, SUGGESTIONS } from './open-chunk.ts'
import type { StoreParts } from './parts.ts'
import { TermSet } from './term-set.ts'
import { valuePieces, wordPiece } from './text-list.ts'
import { writeTime } from './times.ts'

/** A word or a value that a chunk lists. */
interface Listed {
  readonly piece: string
  readonly text: string
  /** Of a value: its field. */
  readonly name: string | undefined
  readonly low: number
  readonly high: number
}

/** See the file. */
export class Draft {
  readonly #lines: Buffer
  readonly #read: IndexedAlerts
  readonly #records: IdRecords
  readonly #listed: readonly Listed[]

  private constructor(parts: StoreParts, lines: Buffer, read: IndexedAlerts) {
    this.#lines = lines
    this.#read = read
    this.#records = new IdRecords(parts, read.ids)
    this.#listed = [...listedWords(read), ...listedValues(parts, read)]
  }

  /** Reads lines, one alert each. */
  static async read(parts: StoreParts, lines: Buffer): Promise<Draft> {
    return new Draft(parts, lines, await parts.native.indexAlerts(lines, parts.layout.key))
  }

  /** Why lines were no alerts. */
  get refused(): readonly string[] {
    return this.#read.refused
  }

  /** The alerts whose id is not among those seen before; adds theirs. */
  once(seen: Set<string>): number[] {
    return [...this.#read.priorities.keys()].filter(alert => {
      const id = this.#read.ids.toString('latin1', alert * 16, alert * 16 + 16)
      if (seen.has(id)) return false
      seen.add(id)
      return true
    })
  }

  line(alert: number): Buffer {
    return this.#lines.subarray(this.#read.lines[alert * 2], this.#read.lines[alert * 2 + 1])
  }

  /** Nanoseconds since 1970. */
  time(alert: number): bigint {
    return this.#read.times[alert] ?? 0n
  }

  /** Its place in the list of priorities. */
  priority(alert: number): number {
    return this.#read.priorities[alert] ?? 0
  }

  /** What a column has a number for. */
  name(column: NamedColumn, alert: number): string {
    const read = this.#read
    if (column === 'g') return tagSet(read.tags[alert] ?? [])
    const numbers = { r: read.rules, s: read.sources, h: read.hostnames, n: read.namespaces }[column]
    return read.names[numbers[alert] ?? 0] ?? ''
  }

  /** Some of the alerts as scripts take ids, the first of them at a place in the chunk. */
  records(alerts: readonly number[], first: number): Buffer {
    return this.#records.of(alerts, (_, order) => first + order)
  }

  /** Times and ids of some of the alerts. */
  identities(alerts: readonly number[]): { readonly times: Buffer; readonly ids: Buffer } {
    const [times, ids] = [Buffer.alloc(alerts.length * 8), Buffer.alloc(alerts.length * 16)]
    for (const [at, alert] of alerts.entries()) {
      writeTime(times, at, this.time(alert))
      this.#read.ids.copy(ids, at * 16, alert * 16, alert * 16 + 16)
    }
    return { times, ids }
  }

  /** Occurrences of the terms of some of the alerts, a piece for each bucket that has any. */
  occurrences(alerts: readonly number[], first: number): [string, Buffer][] {
    const ends = new Uint32Array(BUCKETS + 1)
    this.#eachTerm(alerts, (_, high) => {
      const bucket = high % BUCKETS
      ends[bucket + 1] = (ends[bucket + 1] ?? 0) + OCCURRENCE
    })
    for (let bucket = 1; bucket <= BUCKETS; bucket += 1) {
      ends[bucket] = (ends[bucket] ?? 0) + (ends[bucket - 1] ?? 0)
    }
    const starts = ends.slice()
    const bytes = Buffer.allocUnsafe(ends[BUCKETS] ?? 0)
    this.#eachTerm(alerts, (low, high, at) => {
      const bucket = high % BUCKETS
      const to = ends[bucket] ?? 0
      bytes[to] = low
      bytes[to + 1] = low >>> 8
      bytes[to + 2] = low >>> 16
      bytes[to + 3] = low >>> 24
      bytes[to + 4] = first + at
      bytes[to + 5] = (first + at) >>> 8
      ends[bucket] = to + OCCURRENCE
    })
    const pieces: [string, Buffer][] = []
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const [from, to] = [starts[bucket] ?? 0, ends[bucket] ?? 0]
      if (to > from) pieces.push([`x${bucket}`, bytes.subarray(from, to)])
    }
    return pieces
  }

  #eachTerm(alerts: readonly number[], visit: (low: number, high: number, at: number) => void): void {
    const { terms, termEnds } = this.#read
    for (const [at, alert] of alerts.entries()) {
      const end = termEnds[alert] ?? 0
      for (let term = alert === 0 ? 0 : (termEnds[alert - 1] ?? 0); term < end; term += 1) {
        visit(terms[term * 2] ?? 0, terms[term * 2 + 1] ?? 0, at)
      }
    }
  }

  /** Words and values of some of the alerts that a chunk does not list yet, as lines; `done` notes that it does now. */
  listing(
    alerts: readonly number[],
    open: OpenChunk,
  ): { readonly pieces: [string, Buffer][]; readonly done: () => void } {
    const texts = new Map<string, string[]>()
    const counts = new Map<string, number>()
    const added: Listed[] = []
    const own = alerts.length === this.#read.priorities.length ? undefined : this.#termsOf(alerts)
    for (const entry of this.#listed) {
      const { piece, text, name, low, high } = entry
      if (own?.has(low, high) === false) continue
      if ((name === undefined ? open.words : open.values).has(low, high)) continue
      if (name !== undefined) {
        const count = (counts.get(name) ?? open.valueCounts.get(name) ?? 0) + 1
        if (count > SUGGESTIONS) continue
        counts.set(name, count)
      }
      added.push(entry)
      const known = texts.get(piece)
      if (known === undefined) texts.set(piece, [text])
      else known.push(text)
    }
    const done = (): void => {
      for (const { name, low, high } of added) (name === undefined ? open.words : open.values).add(low, high)
      for (const [name, count] of counts) open.valueCounts.set(name, count)
    }
    return { pieces: [...texts].map(([piece, list]) => [piece, Buffer.from(`${list.join('\n')}\n`)]), done }
  }

  #termsOf(alerts: readonly number[]): TermSet {
    const terms = new TermSet(1 << 12)
    this.#eachTerm(alerts, (low, high) => terms.add(low, high))
    return terms
  }

  /** How often some of the alerts have each output field. */
  fieldUses(alerts: readonly number[]): Map<string, number> {
    const { fields, fieldEnds, fieldNames } = this.#read
    const uses = new Map<string, number>()
    for (const alert of alerts) {
      for (let at = alert === 0 ? 0 : (fieldEnds[alert - 1] ?? 0); at < (fieldEnds[alert] ?? 0); at += 1) {
        const name = fieldNames[fields[at] ?? 0] ?? ''
        uses.set(name, (uses.get(name) ?? 0) + 1)
      }
    }
    return uses
  }
}

function listedWords({ words, wordTerms: terms }: IndexedAlerts): Listed[] {
  return words.map((text, at) => ({
    ...{ piece: wordPiece(text), text, name: undefined },
    ...{ low: terms[at * 2] ?? 0, high: terms[at * 2 + 1] ?? 0 },
  }))
}

function listedValues(parts: StoreParts, read: IndexedAlerts): Listed[] {
  const { values, valueTerms: terms, valueFields, fieldNames } = read
  const pieces = valuePieces(parts, fieldNames)
  return values.map((value, at) => {
    const field = valueFields[at] ?? 0
    const name = fieldNames[field] ?? ''
    return {
      ...{ piece: pieces[field] ?? '', text: JSON.stringify([name, value]), name },
      ...{ low: terms[at * 2] ?? 0, high: terms[at * 2 + 1] ?? 0 },
    }
  })
}
