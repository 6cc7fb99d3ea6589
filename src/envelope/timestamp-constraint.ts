// The time limits a step may set on its evidence: not before, not after, not older than.
// Looks only at times a trusted authority vouched for, never at what an attestor wrote. Used when steps are judged.

/** Limits in nanoseconds: instants since 1970, `maxAge` a span. */
export interface TimestampLimits {
  readonly notBefore?: bigint | null | undefined
  readonly notAfter?: bigint | null | undefined
  readonly maxAge?: bigint | null | undefined
}

/** The answer. */
export type TimestampLimitsAnswer = { readonly ok: true } | { readonly ok: false; readonly why: string }

const SECOND = 1_000_000_000n
/** Clocks may differ by this much; a stamp further in the future is not "fresh". */
const MAX_CLOCK_SKEW = 300n * SECOND

/**
 * Whether evidence with these trusted `timestamps` is within `limits` at `now`. The earliest counts: a stamp proves that the
 * signature existed by then, and a fresh stamp on an old signature doesn't make it younger. Without any, the answer is no.
 */
export function meetsTimestampLimits(
  limits: TimestampLimits,
  timestamps: readonly Date[],
  now: Date,
): TimestampLimitsAnswer {
  if (timestamps.length === 0) return { ok: false, why: 'a trusted timestamp is required and there is none' }
  const earliest = new Date(Math.min(...timestamps.map(Number)))
  const fault = faultOf(limits, nanoseconds(earliest), nanoseconds(now))
  return fault === undefined
    ? { ok: true }
    : { ok: false, why: `the timestamp ${earliest.toISOString()} is ${fault}` }
}

function faultOf(
  { notBefore, notAfter, maxAge }: TimestampLimits,
  stamp: bigint,
  now: bigint,
): string | undefined {
  if (notBefore != null && stamp < notBefore) return `before ${instant(notBefore)}`
  if (notAfter != null && stamp > notAfter) return `after ${instant(notAfter)}`
  if (maxAge == null) return undefined
  if (stamp > now + MAX_CLOCK_SKEW) return 'in the future'
  const age = now - stamp
  return age > maxAge ? `${age / SECOND} s old, more than ${maxAge / SECOND} s` : undefined
}

function nanoseconds(date: Date): bigint {
  return BigInt(date.getTime()) * 1_000_000n
}

function instant(nanos: bigint): string {
  return new Date(Number(nanos / 1_000_000n)).toISOString()
}
