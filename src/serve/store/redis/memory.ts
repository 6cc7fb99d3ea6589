// How much there is, and what it takes of Redis's memory: measured for every chunk once it is sealed and for the growing one when asked,
// reckoned for the ids, which lie in small hashes of all chunks together. Used by `redis-store.ts`, and by retention.
import { type Chunk, eachChunk, listChunks } from './chunks.ts'
import { idBuckets, NUMBER_COLUMNS } from './layout.ts'
import type { StoreParts } from './parts.ts'
import { HELD } from './scripts.ts'

/** Bytes of a hash of ids without any, and of an id in it; measured with Redis 7.0. */
const ID_HASH = 96
const ID = 27

/** Bytes that a store takes of Redis. */
export async function memoryOf(parts: StoreParts, chunks: readonly Chunk[]): Promise<number> {
  const { redis, layout } = parts
  const alerts = chunks.reduce((sum, { count, dead }) => sum + count - dead, 0)
  const ids = idBuckets(alerts) * ID_HASH + alerts * ID
  const growing = await eachChunk(
    chunks.filter(({ sealed }) => !sealed),
    async ({ number }) => Number(await redis.run(HELD, layout.prefix, [String(number)])),
  )
  const single = [
    layout.single('chunks'),
    layout.single('fields'),
    ...NUMBER_COLUMNS.map(each => layout.names(each)),
  ]
  const others = await redis.askAll(single.map(key => ['MEMORY', 'USAGE', key]))
  const sealed = chunks.reduce((sum, chunk) => sum + (chunk.sealed ? chunk.bytes : 0), 0)
  return Math.round(sealed + [...growing, ...others.map(Number)].reduce((sum, bytes) => sum + bytes, ids))
}

/** How many alerts there are, in how much memory, since when. */
export async function extentOf(parts: StoreParts): Promise<{
  readonly alerts: number
  readonly bytes: number
  readonly oldest?: bigint
  readonly newest?: bigint
}> {
  const chunks = (await listChunks(parts)).filter(({ count, dead }) => count > dead)
  const bytes = await memoryOf(parts, chunks)
  const [first] = chunks
  if (first === undefined) return { alerts: 0, bytes }
  let { oldest } = first
  for (const chunk of chunks) if (chunk.oldest < oldest) oldest = chunk.oldest
  const alerts = chunks.reduce((sum, { count, dead }) => sum + count - dead, 0)
  return { alerts, bytes, oldest, newest: first.newest }
}
