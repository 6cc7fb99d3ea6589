// Who may post: whoever knows the token. Compares in a time that tells nothing of how much was right.
// Certificates of senders are checked by TLS before. Used by every listener.
import { createHash, timingSafeEqual } from 'node:crypto'

/** The token of a listener, or none. */
export class Access {
  readonly #digest: Buffer | undefined

  constructor(token: string | undefined) {
    this.#digest = token === undefined ? undefined : digestOf(token)
  }

  /** Whether a request with this `Authorization` may do anything; `Bearer`, in any case. */
  admits(authorization: string | undefined): boolean {
    if (this.#digest === undefined) return true
    const [, token] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
    // Digests have one length, which tokens don't.
    return token !== undefined && timingSafeEqual(digestOf(token), this.#digest)
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
