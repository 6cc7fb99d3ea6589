// An alert as the page shows it: its parts with nothing missing, its field values as text with all digits.
// Pure. Used by tables, cards and the open alert.

import { PRIORITIES, type Priority, priorityOf } from '../../src/detect/priority.ts'
import { ExactNumber, type ExactValue, exactPieces } from '../../src/policy/exact-json.ts'
import type { ShownAlert } from '../../src/serve/api/answers.ts'
import { instantOf } from '../../src/serve/api/instant.ts'

/** See the file. */
export interface AlertView {
  readonly id: string
  readonly rule: string
  readonly priority: Priority
  /** As the alert writes it. */
  readonly time: string
  /** Nanoseconds since 1970. */
  readonly at: bigint
  /** Without the time and priority that Falco puts in front. */
  readonly output: string
  readonly source: string
  readonly hostname: string
  readonly tags: readonly string[]
  readonly fields: readonly { readonly name: string; readonly value: string }[]
}

/** What the page shows of an alert. */
export function viewOf(alert: ShownAlert): AlertView {
  const text = (name: string): string => (typeof alert[name] === 'string' ? alert[name] : '')
  const tags = alert.tags
  return {
    id: text('uuid'),
    rule: alert.rule,
    priority: priorityOf(alert.priority) ?? 'Debug',
    time: alert.time,
    at: instantOf(alert.time) ?? 0n,
    output: withoutPrefix(text('output')),
    source: text('source'),
    hostname: text('hostname'),
    tags: Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [],
    fields: fieldsOf(alert.output_fields),
  }
}

const PREFIX = new RegExp(`^\\d{2}:\\d{2}:\\d{2}\\.\\d+: (?:${PRIORITIES.join('|')}) `)

function withoutPrefix(output: string): string {
  return output.replace(PREFIX, '')
}

function fieldsOf(fields: unknown): AlertView['fields'] {
  if (typeof fields !== 'object' || fields === null) return []
  return Object.entries(fields as Record<string, ExactValue>)
    .map(([name, value]) => ({ name, value: valueText(value) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

function valueText(value: ExactValue): string {
  if (typeof value === 'string') return value
  if (value instanceof ExactNumber) return value.text
  return [...exactPieces(value)].join('')
}

/** The value of one field, or nothing. */
export function fieldOf({ fields }: AlertView, name: string): string | undefined {
  const value = fields.find(field => field.name === name)?.value
  return value === '' || value === '<NA>' || value === 'null' ? undefined : value
}
