// The words of a mail about one alert or several: subject, plain text and HTML.
// Sends nothing. Used by `smtp.ts`.

import { PRIORITIES } from '../../detect/priority.ts'
import type { AcceptedAlert } from '../alert.ts'
import { alertFacts, outputText } from './alert-facts.ts'
import { hexColour } from './severity.ts'
import type { Template } from './template.ts'
import { cutText } from './text-cut.ts'

const MAX_SUBJECT = 200

/** One line, about the most urgent alert. */
export function mailSubject(alerts: readonly AcceptedAlert[], template: Template): string {
  const urgency = ({ content }: AcceptedAlert) => PRIORITIES.indexOf(content.priority)
  const [first] = [...alerts].sort((a, b) => urgency(a) - urgency(b))
  const text = first === undefined ? '' : template.render(first)
  const more = alerts.length > 1 ? ` (and ${alerts.length - 1} more)` : ''
  return cutText(text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim(), MAX_SUBJECT, 'utf16') + more
}

/** Each alert as a paragraph with its fields below. */
export function mailText(alerts: readonly AcceptedAlert[], template: Template | undefined): string {
  const parts = alerts.map(alert => {
    const { rule, priority } = alert.content
    const facts = alertFacts(alert).map(({ name, value }) => `  ${name}: ${value}`)
    return [`${priority}: ${rule}`, template?.render(alert) ?? outputText(alert), ...facts].join('\n')
  })
  return `${parts.join('\n\n')}\n`
}

/** The same with a table an alert. */
export function mailHtml(alerts: readonly AcceptedAlert[], template: Template | undefined): string {
  return `<!doctype html>\n<html><body style="font-family:sans-serif">\n${alerts.map(alert => section(alert, template)).join('\n')}\n</body></html>\n`
}

function section(alert: AcceptedAlert, template: Template | undefined): string {
  const { rule, priority } = alert.content
  const rows = alertFacts(alert).map(
    ({ name, value }) =>
      `<tr><th align="left" valign="top">${escapeHtml(name)}</th><td><code>${escapeHtml(value)}</code></td></tr>`,
  )
  return [
    `<h3 style="border-left:6px solid ${hexColour(priority)};padding-left:8px">${escapeHtml(`${priority}: ${rule}`)}</h3>`,
    `<p>${escapeHtml(template?.render(alert) ?? outputText(alert))}</p>`,
    `<table>\n${rows.join('\n')}\n</table>`,
  ].join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? character)
}
