// Goes through the alerts that were found, newest first by time and id: reads of each chunk only times, and ids where they are needed.
// Chunks are begun once they may hold the next alert. Used by lists, and where phrases are looked for.
import { readPieces } from './chunks.ts'
import type { Hits } from './hits.ts'
import type { AlertPlace } from './lines.ts'
import type { StoreParts } from './parts.ts'
import { TimeColumn } from './times.ts'

/** Hits up to which times and ids are read one by one. */
const FEW = 64
/** Chunks with few hits that are begun together. */
const TOGETHER = 32

/** Where a list goes on: behind the alert with this time and id. */
export interface ListPlace {
  readonly time: bigint
  /** In hexadecimal digits. */
  readonly id: string
}

/** An alert on the way. */
export interface Step extends AlertPlace, ListPlace {
  readonly hits: Hits
}

/** See the file. */
export class Walk {
  readonly #parts: StoreParts
  readonly #after: ListPlace | undefined
  /** Not begun yet; the one with the newest alert first. */
  readonly #waiting: Hits[]
  /** Of each chunk begun what is left, the newest last. */
  #begun: Step[][] = []

  constructor(parts: StoreParts, hits: readonly Hits[], after?: ListPlace) {
    this.#parts = parts
    this.#after = after
    this.#waiting = [...hits]
  }

  /** Up to so many of the next alerts; fewer only at the end. */
  async next(limit: number): Promise<Step[]> {
    const steps: Step[] = []
    while (steps.length < limit) {
      let newest = this.#newest()
      while (this.#waiting.length > 0 && (newest === undefined || this.#mayBeNewer(newest))) {
        await this.#begin(limit)
        newest = this.#newest()
      }
      const step = newest?.pop()
      if (step === undefined) break
      steps.push(step)
    }
    return steps
  }

  #newest(): Step[] | undefined {
    let best: Step[] | undefined
    for (const rest of this.#begun) {
      if (best === undefined || isNewer(rest.at(-1), best.at(-1))) best = rest
    }
    return best?.length === 0 ? undefined : best
  }

  #mayBeNewer(rest: readonly Step[]): boolean {
    const [next] = this.#waiting
    const own = rest.at(-1)
    return next !== undefined && own !== undefined && next.chunk.newest >= own.time
  }

  /** Begins the next chunk, and those behind it where they take little. */
  async #begin(limit: number): Promise<void> {
    const group: Hits[] = []
    let count = 0
    while (group.length < TOGETHER) {
      const [next] = this.#waiting
      if (next === undefined || (group.length > 0 && (next.count > FEW || count > limit))) break
      this.#waiting.shift()
      group.push(next)
      count += next.count
    }
    const begun = await Promise.all(group.map(hits => stepsOf(this.#parts, hits, this.#after)))
    this.#begun = [...this.#begun, ...begun].filter(rest => rest.length > 0)
  }
}

/** The alerts of one chunk behind a place, the newest last. */
async function stepsOf(parts: StoreParts, hits: Hits, after: ListPlace | undefined): Promise<Step[]> {
  const { chunk } = hits
  if (after !== undefined && chunk.oldest > after.time) return []
  const places: number[] = []
  hits.each(place => places.push(place))
  const isFew = places.length <= FEW
  const pieces = await readPieces(
    parts,
    chunk,
    isFew
      ? places.flatMap(place => [
          ['t', place * 8, place * 8 + 8] as const,
          ['i', place * 16, place * 16 + 16] as const,
        ])
      : ['t', 'i'],
  )
  if (pieces === undefined) return []
  const parted = (odd: number): Buffer =>
    Buffer.concat(pieces.bytes.flatMap((bytes, at) => (at % 2 === odd && bytes !== undefined ? bytes : [])))
  const [times, ids] = [new TimeColumn(parted(0)), parted(1)]
  const at = (place: number, order: number): number => (isFew ? order : place)
  const order = places.map((place, number) => at(place, number)).filter(place => place < times.length)
  order.sort((a, b) => times.compare(a, b) || Buffer.compare(idAt(ids, a), idAt(ids, b)))
  const steps: Step[] = []
  for (const place of order) {
    const step = { hits, chunk, place: isFew ? (places[place] ?? 0) : place, time: times.at(place) }
    if (after !== undefined && step.time > after.time) continue
    const id = idAt(ids, place).toString('hex')
    if (after === undefined || step.time < after.time || id < after.id) steps.push({ ...step, id })
  }
  return steps
}

function idAt(ids: Buffer, place: number): Buffer {
  return ids.subarray(place * 16, place * 16 + 16)
}

function isNewer(a: ListPlace | undefined, b: ListPlace | undefined): boolean {
  if (a === undefined) return false
  return b === undefined || a.time > b.time || (a.time === b.time && a.id > b.id)
}
