// The user's own subjects: `--subjects NAME` and `--subjects NAME=ALG:HEX`, parsed and checked before the step runs.
// Adds no prefix. Used by `run` and `attest`.
import { createHash } from 'node:crypto'
import type { DigestSet } from '../attestors/attestor.ts'
import { usageError } from '../error.ts'

const DIGEST_BYTES: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 }

/** Reads every `--subjects` value; a name alone stands for the SHA-256 of its UTF-8 text. Throws `ERR_USAGE_SUBJECT`. */
export function parseSubjects(values: readonly string[]): ReadonlyMap<string, DigestSet> {
  const subjects = new Map<string, DigestSet>()
  for (const value of values) {
    const at = value.indexOf('=')
    const name = at === -1 ? value : value.slice(0, at)
    if (name === '') throw usageError('ERR_USAGE_SUBJECT', `subject \`${value}\` has no name`)
    if (subjects.has(name)) throw usageError('ERR_USAGE_SUBJECT', `subject \`${name}\` is given twice`)
    subjects.set(name, at === -1 ? digestOfName(name) : parseDigest(value, value.slice(at + 1)))
  }
  return subjects
}

function digestOfName(name: string): DigestSet {
  return { sha256: createHash('sha256').update(name).digest('hex') }
}

function parseDigest(subject: string, text: string): DigestSet {
  const [algorithm = '', hex = ''] = text.split(':', 2)
  const bytes = DIGEST_BYTES[algorithm]
  if (bytes === undefined) {
    const known = Object.keys(DIGEST_BYTES).join(', ')
    throw usageError('ERR_USAGE_SUBJECT', `subject \`${subject}\`: expected ALG:HEX with ALG one of ${known}`)
  }
  if (!/^[0-9a-f]+$/i.test(hex) || hex.length !== bytes * 2 || text !== `${algorithm}:${hex}`) {
    throw usageError(
      'ERR_USAGE_SUBJECT',
      `subject \`${subject}\`: expected ${bytes * 2} hex digits for ${algorithm}`,
    )
  }
  return { [algorithm]: hex.toLowerCase() }
}
