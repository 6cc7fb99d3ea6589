// Names of keys in Redis, and the members of the sorted sets that alerts are listed in: time, then id, so that their order is that of time.
// Asks nothing of Redis. Used by `redis.ts` and the files beside it.
import type { AlertIndexTerms } from '../../native/native.ts'
import type { Facet } from './store.ts'

/** Shifts signed times so that their hexadecimal digits sort as they do. */
const SHIFT = 1n << 63n

/** The time as it begins a member. */
export function timeDigits(time: bigint): string {
  const clamped = time < -SHIFT ? 0n : time >= SHIFT ? 2n * SHIFT - 1n : time + SHIFT
  return clamped.toString(16).padStart(16, '0')
}

/** The member of an alert. */
export function memberOf(time: bigint, id: string): string {
  return `${timeDigits(time)}${id}`
}

export function idOf(member: string): string {
  return member.slice(16)
}

export function timeOf(member: string): bigint {
  return BigInt(`0x${member.slice(0, 16)}`) - SHIFT
}

/** What has a sorted set of alerts a value. */
export type PostingKind = Facet | 'word'

/** All keys of one store. */
export class RedisKeys {
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** Lines by id. */
  get lines(): string {
    return `${this.#prefix}lines`
  }

  /** Members of all alerts. */
  get all(): string {
    return `${this.#prefix}all`
  }

  /** Bytes of all lines. */
  get bytes(): string {
    return `${this.#prefix}bytes`
  }

  /** Words that some alert holds, in their order. */
  get words(): string {
    return `${this.#prefix}words`
  }

  /** Names of output fields, by how often they were seen. */
  get fieldNames(): string {
    return `${this.#prefix}field-names`
  }

  /** Values that an output field has, in their order. */
  fieldValues(name: string): string {
    return `${this.#prefix}values:${name}`
  }

  /** Values of a kind, and how many alerts have each. */
  values(kind: Facet): string {
    return `${this.#prefix}count:${kind}`
  }

  /** Members of the alerts with a value. */
  posting(kind: PostingKind, value: string): string {
    return `${this.#prefix}${kind}:${value}`
  }

  field(name: string, value: string): string {
    return `${this.#prefix}field:${name.length}:${name}=${value}`
  }

  /** A set that is made for one question. */
  scratch(): string {
    return `${this.#prefix}scratch:${Math.random().toString(36).slice(2)}`
  }
}

/** Kinds that are counted by, with the values an alert has of each. */
export function facetValues(terms: AlertIndexTerms): (readonly [Facet, string])[] {
  const single = [
    ['priority', terms.priority],
    ['rule', terms.rule],
    ['source', terms.source],
    ['hostname', terms.hostname],
    ['k8s.ns.name', terms.namespace],
  ] as const
  return [
    ...single.filter(([, value]) => value !== ''),
    ...[...new Set(terms.tags)].map(tag => ['tags', tag] as const),
  ]
}

/** Output fields, each name and value once. */
export function fieldPairs({ fields }: AlertIndexTerms): (readonly [string, string])[] {
  const pairs = new Map<string, readonly [string, string]>()
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name, value] = [fields[at] ?? '', fields[at + 1] ?? '']
    pairs.set(`${name}\0${value}`, [name, value])
  }
  return [...pairs.values()]
}
