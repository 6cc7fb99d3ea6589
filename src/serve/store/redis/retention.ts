// What is too old or too much goes, oldest first, in steps that Redis does in milliseconds. Whole chunks are dropped; of one that is old in
// part the old alerts are seen no more, and go with it later. May be broken off anywhere and is taken up again; used by `redis-store.ts`.
import { type Chunk, findChunk, listChunks, readPieces } from './chunks.ts'
import { listOf, textOf } from './connection.ts'
import { isDead } from './evaluation.ts'
import { IdRecords } from './id-records.ts'
import { PIECES } from './layout.ts'
import { memoryOf } from './memory.ts'
import type { StoreParts } from './parts.ts'
import { CUT, DROP, FORGET } from './scripts.ts'
import { sealChunk } from './sealing.ts'
import { digitsOf, halvesOf, TimeColumn } from './times.ts'

/** Ids that are forgotten in one step. */
const FORGOTTEN = 1000
/** Keys that are removed in one step. */
const UNLINKED = 200

/** What goes: alerts from before `since`, and the oldest beyond so many bytes. */
export interface Going {
  readonly since?: bigint
  readonly bytes?: number
}

/** Removes what is to go; gives how many alerts that were. */
export async function remove(parts: StoreParts, { since, bytes }: Going): Promise<number> {
  await takeUp(parts)
  let removed = 0
  if (since !== undefined) {
    const old = (await listChunks(parts)).filter(({ oldest }) => oldest < since)
    for (const chunk of old.reverse()) {
      removed += await (chunk.newest < since ? drop(parts, chunk) : cut(parts, chunk.number, since))
    }
  }
  while (bytes !== undefined) {
    const chunks = await listChunks(parts)
    const oldest = chunks.at(-1)
    if (oldest === undefined || (await memoryOf(parts, chunks)).settled <= bytes) break
    removed += await drop(parts, oldest)
  }
  return removed
}

/** Does what another process left half done: chunks that are going, and full ones that are not sealed. */
export async function takeUp(parts: StoreParts): Promise<void> {
  const { redis, layout } = parts
  for (const number of listOf(await redis.ask(['SMEMBERS', layout.single('going')]))) {
    await clear(parts, Number(textOf(number)))
  }
  for (const { number, sealed, count } of await listChunks(parts)) {
    if (!sealed && count === layout.chunk) await sealChunk(parts, number)
  }
}

/** Drops a whole chunk, unless it changed; gives how many alerts are seen no more. */
async function drop(parts: StoreParts, { number, count }: Chunk): Promise<number> {
  const { redis, layout } = parts
  const gone = Number(await redis.run(DROP, layout.prefix, [String(number), String(count)]))
  if (gone < 0) return 0
  await clear(parts, number)
  return gone
}

/** Takes what a dropped chunk held out of memory. */
async function clear(parts: StoreParts, number: number): Promise<void> {
  const { redis, layout } = parts
  for (const sealed of [true, false]) {
    const answer = await redis.ask(['GET', layout.piece(number, 'i', sealed)])
    if (!Buffer.isBuffer(answer)) continue
    const places = Array.from({ length: answer.length >> 4 }, (_, place) => place)
    await forget(parts, number, answer, places)
    break
  }
  const keys = [true, false].flatMap(sealed => PIECES.map(piece => layout.piece(number, piece, sealed)))
  // The ids last: they are what this is taken up with.
  const ids = new Set([true, false].map(sealed => layout.piece(number, 'i', sealed)))
  const ordered = [...keys.filter(key => !ids.has(key)), ...ids]
  for (const piece of ['d', 'seal']) ordered.push(layout.piece(number, piece, false))
  for (let at = 0; at < ordered.length; at += UNLINKED) {
    await redis.ask(['UNLINK', ...ordered.slice(at, at + UNLINKED)])
  }
  await redis.ask(['SREM', layout.single('going'), String(number)])
}

async function forget(
  parts: StoreParts,
  number: number,
  ids: Buffer,
  places: readonly number[],
): Promise<void> {
  const { redis, layout } = parts
  const all = new IdRecords(parts, ids)
  for (let from = 0; from < places.length; from += FORGOTTEN) {
    const records = all.of(places.slice(from, from + FORGOTTEN), place => place)
    await redis.run(FORGET, layout.prefix, [String(number), String(layout.chunk), records])
  }
}

/** Marks the old alerts of a chunk, again when it grew meanwhile; gives how many are seen no more. */
async function cut(parts: StoreParts, number: number, since: bigint): Promise<number> {
  const { redis, layout } = parts
  for (;;) {
    const chunk = await findChunk(parts, number)
    const pieces = chunk && (await readPieces(parts, chunk, ['t', 'i', 'd']))
    const [times, ids, marked] = pieces?.bytes ?? []
    if (chunk === undefined || times === undefined || ids === undefined) return 0
    const { dead, old, oldest, newest } = divided(chunk, new TimeColumn(times), marked, since)
    if (old.length === 0) return 0
    const count = chunk.dead + old.length
    const words = [number, chunk.dead, chunk.count, count].map(String)
    const done = await redis.run(CUT, layout.prefix, [...words, dead, digitsOf(oldest), digitsOf(newest)])
    if (Number(done) !== 1) continue
    await forget(parts, number, ids, old)
    return old.length
  }
}

/** Which alerts of a chunk are old and not marked yet, and of when those are that stay. */
function divided(
  chunk: Chunk,
  times: TimeColumn,
  marked: Buffer | undefined,
  since: bigint,
): { readonly dead: Buffer; readonly old: number[]; readonly oldest: bigint; readonly newest: bigint } {
  const dead = Buffer.alloc(Math.ceil(chunk.count / 8))
  marked?.copy(dead)
  const [old, limit]: [number[], ReturnType<typeof halvesOf>] = [[], halvesOf(since)]
  let [first, last]: [number | undefined, number | undefined] = [undefined, undefined]
  for (let place = 0; place < Math.min(chunk.count, times.length); place += 1) {
    if (isDead(dead, place)) continue
    if (times.isBefore(place, limit)) {
      old.push(place)
      dead[place >> 3] = (dead[place >> 3] ?? 0) | (0x80 >> (place & 7))
    } else {
      if (first === undefined || times.compare(place, first) < 0) first = place
      if (last === undefined || times.compare(place, last) > 0) last = place
    }
  }
  const oldest = first === undefined ? since : times.at(first)
  return { dead, old, oldest, newest: last === undefined ? since : times.at(last) }
}
