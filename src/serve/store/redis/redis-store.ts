// The store in a Redis of one's own, with plain commands only: chunks of alerts as columns, terms and compressed lines.
// Finds alerts as the embedded store does, in memory of Redis. Opened by the server for `store: {url: redis://…}`.
import { openNative } from '../../../native/native.ts'
import type { AlertPage, AlertQuery, AlertStore, Counted, Facet, Histogram, Retention } from '../store.ts'
import { BlockCache } from './block-cache.ts'
import { findChunk, readPieces } from './chunks.ts'
import { type RedisAddress, RedisConnection, textOf } from './connection.ts'
import { facetCounts, histogramOf } from './counting.ts'
import { isDead } from './evaluation.ts'
import { idBytes } from './id-records.ts'
import { Inserter } from './inserter.ts'
import { idBucket, openLayout } from './layout.ts'
import { linesAt } from './lines.ts'
import { answered, listed } from './listing.ts'
import { extentOf } from './memory.ts'
import { NameBook } from './name-book.ts'
import type { StoreParts } from './parts.ts'
import { remove, takeUp } from './retention.ts'
import { sealChunk } from './sealing.ts'
import { namesBeginning, valuesBeginning } from './suggestions.ts'
import { idHashes } from './terms.ts'

/** How it is opened. */
export interface RedisOptions extends RedisAddress {
  /** In front of every key, so that one Redis may hold several stores. */
  readonly prefix?: string
  /** Alerts of a chunk, for a store that is begun. */
  readonly chunk?: number
  /** Hears of lines that are no alerts. */
  readonly refused?: (reason: string) => void
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Connects. Rejects with `ERR_STORE_REDIS`, or `ERR_STORE_LAYOUT` when what lies there is not such a store. */
export async function openRedisStore(options: RedisOptions): Promise<AlertStore> {
  const [, redis] = await Promise.all([openNative(), RedisConnection.open(options)])
  try {
    return new RedisStore(redis, options, await partsOf(redis, options))
  } catch (thrown) {
    await redis.close()
    throw thrown
  }
}

async function partsOf(redis: RedisConnection, { prefix, chunk }: RedisOptions): Promise<StoreParts> {
  const { generation } = redis
  const [native, layout] = await Promise.all([openNative(), openLayout(redis, prefix ?? 'lanner:', chunk)])
  return { native, redis, layout, names: new NameBook(redis, layout), cache: new BlockCache(), generation }
}

/** See the file. */
class RedisStore implements AlertStore {
  readonly #redis: RedisConnection
  readonly #options: RedisOptions
  #parts: StoreParts
  #inserter: Inserter
  /** Insertions wait here for the one before. */
  #last: Promise<unknown> = Promise.resolve()
  /** Chunks are sealed one after the other, and insertions wait when two are to be. */
  #sealing: Promise<unknown> = Promise.resolve()
  #unsealed = 0
  /**
   * The wall clock when this was opened, less the steady one then: milliseconds. A clock that is stepped later makes no alert
   * too old.
   */
  readonly #began = Date.now() - performance.now()

  constructor(redis: RedisConnection, options: RedisOptions, parts: StoreParts) {
    this.#redis = redis
    this.#options = options
    this.#parts = parts
    this.#inserter = this.#inserterOf(parts)
    // Beside what is asked; what fails is taken up by the next removal.
    this.#sealing = takeUp(parts).catch(() => undefined)
  }

  /** What is known of the store, anew after Redis was away: it may have been started without what it held last. */
  async #current(): Promise<StoreParts> {
    if (this.#parts.generation !== this.#redis.generation) {
      const parts = await partsOf(this.#redis, this.#options)
      this.#parts = parts
      this.#inserter = this.#inserterOf(parts)
    }
    return this.#parts
  }

  #inserterOf(parts: StoreParts): Inserter {
    const refused = this.#options.refused ?? (() => undefined)
    return new Inserter(parts, refused, chunk => this.#seal(parts, chunk))
  }

  /** Seals a chunk beside the next insertions. What fails is taken up by the next removal. */
  #seal(parts: StoreParts, chunk: number): void {
    this.#unsealed += 1
    this.#sealing = this.#sealing
      .then(() => sealChunk(parts, chunk))
      .catch(() => undefined)
      .finally(() => {
        this.#unsealed -= 1
      })
  }

  insert(lines: Buffer): Promise<number> {
    const turn = this.#last.then(async () => {
      if (this.#unsealed > 1) await this.#sealing
      await this.#current()
      return this.#inserter.insert(lines)
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async search(
    query: AlertQuery,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<AlertPage> {
    return listed(await this.#current(), query, page)
  }

  async count(query: AlertQuery): Promise<Counted> {
    return (await answered(await this.#current(), query)).total
  }

  async facet(query: AlertQuery, by: Facet, limit: number): ReturnType<AlertStore['facet']> {
    return facetCounts(await this.#current(), query, by, limit)
  }

  async histogram(
    query: AlertQuery,
    by: Facet,
    span: { readonly from: bigint; readonly to: bigint; readonly buckets: number },
  ): Promise<Histogram> {
    return histogramOf(await this.#current(), query, by, span)
  }

  async get(id: string): Promise<string | undefined> {
    if (!UUID.test(id)) return undefined
    const parts = await this.#current()
    const { redis, layout } = parts
    const bytes = idBytes(id)
    const [hash = 0] = idHashes(parts, [bytes])
    const answer = textOf(await redis.ask(['HGET', layout.ids(idBucket(hash)), bytes]))
    if (answer === undefined) return undefined
    const place = Number(answer) % layout.chunk
    const chunk = await findChunk(parts, (Number(answer) - place) / layout.chunk)
    if (chunk === undefined) return undefined
    const dead = chunk.dead > 0 ? (await readPieces(parts, chunk, ['d']))?.bytes[0] : undefined
    if (dead !== undefined && isDead(dead, place)) return undefined
    return (await linesAt(parts, [{ chunk, place }]))[0]
  }

  async fieldNames(prefix: string, limit: number): Promise<readonly string[]> {
    return namesBeginning(await this.#current(), prefix, limit)
  }

  async fieldValues(name: string, prefix: string, limit: number): Promise<readonly string[]> {
    return valuesBeginning(await this.#current(), name, prefix, limit)
  }

  async extent(): ReturnType<AlertStore['extent']> {
    return extentOf(await this.#current())
  }

  async retain({ age, bytes }: Retention): Promise<number> {
    const now = BigInt(Math.trunc(this.#began + performance.now())) * 1_000_000n
    const parts = await this.#current()
    await this.#sealing
    return remove(parts, {
      ...(age !== undefined && { since: now - age }),
      ...(bytes !== undefined && { bytes }),
    })
  }

  async close(): Promise<void> {
    await this.#last
    await this.#sealing
    await this.#redis.close()
  }
}
