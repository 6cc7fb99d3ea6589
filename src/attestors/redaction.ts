// Takes the values of secret-named environment variables out of recorded output and arguments.
// Works on bytes, so that text which is not UTF-8 hides nothing. Used by the step runner; the streams themselves pass unchanged.

/** What stands in place of a secret. */
export const REDACTED = '[REDACTED]'

/** A variable is secret when its upper-cased name contains one of these; the list is cilock's. */
const SECRET_WORDS = [
  'TOKEN',
  'SECRET',
  'PASSWORD',
  'PASSWD',
  'PASSPHRASE',
  'CREDENTIAL',
  'PRIVATE_KEY',
  'ACCESS_KEY',
  'APIKEY',
  'API_KEY',
  'SIGNING_KEY',
  'SSH_KEY',
] as const

/** Shorter values (`1`, `true`, `dev`) would blot out ordinary words. */
const SHORTEST_SECRET = 8

/** Removes a fixed set of secrets from bytes and texts. */
export interface Redactor {
  /** Length in bytes of the longest secret; 0 without secrets. */
  readonly longest: number
  /**
   * The first `end` bytes of `raw` without secrets. `raw` may go on beyond `end`, by up to `longest - 1` bytes, so that a
   * secret across `end` is recognised: it is replaced whole.
   */
  bytes(raw: Buffer, end?: number): Buffer
  text(value: string): string
}

/** Values in `env` that must not be recorded. */
export function secretValues(env: Readonly<Record<string, string | undefined>>): string[] {
  const values = new Set<string>()
  for (const [name, value] of Object.entries(env)) {
    const upper = name.toUpperCase()
    if (value !== undefined && SECRET_WORDS.some(word => upper.includes(word))) values.add(value)
  }
  return [...values].filter(value => Buffer.byteLength(value) >= SHORTEST_SECRET)
}

/** A redactor for these secrets. */
export function createRedactor(secrets: Iterable<string>): Redactor {
  const needles = [...new Set(secrets)].filter(secret => secret !== '').map(secret => Buffer.from(secret))
  const longest = needles.reduce((length, needle) => Math.max(length, needle.length), 0)
  const bytes = (raw: Buffer, end = raw.length): Buffer => redact(raw, end, needles)
  return { longest, bytes, text: value => bytes(Buffer.from(value)).toString() }
}

/** A half-open range of bytes, `[start, end)`. */
interface Range {
  readonly start: number
  readonly end: number
}

/**
 * Overlapping secrets are replaced as one: replacing them one after the other, even longest first, would leave the rest of
 * the second where the first has eaten its head.
 */
function redact(raw: Buffer, end: number, needles: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = []
  let from = 0
  for (const range of merged(needles.flatMap(needle => occurrences(raw, needle, end)))) {
    pieces.push(raw.subarray(from, range.start), Buffer.from(REDACTED))
    from = range.end
  }
  if (from < end) pieces.push(raw.subarray(from, end))
  return Buffer.concat(pieces)
}

/** Where `needle` starts before `end`, self-overlapping ones included. */
function occurrences(raw: Buffer, needle: Buffer, end: number): Range[] {
  const found: Range[] = []
  for (let at = raw.indexOf(needle); at >= 0 && at < end; at = raw.indexOf(needle, at + 1)) {
    found.push({ start: at, end: at + needle.length })
  }
  return found
}

function merged(ranges: Range[]): Range[] {
  const result: Range[] = []
  for (const range of ranges.sort((left, right) => left.start - right.start)) {
    const last = result.at(-1)
    // Touching ranges stay two: that is what replacing each secret gives.
    if (last === undefined || range.start >= last.end) result.push(range)
    else if (range.end > last.end) result[result.length - 1] = { start: last.start, end: range.end }
  }
  return result
}
