// How much there is, and what it takes of Redis's memory: measured for every chunk once it is sealed and for the growing one when asked,
// reckoned for the ids, which lie in small hashes of all chunks together. Used by `redis-store.ts`, and by retention.
import { type Chunk, eachChunk, listChunks } from './chunks.ts'
import { idBuckets, NUMBER_COLUMNS } from './layout.ts'
import type { StoreParts } from './parts.ts'
import { HELD } from './scripts.ts'

/** Bytes of a hash of ids without any, and of an id in it; measured with Redis 7.0. */
const ID_HASH = 96
const ID = 27

/** What a store takes of Redis, in bytes. */
export interface Memory {
  readonly held: number
  /** The same once what grows is sealed: what is taken only until then is no reason to remove alerts. */
  readonly settled: number
}

export async function memoryOf(parts: StoreParts, chunks: readonly Chunk[]): Promise<Memory> {
  const { redis, layout } = parts
  const alerts = chunks.reduce((sum, { count, dead }) => sum + count - dead, 0)
  const ids = idBuckets(alerts) * ID_HASH + alerts * ID
  const growing = chunks.filter(({ sealed }) => !sealed)
  const open = await eachChunk(growing, async ({ number }) =>
    Number(await redis.run(HELD, layout.prefix, [String(number)])),
  )
  const single = [
    layout.single('chunks'),
    layout.single('fields'),
    ...NUMBER_COLUMNS.map(each => layout.names(each)),
  ]
  const others = await redis.askAll(single.map(key => ['MEMORY', 'USAGE', key]))
  const sealed = chunks.filter(chunk => chunk.sealed)
  const sum = (bytes: readonly number[]): number => bytes.reduce((all, each) => all + each, 0)
  const fixed = sum(sealed.map(({ bytes }) => bytes)) + ids + sum(others.map(Number))
  const each = sum(sealed.map(({ bytes }) => bytes)) / sum(sealed.map(({ count }) => count))
  const settled = growing.map(({ count }, at) =>
    Math.min(open[at] ?? 0, Number.isNaN(each) ? Number.POSITIVE_INFINITY : count * each),
  )
  return { held: Math.round(fixed + sum(open)), settled: Math.round(fixed + sum(settled)) }
}

/** How many alerts there are, in how much memory, since when. */
export async function extentOf(parts: StoreParts): Promise<{
  readonly alerts: number
  readonly bytes: number
  readonly oldest?: bigint
  readonly newest?: bigint
}> {
  const chunks = (await listChunks(parts)).filter(({ count, dead }) => count > dead)
  const { held: bytes } = await memoryOf(parts, chunks)
  const [first] = chunks
  if (first === undefined) return { alerts: 0, bytes }
  let { oldest } = first
  for (const chunk of chunks) if (chunk.oldest < oldest) oldest = chunk.oldest
  const alerts = chunks.reduce((sum, { count, dead }) => sum + count - dead, 0)
  return { alerts, bytes, oldest, newest: first.newest }
}
