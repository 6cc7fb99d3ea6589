// Instants and spans of time as policies write them: RFC 3339 and Go durations, to the nanosecond.
// Reads no clock. Used by policy documents, statements and timestamp constraints.

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/

/** Nanoseconds since 1970 of an RFC 3339 text (upper-case `T` and `Z`), or `undefined` when it is none. */
export function parseInstant(text: string): bigint | undefined {
  const found = RFC3339.exec(text)
  if (found === null) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!real || hour > 23 || minute > 59 || second > 59) return undefined
  const offset = zoneMinutes(found[8] ?? 'Z')
  if (offset === undefined) return undefined
  const nanos = BigInt((found[7] ?? '').slice(0, 9).padEnd(9, '0'))
  return BigInt(date.getTime() - offset * 60_000) * 1_000_000n + nanos
}

function zoneMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4, 6))
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/** Nanoseconds of each unit Go's `time.ParseDuration` knows. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

/** Nanoseconds of a Go duration (`72h`, `1h30m`, `-5s`), or `undefined` when it is none. */
export function parseDuration(text: string): bigint | undefined {
  const sign = text.startsWith('-') ? -1n : 1n
  const body = text.replace(/^[+-]/, '')
  if (body === '0') return 0n
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined
  let total = 0n
  for (const [, amount = '', unit = ''] of body.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const [whole = '', fraction = ''] = amount.split('.')
    const nanos = UNITS[unit] ?? 0
    total += BigInt(whole || '0') * BigInt(nanos)
    total += BigInt(Math.trunc(Number(`0.${fraction || '0'}`) * nanos))
  }
  return total > 0x7fffffffffffffffn ? undefined : sign * total
}
