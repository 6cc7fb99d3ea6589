// How alerts lie in Redis: the names of keys, how large a chunk is, and which store this is. Alerts have consecutive numbers, and a chunk
// is a run of them with a key for each column and each bucket of terms. Refuses what another layout wrote; used by all files beside it.
import { randomBytes } from 'node:crypto'
import { LannerError } from '../../../error.ts'
import { listOf, type RedisConnection, textOf } from './connection.ts'
import { script } from './script.ts'

/** Of the keys and what they hold; another one is not read. */
const LAYOUT = '2'
/** Alerts of a chunk; their places in it take two bytes. */
const CHUNK = 8192
/** Strings that the terms of a chunk are spread over. */
export const BUCKETS = 256
/** Strings that suggested values of a chunk are spread over, by the name of the field. */
export const VALUE_GROUPS = 64
/** Bytes of a term's occurrence: half of its hash, and the place of the alert. */
export const OCCURRENCE = 6
/** Hashes that ids are spread over: they stay small, and so without overhead, for some ten million alerts. */
const ID_BUCKETS = 1 << 17
/** An id as scripts take it: its bucket, itself, its place in the chunk. */
export const ID_RECORD = 21

/** Columns: times of eight bytes, ids of sixteen, and numbers. */
export const NUMBER_COLUMNS = ['p', 'r', 's', 'h', 'n', 'g'] as const

/** A column of numbers: priority, rule, source, host, namespace, set of tags. */
export type NumberColumn = (typeof NUMBER_COLUMNS)[number]

/** The keys of one store. */
export class Layout {
  readonly prefix: string
  readonly chunk: number
  /** What terms and ids are hashed with, so that nobody outside makes them fall together: sixteen bytes. */
  readonly key: Buffer

  constructor(prefix: string, chunk: number, key: Buffer) {
    this.prefix = prefix
    this.chunk = chunk
    this.key = key
  }

  /** What there is once. */
  single(name: 'chunks' | 'going' | 'fields' | 'next'): string {
    return `${this.prefix}${name}`
  }

  /** The numbers of values of a kind. */
  names(column: NumberColumn): string {
    return `${this.prefix}names:${column}`
  }

  /** A piece of a chunk; that of a sealed one has another name. */
  piece(chunk: number, piece: string, sealed: boolean): string {
    return `${this.prefix}${chunk}:${sealed ? piece.toUpperCase() : piece}`
  }

  ids(bucket: number): string {
    return `${this.prefix}ids:${bucket}`
  }
}

/** All pieces that a chunk may have, as they are called while it is open. */
export const PIECES: readonly string[] = [
  ...['t', 'i', 'l', 'b', ...NUMBER_COLUMNS],
  ...Array.from({ length: BUCKETS }, (_, bucket) => `x${bucket}`),
  ...Array.from({ length: 256 }, (_, first) => `w${first}`),
  ...Array.from({ length: VALUE_GROUPS }, (_, group) => `v${group}`),
]

/** The bucket of an id of sixteen bytes. */
export function idBucket(hash: number): number {
  return hash & (ID_BUCKETS - 1)
}

/** How many hashes of ids so many alerts make, about. */
export function idBuckets(alerts: number): number {
  return ID_BUCKETS * (1 - Math.exp(-alerts / ID_BUCKETS))
}

/** layout, size of a chunk, salt → those of the store behind the prefix, which is begun where nothing lies; nothing where something else does. */
const OPEN = script(`
local key = KEYS[1] .. 'format'
local kind = redis.call('TYPE', key).ok
if kind == 'none' then
  for _, name in ipairs({'all', 'lines', 'bytes', 'words', 'chunks'}) do
    if redis.call('EXISTS', KEYS[1] .. name) == 1 then return {} end
  end
  redis.call('HSET', key, 'layout', ARGV[1], 'chunk', ARGV[2], 'salt', ARGV[3])
elseif kind ~= 'hash' then
  return {}
end
return redis.call('HMGET', key, 'layout', 'chunk', 'salt')`)

/** Finds the store behind a prefix, or begins it. Rejects with `ERR_STORE_LAYOUT` when something else lies there. */
export async function openLayout(
  redis: RedisConnection,
  prefix: string,
  chunk: number = CHUNK,
): Promise<Layout> {
  const fresh = randomBytes(16).toString('hex')
  const found = await redis.run(OPEN, prefix, [LAYOUT, String(chunk), fresh])
  const [layout, size, salt] = listOf(found).map(textOf)
  if (layout !== LAYOUT || !/^\d+$/.test(size ?? '') || !/^[0-9a-f]{32}$/.test(salt ?? '')) {
    throw strange(prefix)
  }
  return new Layout(prefix, Number(size), Buffer.from(salt ?? '', 'hex'))
}

function strange(prefix: string): LannerError {
  return new LannerError('ERR_STORE_LAYOUT', `the keys \`${prefix}*\` in Redis are of another layout`, {
    hint: 'remove them, or use another database of this Redis',
  })
}
