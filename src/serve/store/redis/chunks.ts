// Which chunks there are, and reading of their pieces some chunks at a time, so that memory stays bounded. A chunk that is sealed while it is
// read is read again, one that is removed meanwhile is simply gone. Used by everything that answers questions.
import { type Answer, bytesOf, listOf, textOf } from './connection.ts'
import type { StoreParts } from './parts.ts'
import { timeOfDigits } from './times.ts'

/** Chunks that are read at once. */
const AT_ONCE = 32

/** A run of alerts as it was when a question was begun. */
export interface Chunk {
  readonly number: number
  /** Alerts that it holds, and how many of them are seen no more. */
  readonly count: number
  readonly dead: number
  readonly oldest: bigint
  readonly newest: bigint
  readonly sealed: boolean
  /** Memory of Redis that it takes; known of sealed ones. */
  readonly bytes: number
}

/** All chunks, the one with the newest alert first. */
export async function listChunks({ redis, layout }: StoreParts): Promise<Chunk[]> {
  const pairs = listOf(await redis.ask(['HGETALL', layout.single('chunks')]))
  const chunks: Chunk[] = []
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    chunks.push(chunkOf(Number(textOf(pairs[at])), textOf(pairs[at + 1]) ?? ''))
  }
  return chunks.sort((a, b) => (a.newest === b.newest ? b.number - a.number : a.newest < b.newest ? 1 : -1))
}

/** One chunk as it is now; none when it was removed. */
export async function findChunk({ redis, layout }: StoreParts, number: number): Promise<Chunk | undefined> {
  const entry = textOf(await redis.ask(['HGET', layout.single('chunks'), String(number)]))
  return entry === undefined ? undefined : chunkOf(number, entry)
}

function chunkOf(number: number, entry: string): Chunk {
  const [count, dead, oldest = '0', newest = '0', sealed, bytes] = entry.split(' ')
  return {
    number,
    count: Number(count),
    dead: Number(dead),
    oldest: timeOfDigits(oldest),
    newest: timeOfDigits(newest),
    sealed: sealed === '1',
    bytes: Number(bytes),
  }
}

/** A piece of a chunk: all of it, or bytes from inclusive to exclusive. */
export type Wanted = string | readonly [piece: string, from: number, to: number]

/** Pieces of a chunk, and whether they are those of a sealed one. */
export interface Pieces {
  readonly sealed: boolean
  readonly bytes: readonly (Buffer | undefined)[]
}

/** Reads pieces of one chunk; none when it was removed. */
export async function readPieces(
  parts: StoreParts,
  chunk: Chunk,
  wanted: readonly Wanted[],
): Promise<Pieces | undefined> {
  const { redis, layout } = parts
  const place = (piece: string): string => layout.piece(chunk.number, piece, chunk.sealed && piece !== 'd')
  const commands = wanted.map(each =>
    typeof each === 'string'
      ? ['GET', place(each)]
      : ['GETRANGE', place(each[0]), String(each[1]), String(each[2] - 1)],
  )
  const ended = ['HGET', layout.single('chunks'), String(chunk.number)]
  const answers: readonly Answer[] = await redis.askAll([...commands, ended])
  const entry = textOf(answers.at(-1))
  if (entry === undefined) return undefined
  const now = chunkOf(chunk.number, entry)
  if (now.sealed !== chunk.sealed) return readPieces(parts, { ...chunk, sealed: now.sealed }, wanted)
  return { sealed: chunk.sealed, bytes: answers.slice(0, -1).map(bytesOf) }
}

/** Calls `visit` with each chunk, some at once; what they give comes in the order of the chunks. */
export async function eachChunk<C, T>(chunks: readonly C[], visit: (chunk: C) => Promise<T>): Promise<T[]> {
  const found: T[] = []
  for (let at = 0; at < chunks.length; at += AT_ONCE) {
    found.push(...(await Promise.all(chunks.slice(at, at + AT_ONCE).map(visit))))
  }
  return found
}
