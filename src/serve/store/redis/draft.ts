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

/** See the file. */
export class Draft {
  readonly #lines: Buffer
  readonly #read: IndexedAlerts
  readonly #records: IdRecords
  /** Of each field, which piece of a chunk lists its values. */
  readonly #valuePieces: readonly string[]

  private constructor(parts: StoreParts, lines: Buffer, read: IndexedAlerts) {
    this.#lines = lines
    this.#read = read
    this.#records = new IdRecords(parts, read.ids)
    this.#valuePieces = valuePieces(parts, read.fieldNames)
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
    const list = (piece: string, text: string): void => {
      const known = texts.get(piece)
      if (known === undefined) texts.set(piece, [text])
      else known.push(text)
    }
    const own = alerts.length === this.#read.priorities.length ? undefined : this.#termsOf(alerts)
    const dones = [this.#listWords(own, open, list), this.#listValues(own, open, list)]
    return {
      pieces: [...texts].map(([piece, lines]) => [piece, Buffer.from(`${lines.join('\n')}\n`)]),
      done: () => {
        for (const done of dones) done()
      },
    }
  }

  #listWords(own: TermSet | undefined, open: OpenChunk, list: Listing): () => void {
    const { words, wordTerms } = this.#read
    const added = unlisted(wordTerms, own, open.words)
    for (const at of added) list(wordPiece(words[at] ?? ''), words[at] ?? '')
    return () => note(wordTerms, added, open.words)
  }

  #listValues(own: TermSet | undefined, open: OpenChunk, list: Listing): () => void {
    const { values, valueTerms, valueFields, fieldNames } = this.#read
    const counts = new Map<string, number>()
    const added = unlisted(valueTerms, own, open.values).filter(at => {
      const name = fieldNames[valueFields[at] ?? 0] ?? ''
      const count = (counts.get(name) ?? open.valueCounts.get(name) ?? 0) + 1
      if (count > SUGGESTIONS) return false
      counts.set(name, count)
      list(this.#valuePieces[valueFields[at] ?? 0] ?? '', JSON.stringify([name, values[at]]))
      return true
    })
    return () => {
      note(valueTerms, added, open.values)
      for (const [name, count] of counts) open.valueCounts.set(name, count)
    }
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

/** Takes a line of a piece. */
type Listing = (piece: string, text: string) => void

/** Which of these terms a chunk does not list yet, of those that some alerts have. */
function unlisted(terms: Uint32Array, own: TermSet | undefined, listed: TermSet): number[] {
  const found: number[] = []
  for (let at = 0; at * 2 < terms.length; at += 1) {
    const [low, high] = [terms[at * 2] ?? 0, terms[at * 2 + 1] ?? 0]
    if (own?.has(low, high) !== false && !listed.has(low, high)) found.push(at)
  }
  return found
}

function note(terms: Uint32Array, added: readonly number[], listed: TermSet): void {
  for (const at of added) listed.add(terms[at * 2] ?? 0, terms[at * 2 + 1] ?? 0)
}
