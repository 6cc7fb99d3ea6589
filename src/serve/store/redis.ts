// The store in a Redis of one's own, with plain commands only: lines in a hash, and a sorted set of alerts for every value and word.
// Finds alerts as the embedded store does, in memory of Redis. Opened by the server for `store: {url: redis://…}`.
import { LannerError } from '../../error.ts'
import { type AlertIndexTerms, openNative } from '../../native/native.ts'
import { type RedisAddress, RedisConnection, type Words } from './redis-connection.ts'
import { facetValues, fieldPairs, memberOf, RedisKeys, timeDigits, timeOf } from './redis-keys.ts'
import { answering, holders, newest, type RedisParts, stored, texts } from './redis-question.ts'
import { removeAlerts } from './redis-removal.ts'
import type { AlertPage, AlertQuery, AlertStore, Counted, Facet, Histogram, Retention } from './store.ts'

/** Alerts put in with one transaction: Redis does nothing else meanwhile. */
const TOGETHER = 250
/** Alerts removed with one transaction. */
const REMOVED = 250
/** Alerts read for one page of a phrase. */
const EXAMINED = 10_000
/** Longer values are found, but not suggested. */
const SUGGESTED = 96
/** Rows of a histogram. */
const SERIES = 100

/** How it is opened. */
export interface RedisOptions extends RedisAddress {
  /** In front of every key, so that one Redis may hold several stores. */
  readonly prefix?: string
  /** Hears of lines that are no alerts. */
  readonly refused?: (reason: string) => void
}

/** Connects. Rejects with `ERR_STORE_REDIS`. */
export async function openRedisStore(options: RedisOptions): Promise<AlertStore> {
  const [native, redis] = await Promise.all([openNative(), RedisConnection.open(options)])
  const keys = new RedisKeys(options.prefix ?? 'lanner:')
  return new RedisStore({ native, redis, keys }, options.refused)
}

interface Indexed {
  readonly line: string
  readonly terms: AlertIndexTerms
}

/** See the file. */
class RedisStore implements AlertStore {
  readonly #parts: RedisParts
  readonly #refused: ((reason: string) => void) | undefined
  readonly #began = Date.now() - performance.now()

  constructor(parts: RedisParts, refused: ((reason: string) => void) | undefined) {
    this.#parts = parts
    this.#refused = refused
  }

  async insert(lines: Buffer): Promise<number> {
    const alerts = new Map<string, Indexed>()
    for (const line of lines.toString('utf8').split('\n')) {
      if (line.trim() === '') continue
      const terms = this.#parts.native.alertIndexTerms(Buffer.from(line))
      if (typeof terms === 'string') this.#refused?.(terms)
      else if (!alerts.has(terms.id)) alerts.set(terms.id, { line, terms })
    }
    const all = [...alerts.values()]
    let added = 0
    for (let at = 0; at < all.length; at += TOGETHER) added += await this.#add(all.slice(at, at + TOGETHER))
    return added
  }

  async #add(alerts: readonly Indexed[]): Promise<number> {
    const { redis, keys } = this.#parts
    const known = await redis.ask(['HMGET', keys.lines, ...alerts.map(({ terms }) => terms.id)])
    const held = Array.isArray(known) ? known : []
    const added = alerts.filter((_, at) => typeof held[at] !== 'string')
    if (added.length > 0) await redis.change(additions(keys, added))
    return added.length
  }

  search(
    query: AlertQuery,
    { limit, after }: { readonly limit: number; readonly after?: string },
  ): Promise<AlertPage> {
    if (after !== undefined && !/^[0-9a-f]{16}[0-9a-f-]{36}$/.test(after)) {
      throw new LannerError('ERR_STORE_PLACE', `\`${after}\` is no place in a list of alerts`, { exit: 2 })
    }
    return answering(this.#parts, query, async answered => {
      const alerts: string[] = []
      let [most, examined, last] = [after === undefined ? answered.most : earlier(answered.most, after), 0, '']
      for (;;) {
        const wanted = limit - alerts.length
        const members = await newest(this.#parts.redis, answered, most, wanted + 1)
        const page = members.slice(0, wanted)
        const found = await holders(this.#parts, page, answered.phrases)
        alerts.push(...found.map(({ line }) => line))
        last = page.at(-1) ?? last
        most = `(${last}`
        examined += page.length
        if (members.length <= wanted) return { alerts, total: answered.total }
        if (alerts.length >= limit || examined >= EXAMINED) return { alerts, total: answered.total, next: last }
      }
    })
  }

  count(query: AlertQuery): Promise<Counted> {
    return answering(this.#parts, query, async ({ total }) => total)
  }

  facet(query: AlertQuery, by: Facet, limit: number): ReturnType<AlertStore['facet']> {
    return answering(this.#parts, query, async ({ key, least, most }, scratch) => {
      const counts = await this.#counts({ key, least, most }, by, scratch)
      return { values: counts.slice(0, limit), distinct: counts.length }
    })
  }

  /** Values of a kind among alerts, the most frequent first. */
  async #counts(
    range: { readonly key: string; readonly least: string; readonly most: string },
    by: Facet,
    scratch: () => string,
  ): Promise<{ readonly value: string; readonly count: number }[]> {
    const { redis, keys } = this.#parts
    const values = texts(await redis.ask(['HKEYS', keys.values(by)]))
    const key = await this.#ranged(range, scratch)
    const counted = await redis.askAll(
      values.map(value => ['ZINTERCARD', '2', key, keys.posting(by, value)] as const),
    )
    return values
      .map((value, at) => ({ value, count: Number(counted[at]) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
  }

  /** A set without the alerts beyond the bounds. */
  async #ranged(
    { key, least, most }: { readonly key: string; readonly least: string; readonly most: string },
    scratch: () => string,
  ): Promise<string> {
    if (least === '-' && most === '+') return key
    const within = scratch()
    await stored(this.#parts.redis, ['ZRANGESTORE', within, key, least, most, 'BYLEX'])
    return within
  }

  histogram(
    query: AlertQuery,
    by: Facet,
    { from, to, buckets }: { readonly from: bigint; readonly to: bigint; readonly buckets: number },
  ): Promise<Histogram> {
    const parts = BigInt(Math.max(1, buckets))
    const length = to > from ? to - from : 1n
    const width = (length + parts - 1n) / parts
    const starts = Array.from({ length: Number(parts) }, (_, at) => from + width * BigInt(at)).filter(start => start < to)
    const narrowed = { ...query, from: larger(query.from, from), to: smaller(query.to, to) }
    return answering(this.#parts, narrowed, async (range, scratch) => {
      const { redis, keys } = this.#parts
      const key = await this.#ranged(range, scratch)
      const values = (await this.#counts({ key, least: '-', most: '+' }, by, scratch)).slice(0, SERIES)
      const series = []
      for (const { value } of values) {
        const own = scratch()
        await stored(redis, ['ZINTERSTORE', own, '2', key, keys.posting(by, value), 'AGGREGATE', 'MIN'])
        const counts = await redis.askAll(
          starts.map(start => ['ZLEXCOUNT', own, `[${timeDigits(start)}`, `(${timeDigits(start + width)}`] as const),
        )
        series.push({ value, counts: counts.map(Number) })
      }
      return { width, starts, series }
    })
  }

  async get(id: string): Promise<string | undefined> {
    const line = await this.#parts.redis.ask(['HGET', this.#parts.keys.lines, id.toLowerCase()])
    return typeof line === 'string' ? line : undefined
  }

  async fieldNames(prefix: string, limit: number): Promise<readonly string[]> {
    const { redis, keys } = this.#parts
    const names = texts(await redis.ask(['ZRANGE', keys.fieldNames, '0', '-1', 'REV']))
    return names.filter(name => name.startsWith(prefix)).slice(0, limit)
  }

  async fieldValues(name: string, prefix: string, limit: number): Promise<readonly string[]> {
    const { redis, keys } = this.#parts
    const [least, most] = prefix === '' ? ['-', '+'] : [`[${prefix}`, `(${prefix}\u{10ffff}`]
    return texts(
      await redis.ask(['ZRANGE', keys.fieldValues(name), least, most, 'BYLEX', 'LIMIT', '0', String(limit)]),
    )
  }

  async extent(): ReturnType<AlertStore['extent']> {
    const { redis, keys } = this.#parts
    const [alerts, bytes, first, last] = await redis.askAll([
      ['ZCARD', keys.all],
      ['GET', keys.bytes],
      ['ZRANGE', keys.all, '0', '0'],
      ['ZRANGE', keys.all, '-1', '-1'],
    ])
    const [oldest, newestMember] = [texts(first ?? null)[0], texts(last ?? null)[0]]
    return {
      alerts: Number(alerts),
      bytes: Number(bytes ?? 0),
      ...(oldest !== undefined && { oldest: timeOf(oldest) }),
      ...(newestMember !== undefined && { newest: timeOf(newestMember) }),
    }
  }

  async retain({ age, bytes }: Retention): Promise<number> {
    const now = BigInt(Math.trunc(this.#began + performance.now())) * 1_000_000n
    const most = age === undefined ? undefined : `(${timeDigits(now - age)}`
    let removed = 0
    for (;;) {
      const members = await this.#surplus(most, bytes)
      if (members.length === 0) return removed
      removed += await removeAlerts(this.#parts, members)
    }
  }

  /** Some of the oldest alerts that must go. */
  async #surplus(most: string | undefined, bytes: number | undefined): Promise<readonly string[]> {
    const { redis, keys } = this.#parts
    const limit = ['LIMIT', '0', String(REMOVED)]
    if (most !== undefined) {
      const old = texts(await redis.ask(['ZRANGE', keys.all, '-', most, 'BYLEX', ...limit]))
      if (old.length > 0) return old
    }
    if (bytes === undefined) return []
    const { alerts, bytes: held } = await this.extent()
    if (held <= bytes || alerts === 0) return []
    const surplus = Math.ceil(((held - bytes) / held) * alerts)
    return texts(await redis.ask(['ZRANGE', keys.all, '0', String(Math.min(surplus, REMOVED) - 1)]))
  }

  close(): Promise<void> {
    return this.#parts.redis.close()
  }
}

/** Everything that makes these alerts found: a command a key. */
function additions(keys: RedisKeys, alerts: readonly Indexed[]): Words[] {
  const sets = new Map<string, string[]>()
  const add = (key: string, ...members: string[]): void => {
    const known = sets.get(key)
    if (known === undefined) sets.set(key, members)
    else known.push(...members)
  }
  const [counts, names] = [new Map<string, number>(), new Map<string, number>()]
  for (const { terms } of alerts) {
    const member = memberOf(terms.time, terms.id)
    add(keys.all, member)
    for (const word of terms.words) {
      add(keys.posting('word', word), member)
      add(keys.words, word)
    }
    for (const [kind, value] of facetValues(terms)) {
      add(keys.posting(kind, value), member)
      const counter = JSON.stringify([keys.values(kind), value])
      counts.set(counter, (counts.get(counter) ?? 0) + 1)
    }
    for (const [name, value] of fieldPairs(terms)) {
      add(keys.field(name, value), member)
      if (value.length <= SUGGESTED) add(keys.fieldValues(name), value)
      names.set(name, (names.get(name) ?? 0) + 1)
    }
  }
  const bytes = alerts.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0)
  return [
    ['HSET', keys.lines, ...alerts.flatMap(({ line, terms }) => [terms.id, line])],
    ['INCRBY', keys.bytes, String(bytes)],
    ...[...sets].map(([key, members]) => ['ZADD', key, ...members.flatMap(member => ['0', member])]),
    ...[...counts].map(([counter, count]) => {
      const [key, value] = JSON.parse(counter) as [string, string]
      return ['HINCRBY', key, value, String(count)]
    }),
    ...[...names].map(([name, count]) => ['ZINCRBY', keys.fieldNames, String(count), name]),
  ]
}

/** The bound that lies earlier: the end of the span, or the last alert of the page before. */
function earlier(most: string, after: string): string {
  return most === '+' || most.slice(1) > after ? `(${after}` : most
}

function larger(a: bigint | undefined, b: bigint): bigint {
  return a !== undefined && a > b ? a : b
}

function smaller(a: bigint | undefined, b: bigint): bigint {
  return a !== undefined && a < b ? a : b
}

