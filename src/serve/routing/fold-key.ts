// Which alerts count as the same: the values of some of their keys and fields as one text.
// Used by everything that folds.
import { createHash } from 'node:crypto'
import type { AcceptedAlert, FieldValue } from '../alert.ts'
import { jsonText } from '../outputs/json-text.ts'

/** Longer keys are kept by their digest, so that as many of them fit in memory. */
const LONGEST_KEY = 200

/** The key of an alert by the values of `names`: `rule`, `priority`, `source`, `hostname`, `output`, `tags`, or output fields. */
export function foldKey(alert: AcceptedAlert, names: readonly string[]): string {
  // An absent value is `null`, which no text is.
  const key = `[${names.map(name => jsonText(keyValue(alert, name) ?? null)).join(',')}]`
  return key.length <= LONGEST_KEY ? key : createHash('sha256').update(key).digest('base64')
}

/** One of the values; `undefined` where the alert has none. */
export function keyValue({ content }: AcceptedAlert, name: string): FieldValue | undefined {
  switch (name) {
    case 'rule':
    case 'priority':
    case 'source':
    case 'hostname':
    case 'output':
      return content[name]
    case 'tags':
      return [...content.tags].sort()
    default:
      return Object.hasOwn(content.fields, name) ? content.fields[name] : undefined
  }
}
