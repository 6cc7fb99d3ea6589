// Puts a question to the chunks: what of each it must read, and which alerts fulfil all parts of the question. Reads no lines.
// Used by everything that finds alerts.
import { type Chunk, eachChunk, listChunks, readPieces } from './chunks.ts'
import { readColumn } from './column.ts'
import { Hits } from './hits.ts'
import { BUCKETS, type NumberColumn } from './layout.ts'
import type { StoreParts } from './parts.ts'
import type { Alternatives, Question } from './question.ts'
import { eachPlace } from './term-bucket.ts'
import { type Term, wordTerms } from './terms.ts'
import { linesWith, listText, wordPiece } from './text-list.ts'
import { halvesOf, TimeColumn } from './times.ts'

/** So many different words that begin alike are looked for. */
const BEGINNING_ALIKE = 1000

/** What a question found. */
export interface Found {
  /** Chunks with hits, the one with the newest alert first. */
  readonly hits: readonly Hits[]
  /** Whether more words begin as asked for than were looked for. */
  readonly isCut: boolean
}

/** Words that begin alike, of all chunks together. */
interface Begun {
  readonly words: Set<string>
  isCut: boolean
}

/** Asks all chunks. */
export async function evaluate(parts: StoreParts, question: Question): Promise<Found> {
  if (question.isVain) return { hits: [], isCut: false }
  const { from, to } = question
  const begun: Begun = { words: new Set(), isCut: false }
  const chunks = (await listChunks(parts)).filter(
    ({ oldest, newest, count, dead }) =>
      count > dead && (from === undefined || newest >= from) && (to === undefined || oldest < to),
  )
  const found = await eachChunk(chunks, chunk => ask(parts, question, chunk, begun))
  return {
    hits: found.flatMap(hits => (hits === undefined || hits.count === 0 ? [] : hits)),
    isCut: begun.isCut,
  }
}

async function ask(
  parts: StoreParts,
  question: Question,
  chunk: Chunk,
  begun: Begun,
): Promise<Hits | undefined> {
  const { columns } = question
  const isPart =
    (question.from !== undefined && chunk.oldest < question.from) ||
    (question.to !== undefined && chunk.newest >= question.to)
  if (question.needed.length + columns.length === 0 && !isPart && chunk.dead === 0) return new Hits(chunk)
  const needed = await withWords(parts, question.needed, chunk, begun)
  if (needed.some(terms => terms.length === 0)) return undefined
  const buckets = [...new Set(needed.flatMap(terms => terms.map(({ high }) => high % BUCKETS)))]
  const wanted = [
    ...buckets.map(bucket => `x${bucket}`),
    ...columns.map(([column]) => column),
    ...(isPart ? ['t'] : []),
    ...(chunk.dead > 0 ? ['d'] : []),
  ]
  const pieces = await readPieces(parts, chunk, wanted)
  if (pieces === undefined) return undefined
  const read = new Map(wanted.map((piece, at) => [piece, pieces.bytes[at]]))
  const sieve = new Sieve(chunk, pieces.sealed)
  for (const terms of needed) sieve.holdOne(terms, read)
  for (const [column, numbers] of columns) sieve.have(column, numbers, read)
  if (isPart) sieve.within(question, read)
  if (chunk.dead > 0) sieve.live(read)
  return new Hits(chunk, sieve.bits())
}

/** Terms of each part; of beginnings the words that this chunk lists. */
async function withWords(
  parts: StoreParts,
  needed: readonly Alternatives[],
  chunk: Chunk,
  begun: Begun,
): Promise<(readonly Term[])[]> {
  const found: (readonly Term[])[] = []
  for (const { terms, prefix } of needed) {
    if (prefix === undefined) found.push(terms)
    else found.push(await wordsOf(parts, prefix, chunk, begun))
  }
  return found
}

async function wordsOf(parts: StoreParts, prefix: string, chunk: Chunk, begun: Begun): Promise<Term[]> {
  const pieces = await readPieces(parts, chunk, [wordPiece(prefix)])
  const list = pieces?.bytes[0]
  if (pieces === undefined || list === undefined) return []
  const words: string[] = []
  for (const word of new Set(linesWith(listText(list, pieces.sealed), prefix))) {
    if (!begun.words.has(word)) {
      if (begun.words.size >= BEGINNING_ALIKE) {
        begun.isCut = true
        continue
      }
      begun.words.add(word)
    }
    words.push(word)
  }
  return wordTerms(parts, words)
}

type Read = ReadonlyMap<string, Buffer | undefined>

/** Lets through what fulfils one part after the other. */
class Sieve {
  readonly #chunk: Chunk
  readonly #sealed: boolean
  /** How many parts each alert has fulfilled. */
  readonly #passed: Uint16Array
  #parts = 0

  constructor(chunk: Chunk, sealed: boolean) {
    this.#chunk = chunk
    this.#sealed = sealed
    this.#passed = new Uint16Array(chunk.count)
  }

  holdOne(terms: readonly Term[], read: Read): void {
    const [passed, parts] = [this.#passed, this.#parts]
    for (const { low, high } of terms) {
      const bucket = read.get(`x${high % BUCKETS}`)
      if (bucket === undefined) continue
      eachPlace(bucket, low, { sealed: this.#sealed, count: this.#chunk.count }, place => {
        if (passed[place] === parts) passed[place] = parts + 1
      })
    }
    this.#parts += 1
  }

  have(column: NumberColumn, numbers: ReadonlySet<number>, read: Read): void {
    const bytes = read.get(column)
    if (bytes !== undefined) {
      const { different, places, length } = readColumn(bytes, this.#sealed)
      const wanted = different.map(number => numbers.has(number))
      const end = Math.min(length, this.#chunk.count)
      this.#each(end, place => wanted[places[place] ?? 0] === true)
    }
    this.#parts += 1
  }

  within({ from, to }: Question, read: Read): void {
    const bytes = read.get('t')
    if (bytes !== undefined) {
      const times = new TimeColumn(bytes)
      const begin = from === undefined ? undefined : halvesOf(from)
      const end = to === undefined || to >= 1n << 63n ? undefined : halvesOf(to)
      this.#each(Math.min(times.length, this.#chunk.count), place => {
        const isLater = begin === undefined || !times.isBefore(place, begin)
        return isLater && (end === undefined || times.isBefore(place, end))
      })
    }
    this.#parts += 1
  }

  live(read: Read): void {
    const dead = read.get('d')
    this.#each(this.#chunk.count, place => dead === undefined || !isDead(dead, place))
    this.#parts += 1
  }

  #each(end: number, fulfils: (place: number) => boolean): void {
    const [passed, parts] = [this.#passed, this.#parts]
    for (let place = 0; place < end; place += 1) {
      if (passed[place] === parts && fulfils(place)) passed[place] = parts + 1
    }
  }

  bits(): Uint8Array {
    const bits = new Uint8Array(Math.ceil(this.#passed.length / 8))
    for (let place = 0; place < this.#passed.length; place += 1) {
      if (this.#passed[place] === this.#parts) bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7))
    }
    return bits
  }
}

/** Whether an alert is seen no more. The order of bits is that of Redis: `GETBIT` asks the same. */
export function isDead(dead: Buffer, place: number): boolean {
  return ((dead[place >> 3] ?? 0) & (0x80 >> (place & 7))) !== 0
}
