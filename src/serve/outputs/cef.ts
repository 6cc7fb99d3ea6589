// An alert in ArcSight's Common Event Format, escaped as its rules say: header and extension have different ones.
// Frames nothing. Used by `syslog.ts`.
import type { AcceptedAlert } from '../alert.ts'
import { fieldFacts } from './alert-facts.ts'
import { alertDate } from './alert-time.ts'
import { CEF } from './severity.ts'
import { cutText } from './text-cut.ts'

/** CEF's limit of `msg`, in characters. */
const MAX_MESSAGE = 1023

/** One line. `now` is for an alert without time. */
export function cefText(alert: AcceptedAlert, now: number): string {
  const { rule, priority, source, hostname, output, tags, time } = alert.content
  const header = ['CEF:0', 'Falco', 'Falco', '1.0', rule, rule, String(CEF[priority])]
  const extension: (readonly [string, string])[] = [
    ['rt', String(alertDate(alert, now).getTime())],
    ['externalId', alert.id],
    ['dvchost', hostname ?? ''],
    ['cat', source],
    ['msg', cutText(output, MAX_MESSAGE, 'utf16')],
    ['falcoPriority', priority],
    ['falcoTime', time],
    ['falcoTags', tags.join(',')],
    ...fieldFacts(alert).map(({ name, value }) => [extensionName(name), value] as const),
  ]
  const pairs = extension
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${escapeValue(value)}`)
  return `${header.map(escapeHeader).join('|')}|${pairs.join(' ')}`
}

function escapeHeader(text: string): string {
  return text.replace(/[\\|]/g, '\\$&').replace(/[\r\n]+/g, ' ')
}

function escapeValue(text: string): string {
  return text.replace(/[\\=]/g, '\\$&').replace(/\r\n|\r|\n/g, '\\n')
}

/** Names hold letters and digits only: `proc.aname[2]` is `procAname2`. */
function extensionName(field: string): string {
  return field.replace(/[^a-zA-Z0-9]+([a-zA-Z0-9]?)/g, (_, next: string) => next.toUpperCase())
}
