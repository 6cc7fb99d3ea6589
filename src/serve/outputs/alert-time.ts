// When an alert happened, to the nanosecond, and parts of that time in UTC.
// Reads no clock: who needs a time for an alert without one passes it. Used by outputs and templates.
import { parseInstant } from '../../policy/instant.ts'
import type { AcceptedAlert } from '../alert.ts'

/** Nanoseconds since 1970; `undefined` when the alert's time can't be read. */
export function alertNanoseconds(alert: AcceptedAlert): bigint | undefined {
  // RFC 3339 §5.6 allows `t` and `z` in lower case, and Falco's older texts have an offset without colon.
  return parseInstant(alert.content.time.toUpperCase().replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
}

/** The time of an alert in UTC, with milliseconds; `fallback` (milliseconds since 1970) when it has none. */
export function alertDate(alert: AcceptedAlert, fallback: number): Date {
  const nanoseconds = alertNanoseconds(alert)
  return new Date(nanoseconds === undefined ? fallback : Number(nanoseconds / 1_000_000n))
}
