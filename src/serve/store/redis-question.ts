// What a query means in Redis: one sorted set of the alerts that fulfil it, made for the question where need be and removed after it.
// Phrases are looked for in the newest alerts only, as the embedded store does. Used by `redis.ts`.

import { priorityOf } from '../../detect/priority.ts'
import type { Native } from '../../native/native.ts'
import type { Answer, RedisConnection, Words } from './redis-connection.ts'
import { idOf, type RedisKeys, timeDigits } from './redis-keys.ts'
import type { AlertQuery, Counted, Facet } from './store.ts'

/** So many alerts are read to see whether they hold a phrase, before counting ends. */
const CONFIRMED = 2000
/** So many different words that begin alike are looked for. */
const PREFIXED = 1000
/** Seconds after which a set that was left behind by a crash is gone. */
const LEFT = '120'

type TextItem = ReturnType<Native['queryTextItems']>[number]

/** The alerts of a query. */
export interface Answered {
  readonly key: string
  /** Bounds of the members, as `BYLEX` takes them. */
  readonly least: string
  readonly most: string
  /** Words that alerts must hold in a row; empty when that was looked at already. */
  readonly phrases: readonly TextItem[]
  readonly total: Counted
}

/** What questions are put to. */
export interface RedisParts {
  readonly native: Native
  readonly redis: RedisConnection
  readonly keys: RedisKeys
}

/** Gives the alerts of a query to `use`; the sets made for it go afterwards. */
export async function answering<T>(
  parts: RedisParts,
  query: AlertQuery,
  use: (answered: Answered, scratch: () => string) => Promise<T>,
): Promise<T> {
  const made: string[] = []
  const scratch = (): string => {
    const key = parts.keys.scratch()
    made.push(key)
    return key
  }
  try {
    return await use(await answer(parts, query, scratch), scratch)
  } finally {
    if (made.length > 0) await parts.redis.ask(['UNLINK', ...made]).catch(() => undefined)
  }
}

async function answer(parts: RedisParts, query: AlertQuery, scratch: () => string): Promise<Answered> {
  const { redis, keys, native } = parts
  const items = native.queryTextItems(query.text ?? '')
  const needed = [...(await textKeys(parts, items)), ...partKeys(keys, query), ...fieldKeys(keys, query)]
  const sources: string[] = []
  for (const alternatives of needed) sources.push(await oneOf(redis, alternatives, scratch))
  let key = sources[0] ?? keys.all
  if (sources.length > 1) {
    key = scratch()
    await stored(redis, ['ZINTERSTORE', key, String(sources.length), ...sources, 'AGGREGATE', 'MIN'])
  }
  const least = query.from === undefined ? '-' : `[${timeDigits(query.from)}`
  const most = query.to === undefined ? '+' : `(${timeDigits(query.to)}`
  const phrases = items.filter(({ words }) => words.length > 1)
  const answered: Answered = { key, least, most, phrases, total: { count: 0, exact: true } }
  if (phrases.length > 0) return confirmed(parts, answered, scratch)
  const count = Number(await redis.ask(['ZLEXCOUNT', key, least, most]))
  return { ...answered, total: { count, exact: true } }
}

/** Alternatives as one key. */
async function oneOf(
  redis: RedisConnection,
  keys: readonly string[],
  scratch: () => string,
): Promise<string> {
  if (keys.length === 1 && keys[0] !== undefined) return keys[0]
  const key = scratch()
  if (keys.length > 0)
    await stored(redis, ['ZUNIONSTORE', key, String(keys.length), ...keys, 'AGGREGATE', 'MIN'])
  return key
}

/** Writes a set that is gone by itself should nobody remove it. */
export async function stored(redis: RedisConnection, words: Words): Promise<void> {
  await redis.askAll([words, ['EXPIRE', words[1] ?? '', LEFT]])
}

async function textKeys(
  { redis, keys }: RedisParts,
  items: readonly TextItem[],
): Promise<(readonly string[])[]> {
  const found: (readonly string[])[] = []
  for (const { words, prefix } of items) {
    for (const [at, word] of words.entries()) {
      if (!prefix || at + 1 < words.length) {
        found.push([keys.posting('word', word)])
        continue
      }
      const range = [
        'ZRANGE',
        keys.words,
        `[${word}`,
        `(${word}\u{10ffff}`,
        'BYLEX',
        'LIMIT',
        '0',
        String(PREFIXED),
      ]
      const begun = texts(await redis.ask(range))
      found.push(begun.map(known => keys.posting('word', known)))
    }
  }
  return found
}

function partKeys(keys: RedisKeys, query: AlertQuery): (readonly string[])[] {
  const parts: readonly (readonly [Facet, readonly string[] | undefined])[] = [
    ['priority', query.priorities?.flatMap(name => priorityOf(name) ?? [])],
    ['rule', query.rules],
    ['source', query.sources],
    ['hostname', query.hostnames],
    ['tags', query.tags],
  ]
  const given = [query.priorities, query.rules, query.sources, query.hostnames, query.tags]
  return parts
    .filter((_, at) => (given[at]?.length ?? 0) > 0)
    .map(([kind, values]) => (values ?? []).map(value => keys.posting(kind, value)))
}

function fieldKeys(keys: RedisKeys, { fields }: AlertQuery): (readonly string[])[] {
  const byName = new Map<string, string[]>()
  for (const { name, value } of fields ?? []) {
    byName.set(name, [...(byName.get(name) ?? []), keys.field(name, value)])
  }
  return [...byName.values()]
}

/** Reads the newest alerts and keeps those that hold the phrases; all, when there are not too many. */
async function confirmed(parts: RedisParts, answered: Answered, scratch: () => string): Promise<Answered> {
  const { redis } = parts
  const members = await newest(redis, answered, answered.most, CONFIRMED + 1)
  const holding: string[] = []
  for (const { member } of await holders(parts, members.slice(0, CONFIRMED), answered.phrases))
    holding.push(member)
  if (members.length > CONFIRMED) return { ...answered, total: { count: holding.length, exact: false } }
  const key = scratch()
  if (holding.length > 0) await stored(redis, ['ZADD', key, ...holding.flatMap(member => ['0', member])])
  return { key, least: '-', most: '+', phrases: [], total: { count: holding.length, exact: true } }
}

/** Members before `most`, newest first. */
export async function newest(
  redis: RedisConnection,
  { key, least }: Answered,
  most: string,
  limit: number,
): Promise<readonly string[]> {
  return texts(await redis.ask(['ZRANGE', key, most, least, 'BYLEX', 'REV', 'LIMIT', '0', String(limit)]))
}

/** Of these alerts those that are still there and hold the phrases, with their lines. */
export async function holders(
  { redis, keys, native }: RedisParts,
  members: readonly string[],
  phrases: readonly TextItem[],
): Promise<{ readonly member: string; readonly line: string }[]> {
  if (members.length === 0) return []
  const lines = (await redis.ask(['HMGET', keys.lines, ...members.map(idOf)])) as readonly Answer[]
  return members.flatMap((member, at) => {
    const line = lines[at]
    if (typeof line !== 'string') return []
    return phrases.length === 0 || holdsAll(native, line, phrases) ? [{ member, line }] : []
  })
}

function holdsAll(native: Native, line: string, phrases: readonly TextItem[]): boolean {
  const terms = native.alertIndexTerms(Buffer.from(line))
  if (typeof terms === 'string') return false
  return phrases.every(({ words, prefix }) =>
    terms.texts.some(text => text.some((_, start) => standsAt(text, start, words, prefix))),
  )
}

function standsAt(
  text: readonly string[],
  start: number,
  words: readonly string[],
  prefix: boolean,
): boolean {
  return words.every((word, at) => {
    const found = text[start + at]
    return found === word || (prefix && at + 1 === words.length && found?.startsWith(word) === true)
  })
}

/** An answer that is a list of texts. */
export function texts(answer: Answer): readonly string[] {
  return Array.isArray(answer) ? answer.filter(item => typeof item === 'string') : []
}
