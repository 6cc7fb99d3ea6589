// How often each value of one kind occurs among the alerts of a query, and over time: from the columns alone.
// Used by `redis-store.ts` for the page's overview and its charts.
import { PRIORITIES } from '../../../detect/priority.ts'
import type { AlertQuery, AlertStore, Facet, Histogram } from '../store.ts'
import { eachChunk, readPieces } from './chunks.ts'
import { readColumn } from './column.ts'
import type { Hits } from './hits.ts'
import type { NumberColumn } from './layout.ts'
import { answered } from './listing.ts'
import { tagsOf } from './name-book.ts'
import type { StoreParts } from './parts.ts'
import { compareTexts } from './text-order.ts'
import { halvesOf, TimeColumn } from './times.ts'

/** Rows that a histogram has at most. */
const SERIES = 100
/** Parts that a span may be divided into. */
const MOST_PARTS = 10_000
/** Nanoseconds beside the beginning of a part within which rounding might err: of spans of centuries. */
const CLOSE = 4096

const COLUMNS: Readonly<Record<Facet, NumberColumn>> = {
  priority: 'p',
  rule: 'r',
  source: 's',
  hostname: 'h',
  'k8s.ns.name': 'n',
  tags: 'g',
}

/** Counts the values of a kind; gives the most frequent. */
export async function facetCounts(
  parts: StoreParts,
  query: AlertQuery,
  by: Facet,
  limit: number,
): ReturnType<AlertStore['facet']> {
  const { hits } = await answered(parts, query)
  const counts = new Map<number, number>()
  await eachChunk(hits, async own => {
    const column = await columnOf(parts, own, by)
    if (column === undefined) return
    const { different, places } = column
    const sums = new Float64Array(different.length)
    own.each(place => {
      const at = places[place] ?? 0
      sums[at] = (sums[at] ?? 0) + 1
    })
    for (const [at, number] of different.entries()) {
      counts.set(number, (counts.get(number) ?? 0) + (sums[at] ?? 0))
    }
  })
  const values = new Map<string, number>()
  for (const [value, count] of await valued(parts, by, counts)) {
    values.set(value, (values.get(value) ?? 0) + count)
  }
  const ranked = [...values].map(([value, count]) => ({ value, count })).filter(({ count }) => count > 0)
  ranked.sort((a, b) => b.count - a.count || compareTexts(a.value, b.value))
  return { values: ranked.slice(0, limit), distinct: ranked.length }
}

async function columnOf(
  parts: StoreParts,
  { chunk }: Hits,
  by: Facet,
): Promise<ReturnType<typeof readColumn> | undefined> {
  const pieces = await readPieces(parts, chunk, [COLUMNS[by]])
  const bytes = pieces?.bytes[0]
  return pieces === undefined || bytes === undefined ? undefined : readColumn(bytes, pieces.sealed)
}

/** What is kept for numbers, for the values they stand for: a set of tags stands for each of them. */
async function valued<T>(
  { names }: StoreParts,
  by: Facet,
  kept: ReadonlyMap<number, T>,
): Promise<(readonly [string, T])[]> {
  const column = COLUMNS[by]
  const most = Math.max(0, ...kept.keys())
  const texts = column === 'p' ? PRIORITIES : await names.names(column, most)
  return [...kept].flatMap(([number, value]) => {
    const text = texts[number] ?? ''
    if (by === 'tags') return tagsOf(text).map(tag => [tag, value] as const)
    return text === '' ? [] : [[text, value] as const]
  })
}

/** Counts the alerts of a query over time. */
export async function histogramOf(
  parts: StoreParts,
  query: AlertQuery,
  by: Facet,
  span: { readonly from: bigint; readonly to: bigint; readonly buckets: number },
): Promise<Histogram> {
  const { from, to } = span
  const { width, starts } = partsOf(span)
  const narrowed = { ...query, from: larger(query.from, from), to: smaller(query.to, to) }
  const { hits } = await answered(parts, narrowed)
  const rows = new Map<number, Float64Array>()
  await eachChunk(hits, own => addChunk(parts, own, by, { from, width, starts }, rows))
  const values = new Map<string, number[]>()
  for (const [value, row] of await valued(parts, by, rows)) {
    const sums = values.get(value)
    if (sums === undefined) values.set(value, [...row])
    else for (const [at, count] of row.entries()) sums[at] = (sums[at] ?? 0) + count
  }
  const ranked = [...values].map(([value, counts]) => ({ value, counts, sum: sumOf(counts) }))
  ranked.sort((a, b) => b.sum - a.sum || compareTexts(a.value, b.value))
  const series = ranked.filter(({ sum }) => sum > 0).map(({ value, counts }) => ({ value, counts }))
  return { width, starts, series: series.slice(0, SERIES) }
}

interface Parted {
  readonly from: bigint
  readonly width: bigint
  readonly starts: readonly bigint[]
}

function partsOf({
  from,
  to,
  buckets,
}: {
  readonly from: bigint
  readonly to: bigint
  readonly buckets: number
}): Omit<Parted, 'from'> {
  const count = BigInt(Math.min(MOST_PARTS, Math.max(1, Math.trunc(buckets))))
  const length = to > from ? to - from : 1n
  const width = (length + count - 1n) / count
  const starts: bigint[] = []
  for (let start = from; start < to && starts.length < Number(count); start += width) starts.push(start)
  return { width, starts }
}

async function addChunk(
  parts: StoreParts,
  own: Hits,
  by: Facet,
  { from, width, starts }: Parted,
  rows: Map<number, Float64Array>,
): Promise<void> {
  const pieces = await readPieces(parts, own.chunk, [COLUMNS[by], 't'])
  const [bytes, timeBytes] = pieces?.bytes ?? []
  if (pieces === undefined || bytes === undefined || timeBytes === undefined) return
  const { different, places } = readColumn(bytes, pieces.sealed)
  const times = new TimeColumn(timeBytes)
  const ownRows = different.map(number => rows.get(number) ?? new Float64Array(starts.length))
  const [begin, step, last] = [halvesOf(from), Number(width), starts.length - 1]
  own.each(place => {
    const behind = times.behind(place, begin)
    let part = Math.floor(behind / step)
    const rest = behind - part * step
    if (rest < CLOSE || step - rest < CLOSE) part = Number((times.at(place) - from) / width)
    const row = ownRows[places[place] ?? 0]
    const at = Math.max(0, Math.min(part, last))
    if (row !== undefined) row[at] = (row[at] ?? 0) + 1
  })
  for (const [at, number] of different.entries()) {
    const row = ownRows[at]
    if (row === undefined) continue
    // Another chunk, read at the same time, may have begun the row.
    const known = rows.get(number)
    if (known === undefined) rows.set(number, row)
    else if (known !== row)
      for (const [part, count] of row.entries()) known[part] = (known[part] ?? 0) + count
  }
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

function larger(a: bigint | undefined, b: bigint): bigint {
  return a !== undefined && a > b ? a : b
}

function smaller(a: bigint | undefined, b: bigint): bigint {
  return a !== undefined && a < b ? a : b
}
