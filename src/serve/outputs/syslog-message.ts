// One syslog message as RFC 5424 writes it: priority, time, names within their character sets, escaped structured data.
// Frames and sends nothing. Used by `syslog.ts`.
import type { AcceptedAlert } from '../alert.ts'
import { alertDate } from './alert-time.ts'
import { syslogSeverity } from './severity.ts'

/** What does not come from the alert. */
export interface SyslogHead {
  readonly facility: number
  readonly app: string
  /** Name of this machine, for alerts without one. */
  readonly machine: string
  /** Milliseconds since 1970, for alerts without a time. */
  readonly now: number
}

/** Private enterprise number that RFC 5612 keeps for documents: nobody else's parameters can be meant. */
const SD_ID = 'falco@32473'
const MAX_HOSTNAME = 255

/** The message, without line ends inside `text`. */
export function syslogMessage(alert: AcceptedAlert, text: string, head: SyslogHead): string {
  const { content } = alert
  const value = head.facility * 8 + syslogSeverity(content.priority)
  const hostname = content.hostname ?? head.machine
  const data = structuredData([
    ['uuid', alert.id],
    ['rule', content.rule],
    ['priority', content.priority],
    ['source', content.source],
    ['hostname', hostname],
  ])
  const start = `<${value}>1 ${timestamp(alert, head.now)} ${printable(hostname, MAX_HOSTNAME)} ${head.app} - alert ${data}`
  return `${start} ${text.replace(/[\r\n]+/g, ' ')}`
}

/** §6.2.3 allows six digits of a second, in capitals. */
function timestamp(alert: AcceptedAlert, now: number): string {
  const instant = alertDate(alert, now).toISOString()
  const digits = /\.(\d+)/.exec(alert.content.time)?.[1] ?? ''
  return digits === '' ? instant : instant.replace(/\.\d+Z$/, `.${digits.slice(0, 6)}Z`)
}

/** §6: PRINTUSASCII; an empty name is `-`. The name itself is in the structured data. */
function printable(text: string, limit: number): string {
  const name = text.replace(/[^\x21-\x7e]/gu, '?').slice(0, limit)
  return name === '' ? '-' : name
}

/** §6.3.3: quote, backslash and closing bracket are escaped. */
function structuredData(parameters: readonly (readonly [name: string, value: string])[]): string {
  const pairs = parameters
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}="${value.replace(/[\\"\]]/g, '\\$&').replace(/[\r\n]+/g, ' ')}"`)
  return `[${SD_ID} ${pairs.join(' ')}]`
}
