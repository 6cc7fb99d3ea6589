// Cuts pieces of text into blocks of whole lines. Looks at nothing but line feeds.
// Used by whatever reads input that grows.

const LINE_FEED = 10

/** Keeps what follows the last line feed until the rest of the line comes. */
export class LineSplitter {
  #rest: Buffer[] = []

  /** Bytes of a line that is not whole yet. */
  get held(): number {
    return this.#rest.reduce((sum, { length }) => sum + length, 0)
  }

  /** The whole lines that `piece` completes, as one block or none. A block may be a part of `piece`; what is kept of it is a copy. */
  push(piece: Buffer): Buffer[] {
    const end = piece.lastIndexOf(LINE_FEED) + 1
    if (end === 0) {
      this.#rest.push(Buffer.from(piece))
      return []
    }
    const block =
      this.#rest.length === 0
        ? piece.subarray(0, end)
        : Buffer.concat([...this.#rest, piece.subarray(0, end)])
    this.#rest = end < piece.length ? [Buffer.from(piece.subarray(end))] : []
    return [block]
  }

  /** The last line, if it lacks its line feed. */
  end(): Buffer[] {
    const rest = this.#rest
    this.#rest = []
    return rest.length === 0 ? [] : [Buffer.concat(rest)]
  }
}
