// What keeps alerts for searching: an interface that the embedded store and Redis fulfil alike.
// Used by the pipeline, which inserts, and by the HTTP interface of the page, which asks.

/** Which alerts; every part narrows, several values of one part are alternatives. */
export interface AlertQuery {
  /** Words and "phrases" anywhere in an alert; `word*` by its beginning. All must be there. */
  readonly text?: string
  /** Times of the alerts: nanoseconds since 1970, from inclusive to exclusive. */
  readonly from?: bigint
  readonly to?: bigint
  readonly priorities?: readonly string[]
  readonly rules?: readonly string[]
  readonly sources?: readonly string[]
  readonly hostnames?: readonly string[]
  readonly tags?: readonly string[]
  /** Values of output fields, as text; of one name alternatives. */
  readonly fields?: readonly { readonly name: string; readonly value: string }[]
}

/** A number that was counted to its end, or only so far. */
export interface Counted {
  readonly count: number
  /** Whether there are exactly so many, or at least. */
  readonly exact: boolean
}

/** One page of alerts, newest first. */
export interface AlertPage {
  /** Canonical lines. */
  readonly alerts: readonly string[]
  readonly total: Counted
  /** Where the next page begins; absent on the last. */
  readonly next?: string
}

/** By what alerts are grouped. */
export type Facet = 'priority' | 'rule' | 'source' | 'hostname' | 'tags' | 'k8s.ns.name'

/** Counts over time: `starts[i]` begins a bucket `width` nanoseconds wide; `series` has a row a value. */
export interface Histogram {
  readonly width: bigint
  readonly starts: readonly bigint[]
  readonly series: readonly { readonly value: string; readonly counts: readonly number[] }[]
}

/** What is kept, and how long. */
export interface Retention {
  /** Nanoseconds. */
  readonly age?: bigint
  readonly bytes?: number
}

/** See the file. Every method but `close` may reject with `ERR_STORE_*`. */
export interface AlertStore {
  /** Keeps canonical lines; one whose id is known already changes nothing. Gives how many were new. */
  insert(lines: Buffer): Promise<number>
  search(query: AlertQuery, page: { readonly limit: number; readonly after?: string }): Promise<AlertPage>
  count(query: AlertQuery): Promise<Counted>
  /** The most frequent values first. */
  facet(
    query: AlertQuery,
    by: Facet,
    limit: number,
  ): Promise<{
    readonly values: readonly { readonly value: string; readonly count: number }[]
    readonly distinct: number
  }>
  histogram(
    query: AlertQuery,
    by: Facet,
    span: { readonly from: bigint; readonly to: bigint; readonly buckets: number },
  ): Promise<Histogram>
  /** The canonical line with this UUID. */
  get(id: string): Promise<string | undefined>
  /** Names of output fields seen, most frequent first; and of one field the values that begin so. */
  fieldNames(prefix: string, limit: number): Promise<readonly string[]>
  fieldValues(name: string, prefix: string, limit: number): Promise<readonly string[]>
  /** How much there is, and since when: nanoseconds since 1970 of the oldest and newest alert. */
  extent(): Promise<{
    readonly alerts: number
    readonly bytes: number
    readonly oldest?: bigint
    readonly newest?: bigint
  }>
  /** Removes what is too old or too much, oldest first; gives how many. */
  retain(retention: Retention): Promise<number>
  close(): Promise<void>
}
