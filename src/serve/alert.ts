// One alert as routes, outputs and the store see it: its canonical line, and what that line says, parsed when first asked for.
// Numbers keep their digits. Writes nothing. Made from what a queue hands out.

import { type Priority, priorityOf } from '../detect/priority.ts'
import { LannerError } from '../error.ts'
import { ExactNumber, type ExactValue, parseExact } from '../policy/exact-json.ts'

/** A value among `output_fields`; an {@link ExactNumber} where a JavaScript number would lose digits. */
export type FieldValue = ExactValue

/** What an alert says; absent keys of the line have empty values. */
export interface AlertContent {
  readonly rule: string
  readonly priority: Priority
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
  readonly #received: string | Buffer
  #line: string | undefined
  #content: AlertContent | undefined

  /** `line` may be the bytes of a batch: most outputs pass them on and never need the text. */
  constructor(id: string, line: string | Buffer) {
    this.id = id
    this.#received = line
  }

  /** One JSON object without line end: what was received, and `uuid` and `source` where it had none. */
  get line(): string {
    this.#line ??= typeof this.#received === 'string' ? this.#received : this.#received.toString('utf8')
    return this.#line
  }

  /** The same as bytes. */
  get bytes(): Buffer {
    return typeof this.#received === 'string' ? Buffer.from(this.#received) : this.#received
  }

  /** How many bytes. */
  get size(): number {
    return typeof this.#received === 'string' ? Buffer.byteLength(this.#received) : this.#received.length
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
  const object = JSON.parse(line) as Record<string, FieldValue>
  const text = (key: string): string => (typeof object[key] === 'string' ? object[key] : '')
  const { tags } = object
  let fields: AlertContent['fields'] | undefined
  return {
    rule: text('rule'),
    priority: priorityOf(text('priority')) ?? 'Debug',
    time: text('time'),
    output: text('output'),
    source: text('source'),
    hostname: text('hostname') === '' ? undefined : text('hostname'),
    tags: Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [],
    // Only fields have numbers, and exact ones take ten times as long to read: not every output looks at them.
    get fields() {
      fields ??= fieldsOf(DELICATE.test(line) ? exactly(line, object) : object)
      return fields
    },
  }
}

/** A field named twice has the last of its values, with the digits of a double: alerts must go out whatever is in them. */
function exactly(line: string, object: Record<string, FieldValue>): Record<string, FieldValue> {
  try {
    return parseExact(line) as Record<string, FieldValue>
  } catch (thrown) {
    if (thrown instanceof LannerError && thrown.code === 'ERR_JSON_DUPLICATE_KEY') return object
    throw thrown
  }
}

function fieldsOf({ output_fields: fields }: Record<string, FieldValue>): AlertContent['fields'] {
  return isRecord(fields) ? fields : {}
}

function isRecord(value: FieldValue | undefined): value is Record<string, FieldValue> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  )
}
