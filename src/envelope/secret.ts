// Holds bytes that must not be seen: a passphrase, a private seed. Owns its own copy and can erase it.
// Encrypts nothing, and can't erase copies made by others. Used wherever a secret is passed on instead of used at once.
import { inspect } from 'node:util'
import { LannerError } from '../error.ts'

const REDACTED = '[redacted]'

/** A secret that prints as `[redacted]` in text, JSON, templates and inspection; only {@link reveal} gives the bytes. */
export class Secret {
  #bytes: Buffer | undefined

  constructor(value: string | Uint8Array) {
    this.#bytes = Buffer.from(value)
  }

  /** The bytes themselves, not a copy: they turn to zeros when the secret is wiped. */
  reveal(): Buffer {
    if (this.#bytes === undefined) {
      throw new LannerError('ERR_INTERNAL', 'a secret was used after it was wiped', { exit: 70 })
    }
    return this.#bytes
  }

  /** Overwrites the bytes; later use is a bug and is reported as one. */
  wipe(): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [Symbol.toPrimitive](): string {
    return REDACTED
  }

  [inspect.custom](): string {
    return REDACTED
  }
}
