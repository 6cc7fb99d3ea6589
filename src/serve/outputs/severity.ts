// What Falco's priorities are called elsewhere: colours, levels of other systems.
// A table; decides nothing. Used by outputs whose receivers have levels of their own.
import { PRIORITIES, type Priority } from '../../detect/priority.ts'

type Table<Value> = Readonly<Record<Priority, Value>>

/** RGB, for messages that people read. */
export const COLOURS: Table<number> = {
  Emergency: 0xb3001b,
  Alert: 0xd4351c,
  Critical: 0xe8590c,
  Error: 0xf08c00,
  Warning: 0xf2c037,
  Notice: 0x2f9e44,
  Informational: 0x1c7ed6,
  Debug: 0x868e96,
}

/** As `#rrggbb`. */
export function hexColour(priority: Priority): string {
  return `#${COLOURS[priority].toString(16).padStart(6, '0')}`
}

/** The numbers of RFC 5424 §6.2.1: 0 is the most urgent. */
export function syslogSeverity(priority: Priority): number {
  return PRIORITIES.indexOf(priority)
}

/** What PagerDuty and Alertmanager's users call it. */
export const FOUR_LEVELS: Table<'critical' | 'error' | 'warning' | 'info'> = {
  Emergency: 'critical',
  Alert: 'critical',
  Critical: 'critical',
  Error: 'error',
  Warning: 'warning',
  Notice: 'info',
  Informational: 'info',
  Debug: 'info',
}

/** Opsgenie's priorities. */
export const OPSGENIE: Table<'P1' | 'P2' | 'P3' | 'P4' | 'P5'> = {
  Emergency: 'P1',
  Alert: 'P1',
  Critical: 'P2',
  Error: 'P3',
  Warning: 'P4',
  Notice: 'P5',
  Informational: 'P5',
  Debug: 'P5',
}

/** SeverityNumber of OpenTelemetry, as its data model maps syslog's levels. */
export const OPENTELEMETRY: Table<number> = {
  Emergency: 21,
  Alert: 19,
  Critical: 18,
  Error: 17,
  Warning: 13,
  Notice: 10,
  Informational: 9,
  Debug: 5,
}

/** CEF's severities, 0 to 10. */
export const CEF: Table<number> = {
  Emergency: 10,
  Alert: 9,
  Critical: 8,
  Error: 7,
  Warning: 6,
  Notice: 4,
  Informational: 3,
  Debug: 0,
}
