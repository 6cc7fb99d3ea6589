// A script of Redis, which knows it by its digest. Used by the files that hold scripts.
import { createHash } from 'node:crypto'

/** A script, and the digest that Redis knows it by. */
export interface Script {
  readonly text: string
  readonly digest: string
}

/** Parts of one script. */
export function script(...parts: readonly string[]): Script {
  const text = parts.join('\n')
  return { text, digest: createHash('sha1').update(text).digest('hex') }
}
