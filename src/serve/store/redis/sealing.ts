// Writes a full chunk anew, smaller and quicker to read: terms in order, columns of one byte, lists without what is there twice, lines some
// together. Any process may do it, one at a time, and may die on the way. Used by what inserts and what removes.
import { randomUUID } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { type Chunk, findChunk, readPieces } from './chunks.ts'
import { sealColumn } from './column.ts'
import { BUCKETS, NUMBER_COLUMNS, VALUE_GROUPS } from './layout.ts'
import { BLOCK, blockPlaces, packLines, unpackLines } from './line-blocks.ts'
import { SUGGESTIONS } from './open-chunk.ts'
import type { StoreParts } from './parts.ts'
import { SEAL, SEALED } from './scripts.ts'
import { sealBucket } from './term-bucket.ts'
import { valueIn } from './text-list.ts'
import { compareTexts } from './text-order.ts'

/** Milliseconds after which another process may begin anew. */
const PATIENCE = '60000'
/** Pieces that are read and written together: few, so that questions come between. */
const TOGETHER = 8

/** Seals a chunk that is full, unless that is done or under way. */
export async function sealChunk(parts: StoreParts, number: number): Promise<void> {
  const { redis, layout } = parts
  const chunk = await findChunk(parts, number)
  if (chunk === undefined || chunk.sealed || chunk.count < layout.chunk) return
  const token = randomUUID()
  const right = layout.piece(number, 'seal', false)
  if ((await redis.ask(['SET', right, token, 'NX', 'PX', PATIENCE])) === null) return
  const write = async (pieces: readonly (readonly [string, Buffer])[]): Promise<boolean> => {
    const words = pieces.flatMap(([piece, bytes]) => [piece.toUpperCase(), bytes])
    return Number(await redis.run(SEAL, layout.prefix, [token, String(number), ...words])) === 1
  }
  for await (const pieces of sealedPieces(parts, chunk)) if (!(await write(pieces))) return
  await redis.run(SEALED, layout.prefix, [token, String(number)])
}

async function* sealedPieces(parts: StoreParts, chunk: Chunk): AsyncGenerator<[string, Buffer][]> {
  const groups = (names: readonly string[]): string[][] =>
    Array.from({ length: Math.ceil(names.length / TOGETHER) }, (_, at) =>
      names.slice(at * TOGETHER, (at + 1) * TOGETHER),
    )
  const numbered = (letter: string, count: number): string[] =>
    Array.from({ length: count }, (_, at) => `${letter}${at}`)
  for (const names of groups(numbered('x', BUCKETS))) {
    yield changed(parts, chunk, names, bytes => sealBucket(bytes, chunk.count))
  }
  for (const names of groups(numbered('w', 256))) yield changed(parts, chunk, names, sealWords)
  for (const names of groups(numbered('v', VALUE_GROUPS))) yield changed(parts, chunk, names, sealValues)
  yield changed(parts, chunk, NUMBER_COLUMNS, sealColumn)
  // These have left off growing: what Redis kept free behind them goes.
  yield changed(parts, chunk, ['t', 'i'], bytes => bytes)
  yield sealLines(parts, chunk)
}

async function changed(
  parts: StoreParts,
  chunk: Chunk,
  names: readonly string[],
  change: (bytes: Buffer) => Buffer,
): Promise<[string, Buffer][]> {
  const read = await readPieces(parts, chunk, names)
  if (read === undefined || read.sealed) return []
  return names.flatMap((name, at): [string, Buffer][] => {
    const bytes = read.bytes[at]
    return bytes === undefined ? [] : [[name, change(bytes)]]
  })
}

function sealWords(bytes: Buffer): Buffer {
  const words = new Set(bytes.toString('utf8').trimEnd().split('\n'))
  return deflateRawSync(Buffer.from(`${[...words].sort().join('\n')}\n`))
}

/** What several processes listed is there once, and no more of one field than one would list. */
function sealValues(bytes: Buffer): Buffer {
  const counts = new Map<string, number>()
  const values = [...new Set(bytes.toString('utf8').trimEnd().split('\n'))].filter(line => {
    const [name] = JSON.parse(line) as [string, string]
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return count <= SUGGESTIONS
  })
  const sorted = values.map(line => ({ line, value: valueIn(line) }))
  sorted.sort((a, b) => compareTexts(a.value, b.value))
  return deflateRawSync(Buffer.from(`${sorted.map(({ line }) => line).join('\n')}\n`))
}

/** Lines that came few at a time are compressed together now. */
async function sealLines(parts: StoreParts, chunk: Chunk): Promise<[string, Buffer][]> {
  const read = await readPieces(parts, chunk, ['l', 'b'])
  const [blocks, index] = read?.bytes ?? []
  if (read === undefined || read.sealed || blocks === undefined || index === undefined) return []
  const places = blockPlaces(index)
  if (places.length <= (chunk.count / BLOCK) * 1.25) return pieces(blocks, index)
  const lines = places.flatMap(({ from, to }) => unpackLines(blocks.subarray(from, to)))
  const packed = await packLines(lines.map(line => Buffer.from(line)))
  return pieces(packed.blocks, packed.index)
}

function pieces(blocks: Buffer, index: Buffer): [string, Buffer][] {
  return [
    ['l', blocks],
    ['b', index],
  ]
}
