// Writes JSON in which numbers keep the digits they came with and texts that are JSON already go in as they are.
// Reads nothing. Used by outputs to build what receivers expect.
import { ExactNumber, type ExactValue, LeftOut } from '../../policy/exact-json.ts'

/** JSON that is written already. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What can be written; members that are `undefined` are left out. */
export type Json = ExactValue | RawJson | readonly Json[] | { readonly [key: string]: Json | undefined }

/** The text of `value`, on one line. */
export function jsonText(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (value instanceof ExactNumber || value instanceof RawJson) return value.text
  if (value instanceof LeftOut) return 'null'
  if (Array.isArray(value)) return `[${value.map(item => jsonText(item as Json)).join(',')}]`
  const members: string[] = []
  for (const [key, member] of Object.entries(value as Record<string, Json | undefined>)) {
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${jsonText(member)}`)
  }
  return `{${members.join(',')}}`
}

/** A value as people read it: texts without quotes, numbers by their digits, nothing for null. */
export function plainText(value: ExactValue | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : jsonText(value)
}
