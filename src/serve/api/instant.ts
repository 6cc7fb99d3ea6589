// Times as alerts write them, RFC 3339 with up to nine digits of a second, and as nanoseconds since 1970.
// Formats for nobody's eyes. Used by the HTTP interface and, the very same file, by the page in the browser.

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/

/** Nanoseconds since 1970; `undefined` for what is no time. */
export function instantOf(text: string): bigint | undefined {
  const [, day, clock, fraction, zone] = RFC3339.exec(text) ?? []
  if (day === undefined || clock === undefined || zone === undefined) return undefined
  const milliseconds = Date.parse(`${day}T${clock}${zone.toUpperCase()}`)
  if (Number.isNaN(milliseconds)) return undefined
  return BigInt(milliseconds) * 1_000_000n + BigInt((fraction ?? '').padEnd(9, '0').slice(0, 9))
}

/** RFC 3339 in UTC with as many digits as are needed: none, three, six or nine. */
export function timeOf(instant: bigint): string {
  const nanoseconds = ((instant % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const seconds = (instant - nanoseconds) / 1_000_000_000n
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  const digits = nanoseconds
    .toString()
    .padStart(9, '0')
    .replace(/(?:000)+$/, '')
  return `${whole}${digits === '' ? '' : `.${digits}`}Z`
}
