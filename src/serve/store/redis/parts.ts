// What all parts of the store on Redis share, as long as one connection lasts. Decides nothing. Made by `redis-store.ts`.
import type { Native } from '../../../native/native.ts'
import type { BlockCache } from './block-cache.ts'
import type { RedisConnection } from './connection.ts'
import type { Layout } from './layout.ts'
import type { NameBook } from './name-book.ts'

/** See the file. */
export interface StoreParts {
  readonly native: Native
  readonly redis: RedisConnection
  readonly layout: Layout
  readonly names: NameBook
  readonly cache: BlockCache
  /** Of the connection that this was made for. */
  readonly generation: number
}
