// Takes alerts out of every set in Redis that names them, and out of the suggestions what no alert has any more.
// Decides nothing about which. Used by `redis.ts`.
import type { AlertIndexTerms } from '../../native/native.ts'
import type { Words } from './redis-connection.ts'
import { facetValues, fieldPairs, memberOf, type RedisKeys } from './redis-keys.ts'
import { holders, type RedisParts } from './redis-question.ts'

/** A set of alerts, and how its value is forgotten once the set is empty. */
type Forgetting = Map<string, Words>

/** Removes alerts by their members; gives how many there were. */
export async function removeAlerts(parts: RedisParts, members: readonly string[]): Promise<number> {
  const { redis, keys, native } = parts
  const found = await holders(parts, members, [])
  const sets = new Map<string, string[]>([[keys.all, [...members]]])
  const forgetting: Forgetting = new Map()
  const counts: Words[] = []
  for (const { line } of found) {
    const terms = native.alertIndexTerms(Buffer.from(line))
    if (typeof terms === 'string') continue
    take(keys, terms, sets, forgetting)
    for (const [kind, value] of facetValues(terms)) counts.push(['HINCRBY', keys.values(kind), value, '-1'])
  }
  const bytes = found.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0)
  await redis.change([
    ['HDEL', keys.lines, ...members.map(member => member.slice(16))],
    ['DECRBY', keys.bytes, String(bytes)],
    ...[...sets].map(([key, gone]) => ['ZREM', key, ...gone]),
    ...counts,
  ])
  const exist = await redis.askAll([...forgetting.keys()].map(key => ['EXISTS', key] as const))
  const empty = [...forgetting.values()].filter((_, at) => exist[at] === 0)
  if (empty.length > 0) await redis.change(empty)
  return members.length
}

function take(
  keys: RedisKeys,
  terms: AlertIndexTerms,
  sets: Map<string, string[]>,
  forgetting: Forgetting,
): void {
  const member = memberOf(terms.time, terms.id)
  const from = (key: string, forget: Words): void => {
    const known = sets.get(key)
    if (known === undefined) sets.set(key, [member])
    else known.push(member)
    forgetting.set(key, forget)
  }
  for (const word of terms.words) from(keys.posting('word', word), ['ZREM', keys.words, word])
  for (const [kind, value] of facetValues(terms)) {
    from(keys.posting(kind, value), ['HDEL', keys.values(kind), value])
  }
  for (const [name, value] of fieldPairs(terms)) {
    from(keys.field(name, value), ['ZREM', keys.fieldValues(name), value])
  }
}
