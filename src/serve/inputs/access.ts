// Who may post: whoever knows a token. Compares in a time that tells nothing of how much was right.
// Certificates of senders are checked by TLS before. Used by every listener.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../envelope/secret.ts'
import { tokenIn } from '../authorization.ts'

/** The tokens of the listeners; without any everybody may. */
export class Access {
  readonly #digests: readonly Buffer[]

  constructor(tokens: readonly Secret[]) {
    this.#digests = tokens.map(token => digestOf(token.reveal()))
  }

  /** Whether a token is asked for. */
  get guarded(): boolean {
    return this.#digests.length > 0
  }

  /**
   * Whether a request with this `Authorization` may do anything: `Bearer TOKEN`, or `Basic` with the token as password, which is what
   * Falco makes of an address like `http://falco:TOKEN@host`.
   */
  admits(authorization: string | undefined): boolean {
    if (!this.guarded) return true
    const token = tokenIn(authorization)
    if (token === undefined) return false
    // Digests have one length, which tokens don't. All are compared, whichever is right.
    const digest = digestOf(token)
    return this.#digests.map(each => timingSafeEqual(each, digest)).includes(true)
  }
}

function digestOf(token: string | Buffer): Buffer {
  return createHash('sha256').update(token).digest()
}
