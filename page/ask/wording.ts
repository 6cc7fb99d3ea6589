// Numbers, times and spans in words, one way everywhere.
// Pure but for the zone and language of the browser. Used by every view.
import { LASTS, type Span } from '../place/place.ts'

const WHOLE = new Intl.NumberFormat('en')
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const DAY = new Intl.DateTimeFormat('en', { month: 'short', day: '2-digit' })
const YEAR = new Intl.DateTimeFormat('en', { year: 'numeric', month: 'short', day: '2-digit' })
const CLOCK = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const MINUTE = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** `1,000,000`. */
export function whole(count: number): string {
  return WHOLE.format(count)
}

/** `1M`. */
export function short(count: number): string {
  return SHORT.format(count)
}

/** `1 alert`, `2,000 alerts`, `more than 10,000 alerts`. */
export function alerts({ count, exact }: { readonly count: number; readonly exact: boolean }): string {
  return `${exact ? '' : 'more than '}${whole(count)} ${count === 1 ? 'alert' : 'alerts'}`
}

function dateOf(instant: bigint): Date {
  return new Date(Number(instant / 1_000_000n))
}

/** `Nov 21`, with the year when it is another. */
export function day(instant: bigint): string {
  const date = dateOf(instant)
  return (date.getFullYear() === new Date().getFullYear() ? DAY : YEAR).format(date)
}

/** `20:33:05.123`. */
export function clock(instant: bigint): string {
  const date = dateOf(instant)
  return `${CLOCK.format(date)}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** Seconds from which on the marks of an axis are months apart, and years. */
const [MONTHS, YEARS] = [28 * 86_400, 365 * 86_400]

/** A place on an axis whose marks are `step` seconds apart: a year, a day, a minute, or a second. */
export function tick(seconds: number, step: number): string {
  const date = new Date(seconds * 1000)
  if (step >= YEARS || (step >= MONTHS && date.getMonth() === 0)) return String(date.getFullYear())
  const midnight = date.getHours() === 0 && date.getMinutes() === 0
  if (step >= 86_400 || (midnight && step >= 3600)) return DAY.format(date)
  if (step < 1) return clock(BigInt(Math.round(seconds * 1000)) * 1_000_000n)
  return (step >= 60 ? MINUTE : CLOCK).format(date)
}

/** `Nov 21 20:33`, or with seconds. */
export function moment(instant: bigint, seconds = false): string {
  const date = dateOf(instant)
  return `${day(instant)} ${(seconds ? CLOCK : MINUTE).format(date)}`
}

/** `2 min 13 s`: the two largest units of a length of time in nanoseconds. */
export function duration(nanoseconds: bigint): string {
  const milliseconds = Number(nanoseconds / 1_000_000n)
  if (milliseconds < 1000) return `${milliseconds} ms`
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ]
  let rest = Math.floor(milliseconds / 1000)
  const parts: string[] = []
  for (const [unit, seconds] of units) {
    const count = Math.floor(rest / seconds)
    rest %= seconds
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.slice(0, 2).join(' ')
}

/** What a span is called. */
export function spanName(span: Span): string {
  if (span.kind === 'all') return 'All time'
  if (span.kind === 'between') {
    const sameDay = day(span.from) === day(span.to)
    const end = moment(span.to, span.to - span.from < 600_000_000_000n)
    const start = moment(span.from, span.to - span.from < 600_000_000_000n)
    return `${start} – ${sameDay ? end.slice(day(span.to).length + 1) : end}`
  }
  const known = LASTS.find(({ seconds }) => seconds === span.seconds)
  return known?.name ?? `Last ${duration(BigInt(span.seconds) * 1_000_000_000n)}`
}
