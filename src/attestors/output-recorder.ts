// Records one output stream of a step: digest and count of every byte, and the text of the first ones.
// Memory stays within the limit whatever the step prints. Used by `step.ts`.
import { createHash } from 'node:crypto'
import type { Redactor } from './redaction.ts'

/** What is recorded of a stream. */
export interface RecordedOutput {
  /** The beginning, secrets replaced, invalid UTF-8 as U+FFFD. */
  readonly text: string
  /** Lower-case hex over all bytes as they came, secrets included. */
  readonly sha256: string
  readonly bytes: number
  /** Whether `text` leaves off bytes. */
  readonly truncated: boolean
}

/** Takes chunks as they come, then gives the record once. */
export class OutputRecorder {
  readonly #hash = createHash('sha256')
  readonly #limit: number
  readonly #redactor: Redactor
  readonly #capacity: number
  #head = Buffer.alloc(0)
  #kept = 0
  #bytes = 0

  /** Keeps `limit` bytes of text. */
  constructor(limit: number, redactor: Redactor) {
    this.#limit = limit
    this.#redactor = redactor
    // So much more that a secret which begins within the limit is seen whole, and none of its head is kept.
    this.#capacity = limit + Math.max(redactor.longest - 1, 0)
  }

  take(chunk: Buffer): void {
    this.#hash.update(chunk)
    this.#bytes += chunk.length
    const wanted = Math.min(this.#capacity - this.#kept, chunk.length)
    if (wanted <= 0) return
    this.#reserve(this.#kept + wanted)
    chunk.copy(this.#head, this.#kept, 0, wanted)
    this.#kept += wanted
  }

  /** The record. The recorder takes no more after it. */
  finish(): RecordedOutput {
    const raw = this.#head.subarray(0, this.#kept)
    const truncated = this.#bytes > this.#limit
    const redacted = this.#redactor.bytes(raw, Math.min(this.#kept, this.#limit))
    // A marker may be longer than its secret: the limit holds for what is recorded.
    const kept = truncated || redacted.length > this.#limit ? cutAtCharacter(redacted, this.#limit) : redacted
    // Node reads invalid bytes in a variable as U+FFFD; the same bytes in the output match only once decoded alike.
    const text = this.#redactor.text(kept.toString('utf8'))
    return { text, sha256: this.#hash.digest('hex'), bytes: this.#bytes, truncated }
  }

  /** Grows by doubling, so that a step of few words costs few bytes. */
  #reserve(length: number): void {
    if (length <= this.#head.length) return
    const grown = Buffer.alloc(Math.min(this.#capacity, Math.max(length, this.#head.length * 2, 4096)))
    this.#head.copy(grown, 0, 0, this.#kept)
    this.#head = grown
  }
}

/** At most `limit` bytes, without the head of a UTF-8 sequence (RFC 3629 §3) that the cut would leave. */
function cutAtCharacter(bytes: Buffer, limit: number): Buffer {
  const cut = bytes.subarray(0, limit)
  for (let back = 1; back <= Math.min(3, cut.length); back++) {
    const byte = cut[cut.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const sequence = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return sequence > back ? cut.subarray(0, cut.length - back) : cut
  }
  return cut
}
