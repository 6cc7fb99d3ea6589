// The store in a file on this machine, which the addon keeps. Converts questions and answers; indexes nothing itself.
// Opened by the server to write, and by whoever only looks at what another process stores.
import { toLannerError } from '../../native/failure.ts'
import { type AlertStoreFile, openNative, type StoredAlertQuery } from '../../native/native.ts'
import type { AlertPage, AlertQuery, AlertStore, Counted, Facet, Histogram, Retention } from './store.ts'

/** What is noticed while storing that is no reason to refuse the rest. */
export type StoreNotice =
  /** Lines that were no alerts; the first of them by number, from 1. */
  | { readonly kind: 'refused'; readonly count: number; readonly line: number; readonly reason: string }
  /** Segments could not be merged; the alerts are kept all the same. */
  | { readonly kind: 'upkeep'; readonly reason: string }

/** How a store is opened. */
export interface EmbeddedOptions {
  /** Only to ask: another process may be writing. */
  readonly readOnly?: boolean
  readonly noticed?: (notice: StoreNotice) => void
}

/**
 * Opens the store in a directory, and makes it when there is none. Rejects with `ERR_STORE_LOCKED` while another process writes to it,
 * `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER` or `ERR_STORE_OPEN`.
 */
export async function openEmbeddedStore(directory: string, options: EmbeddedOptions = {}): Promise<AlertStore> {
  const native = await openNative()
  const file = await native.openAlertStore(directory, options.readOnly ?? false).catch(fail)
  return new EmbeddedStore(file, options.noticed)
}

/** See the file. */
class EmbeddedStore implements AlertStore {
  readonly #file: AlertStoreFile
  readonly #noticed: ((notice: StoreNotice) => void) | undefined
  /** Insertions wait here for the one before, and not on threads of libuv's pool. */
  #last: Promise<unknown> = Promise.resolve()
  /**
   * The wall clock when this was opened, less the steady one then: milliseconds. A clock that is stepped later makes no alert
   * too old.
   */
  readonly #began = Date.now() - performance.now()

  constructor(file: AlertStoreFile, noticed: ((notice: StoreNotice) => void) | undefined) {
    this.#file = file
    this.#noticed = noticed
  }

  insert(lines: Buffer): Promise<number> {
    const turn = this.#last.then(() => this.#file.insert(lines))
    this.#last = turn.catch(() => undefined)
    return turn.then(done => {
      const { refused, refusedLine: line = 0, refusedReason: reason = '', upkeep } = done
      if (refused > 0) this.#noticed?.({ kind: 'refused', count: refused, line, reason })
      if (upkeep !== undefined) this.#noticed?.({ kind: 'upkeep', reason: upkeep })
      return done.added
    }, fail)
  }

  async search(
    query: AlertQuery,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<AlertPage> {
    const found = await this.#file.search(asked(query), page.limit, page.after).catch(fail)
    const { alerts, count, exact, next } = found
    return { alerts, total: { count, exact }, ...(next !== undefined && { next }) }
  }

  count(query: AlertQuery): Promise<Counted> {
    return this.#file.count(asked(query)).catch(fail)
  }

  async facet(query: AlertQuery, by: Facet, limit: number): ReturnType<AlertStore['facet']> {
    const { values, counts, distinct } = await this.#file.facet(asked(query), by, limit).catch(fail)
    return { values: values.map((value, at) => ({ value, count: counts[at] ?? 0 })), distinct }
  }

  async histogram(
    query: AlertQuery,
    by: Facet,
    span: { readonly from: bigint; readonly to: bigint; readonly buckets: number },
  ): Promise<Histogram> {
    const { from, to, buckets } = span
    const found = await this.#file.histogram(asked(query), by, from, to, buckets).catch(fail)
    const { width, values, counts } = found
    const starts = Array.from(found.starts)
    const row = (at: number): number[] => counts.slice(at * starts.length, (at + 1) * starts.length)
    return { width, starts, series: values.map((value, at) => ({ value, counts: row(at) })) }
  }

  async get(id: string): Promise<string | undefined> {
    return (await this.#file.get(id).catch(fail)) ?? undefined
  }

  fieldNames(prefix: string, limit: number): Promise<readonly string[]> {
    return this.#file.fieldNames(prefix, limit).catch(fail)
  }

  fieldValues(name: string, prefix: string, limit: number): Promise<readonly string[]> {
    return this.#file.fieldValues(name, prefix, limit).catch(fail)
  }

  extent(): ReturnType<AlertStore['extent']> {
    return this.#file.extent().catch(fail)
  }

  retain({ age, bytes }: Retention): Promise<number> {
    const now = BigInt(Math.trunc(this.#began + performance.now())) * 1_000_000n
    return this.#file.retain(age === undefined ? undefined : now - age, bytes).catch(fail)
  }

  async close(): Promise<void> {
    await this.#last
    await this.#file.close().catch(fail)
  }
}

function asked(query: AlertQuery): StoredAlertQuery {
  const { text, from, to } = query
  return {
    ...(text !== undefined && { text }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...listed('priorities', query.priorities),
    ...listed('rules', query.rules),
    ...listed('sources', query.sources),
    ...listed('hostnames', query.hostnames),
    ...listed('tags', query.tags),
    ...listed('fields', query.fields?.flatMap(({ name, value }) => [name, value])),
  }
}

function listed(name: keyof StoredAlertQuery, values: readonly string[] | undefined): StoredAlertQuery {
  return values === undefined ? {} : { [name]: [...values] }
}

function fail(thrown: unknown): never {
  throw toLannerError(thrown)
}
