// Alerts read and not stored yet: their heads, terms, and the words and values that the chunk may not list yet. Turns those of them that
// are new into what is appended to the pieces of a chunk. Asks nothing of Redis; used by `inserter.ts`.
import type { AlertHead, AlertScanner } from './alert-scanner.ts'
import { idBytes, writeIdRecord } from './id-record.ts'
import { BUCKETS, ID_RECORD, OCCURRENCE } from './layout.ts'
import { type OpenChunk, SUGGESTIONS } from './open-chunk.ts'
import type { StoreKey } from './term-hash.ts'
import { TermSet } from './term-set.ts'
import { valuePiece, wordPiece } from './text-list.ts'
import { writeTime } from './times.ts'
import type { TermListener } from './word-reader.ts'

/** Longer values are found, but not suggested. */
const SUGGESTED = 96
/** Of a line; one with more terms is taken as well. */
const BYTES_OF_TERM = 10

/** A word or a value that a chunk lists. */
interface Listed {
  readonly piece: string
  readonly text: string
  /** Of a value: its field. */
  readonly name: string | undefined
  readonly low: number
  readonly high: number
}

/** What is needed only while lines are read: terms of all alerts, and of one. */
export class Scratch {
  readonly known = new TermSet(1 << 12)
  readonly own = new TermSet(1 << 9)
}

/** See the file. */
export class Draft implements TermListener {
  readonly #key: StoreKey
  readonly heads: AlertHead[] = []
  readonly lines: Buffer[] = []
  /** Where the terms of each alert end. */
  readonly #ends: number[] = []
  #lows: Uint32Array
  #highs: Uint32Array
  #terms = 0
  readonly #names: string[][] = []
  readonly #listed: Listed[] = []
  readonly #scratch: Scratch
  readonly #valuePieces = new Map<string, string>()
  /** Ids as scripts take them, without their places. */
  readonly #records: Buffer[] = []
  #fields: string[] = []

  /** `bytes`: of the lines that may be added, about. `scratch` serves one draft after the other. */
  constructor(key: StoreKey, bytes: number, scratch: Scratch) {
    this.#key = key
    this.#scratch = scratch
    scratch.known.clear()
    const capacity = Math.max(64, Math.ceil(bytes / BYTES_OF_TERM))
    this.#lows = new Uint32Array(capacity)
    this.#highs = new Uint32Array(capacity)
  }

  /** Takes an alert in; the reason when the line is none. */
  add(line: Buffer, scanner: AlertScanner): string | undefined {
    const head = scanner.scan(line, this)
    if (typeof head === 'string') {
      this.begin()
      return head
    }
    this.heads.push(head)
    this.lines.push(line)
    this.#ends.push(this.#terms)
    this.#names.push(this.#fields)
    const record = Buffer.alloc(ID_RECORD)
    writeIdRecord(this.#key, record, 0, idBytes(head.id), 0)
    this.#records.push(record)
    return undefined
  }

  /** The alerts whose id is not among those seen before; adds theirs. */
  once(seen: Set<string>): number[] {
    return [...this.heads.keys()].filter(alert => {
      const id = this.heads[alert]?.id ?? ''
      if (seen.has(id)) return false
      seen.add(id)
      return true
    })
  }

  begin(): void {
    this.#terms = this.#ends.at(-1) ?? 0
    this.#scratch.own.clear()
    this.#fields = []
  }

  word(bytes: Buffer, start: number, end: number, low: number, high: number): void {
    if (!this.#term(low, high) || !this.#scratch.known.add(low, high)) return
    const text = bytes.toString('utf8', start, end).toLowerCase()
    this.#listed.push({ piece: wordPiece(text), text, name: undefined, low, high })
  }

  endText(): void {
    // Only phrases ask where a text ends.
  }

  field(name: string, value: () => string, low: number, high: number): void {
    this.#fields.push(name)
    if (!this.#term(low, high) || !this.#scratch.known.add(low, high)) return
    const text = value()
    if (Buffer.byteLength(text) > SUGGESTED) return
    const piece = this.#valuePieces.get(name) ?? valuePiece(this.#key, name)
    this.#valuePieces.set(name, piece)
    this.#listed.push({ piece, text: JSON.stringify([name, text]), name, low, high })
  }

  /** Whether the alert did not have this term yet. */
  #term(low: number, high: number): boolean {
    if (!this.#scratch.own.add(low, high)) return false
    if (this.#terms === this.#lows.length) {
      this.#lows = doubled(this.#lows)
      this.#highs = doubled(this.#highs)
    }
    this.#lows[this.#terms] = low
    this.#highs[this.#terms] = high
    this.#terms += 1
    return true
  }

  /** Some of the alerts as scripts take ids, the first of them at a place in the chunk. */
  records(alerts: readonly number[], first: number): Buffer {
    const records = Buffer.alloc(alerts.length * ID_RECORD)
    for (const [at, alert] of alerts.entries()) {
      this.#records[alert]?.copy(records, at * ID_RECORD)
      records.writeUInt16BE(first + at, at * ID_RECORD + ID_RECORD - 2)
    }
    return records
  }

  /** Times and ids of some of the alerts. */
  identities(alerts: readonly number[]): { readonly times: Buffer; readonly ids: Buffer } {
    const [times, ids] = [Buffer.alloc(alerts.length * 8), Buffer.alloc(alerts.length * 16)]
    for (const [at, alert] of alerts.entries()) {
      const head = this.heads[alert]
      if (head === undefined) continue
      writeTime(times, at, head.time)
      this.#records[alert]?.copy(ids, at * 16, 3, 19)
    }
    return { times, ids }
  }

  /** Occurrences of the terms of some of the alerts, a piece for each bucket that has any. */
  occurrences(alerts: readonly number[], first: number): [string, Buffer][] {
    const ends = new Uint32Array(BUCKETS + 1)
    this.#eachTerm(alerts, term => {
      const bucket = (this.#highs[term] ?? 0) % BUCKETS
      ends[bucket + 1] = (ends[bucket + 1] ?? 0) + OCCURRENCE
    })
    for (let bucket = 1; bucket <= BUCKETS; bucket += 1) {
      ends[bucket] = (ends[bucket] ?? 0) + (ends[bucket - 1] ?? 0)
    }
    const starts = ends.slice()
    const bytes = Buffer.allocUnsafe(ends[BUCKETS] ?? 0)
    this.#eachTerm(alerts, (term, at) => {
      const bucket = (this.#highs[term] ?? 0) % BUCKETS
      const to = ends[bucket] ?? 0
      const low = this.#lows[term] ?? 0
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

  #eachTerm(alerts: readonly number[], visit: (term: number, at: number) => void): void {
    for (const [at, alert] of alerts.entries()) {
      const end = this.#ends[alert] ?? 0
      for (let term = alert === 0 ? 0 : (this.#ends[alert - 1] ?? 0); term < end; term += 1) visit(term, at)
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
    const own = alerts.length === this.heads.length ? undefined : this.#termsOf(alerts)
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
    this.#eachTerm(alerts, term => terms.add(this.#lows[term] ?? 0, this.#highs[term] ?? 0))
    return terms
  }

  /** How often some of the alerts have each output field. */
  fieldUses(alerts: readonly number[]): Map<string, number> {
    const uses = new Map<string, number>()
    for (const alert of alerts) {
      for (const name of this.#names[alert] ?? []) uses.set(name, (uses.get(name) ?? 0) + 1)
    }
    return uses
  }
}

function doubled(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(numbers.length * 2)
  more.set(numbers)
  return more
}
