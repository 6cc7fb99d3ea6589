// Puts alerts out of held messages together to one batch, up to a limit. Pure.
// Used by `jetstream-consumer.ts`.
import { positionOf } from './alert-pack.ts'
import type { HeldPack } from './held-pack.ts'
import type { AlertBatch, TakeLimit } from './queue.ts'

const OPENING = Buffer.from('{')

/** A batch in the making. */
export class BatchBuilder {
  readonly #limit: TakeLimit
  readonly #lines: Buffer[] = []
  readonly #ids: Buffer[] = []
  readonly #positions: bigint[] = []
  readonly #accepted: bigint[] = []
  #bytes = 0
  #redelivered = 0

  constructor(limit: TakeLimit) {
    this.#limit = limit
  }

  /** Of the alerts in it, those that may have been handed out before. */
  get redelivered(): number {
    return this.#redelivered
  }

  /** Takes alerts from `pack` as long as there is room; the first always fits. Gives whether there is room left. */
  fill(pack: HeldPack): boolean {
    while (pack.alerts !== undefined && !pack.isTaken) {
      const { alerts, next } = pack
      const line = alerts.lines.subarray(next === 0 ? 0 : alerts.ends[next - 1], alerts.ends[next])
      if (!this.#hasRoom(line.length)) return false
      this.#add(this.#limit.raw === true ? rawLine(line, alerts.added[next] ?? 0) : [line])
      this.#ids.push(alerts.ids.subarray(next * 16, next * 16 + 16))
      this.#positions.push(positionOf(pack.sequence, next))
      this.#accepted.push(pack.accepted)
      if (pack.redelivered) this.#redelivered += 1
      pack.advance()
    }
    return true
  }

  #hasRoom(bytes: number): boolean {
    const count = this.#positions.length
    return count === 0 || (count < this.#limit.alerts && this.#bytes + bytes <= this.#limit.bytes)
  }

  #add(pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      this.#lines.push(piece)
      this.#bytes += piece.length
    }
  }

  /** `undefined` when nothing was found to take. */
  build(): AlertBatch | undefined {
    if (this.#positions.length === 0) return undefined
    return {
      count: this.#positions.length,
      lines: Buffer.concat(this.#lines),
      ids: Buffer.concat(this.#ids),
      positions: BigUint64Array.from(this.#positions),
      accepted: BigInt64Array.from(this.#accepted),
    }
  }
}

/** The line without the `added` bytes behind its `{`. */
function rawLine(line: Buffer, added: number): readonly Buffer[] {
  return added === 0 ? [line] : [OPENING, line.subarray(1 + added)]
}
