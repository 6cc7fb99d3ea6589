// One alert as routes, outputs and the store see it: its canonical line, and what that line says, parsed when first asked for.
// Numbers keep their digits. Writes nothing. Made from what a queue hands out.
import { ExactNumber, type ExactValue, parseExact } from '../policy/exact-json.ts'

/** Priorities of Falco's rules, most urgent first. */
export const PRIORITIES = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const

/** How urgent an alert is. */
export type AlertPriority = (typeof PRIORITIES)[number]

/** A value among `output_fields`; an {@link ExactNumber} where a JavaScript number would lose digits. */
export type FieldValue = ExactValue

/** What an alert says; absent keys of the line have empty values. */
export interface AlertContent {
  readonly rule: string
  readonly priority: AlertPriority
  /** RFC 3339, with the digits that Falco wrote. */
  readonly time: string
  readonly output: string
  readonly source: string
  readonly hostname: string | undefined
  readonly tags: readonly string[]
  readonly fields: Readonly<Record<string, FieldValue>>
}

/** An alert that was accepted. */
export class AcceptedAlert {
  /** UUID given when it was accepted, or sent with it; the same at every delivery. */
  readonly id: string
  /** One JSON object without line end: what was received, and `uuid` and `source` where it had none. */
  readonly line: string
  #content: AlertContent | undefined

  constructor(id: string, line: string) {
    this.id = id
    this.line = line
  }

  /** What the line says. */
  get content(): AlertContent {
    this.#content ??= contentOf(this.line)
    return this.#content
  }
}

/**
 * A number with digits that a double may not hold, a fraction, or an exponent: then its text matters. Numbers stand behind a key's
 * colon or in a list; a text that looks so costs time, nothing else.
 */
const DELICATE = /(?:"\s*:|[[,])\s*-?\d+(?:[.eE]|(?<=\d{16}))/

function contentOf(line: string): AlertContent {
  const object = (DELICATE.test(line) ? parseExact(line) : JSON.parse(line)) as Record<string, FieldValue>
  const text = (key: string): string => (typeof object[key] === 'string' ? object[key] : '')
  const { tags, output_fields: fields } = object
  return {
    rule: text('rule'),
    priority: priorityOf(text('priority')) ?? 'Debug',
    time: text('time'),
    output: text('output'),
    source: text('source'),
    hostname: text('hostname') === '' ? undefined : text('hostname'),
    tags: Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [],
    fields: isRecord(fields) ? fields : {},
  }
}

function isRecord(value: FieldValue | undefined): value is Record<string, FieldValue> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  )
}

/** By its name in any case; `info` is Informational. */
export function priorityOf(name: string): AlertPriority | undefined {
  const wanted = name.toLowerCase()
  return PRIORITIES.find(
    priority => priority.toLowerCase() === (wanted === 'info' ? 'informational' : wanted),
  )
}

/** Whether `priority` is as urgent as `least`, or more. */
export function isAtLeast(priority: AlertPriority, least: AlertPriority): boolean {
  return PRIORITIES.indexOf(priority) <= PRIORITIES.indexOf(least)
}
