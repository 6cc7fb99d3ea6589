// The blocks of lines that were read last, unpacked: neighbours in a list lie in the same block. Bounded in bytes.
// Blocks never change, and numbers of chunks are never used again. Used where lines are read.

/** Bytes of text that are kept, about. */
const MOST = 16_000_000

/** See the file. */
export class BlockCache {
  readonly #blocks = new Map<string, readonly string[]>()
  #held = 0

  get(name: string): readonly string[] | undefined {
    const lines = this.#blocks.get(name)
    if (lines === undefined) return undefined
    this.#blocks.delete(name)
    this.#blocks.set(name, lines)
    return lines
  }

  put(name: string, lines: readonly string[]): void {
    if (this.#blocks.has(name)) return
    this.#blocks.set(name, lines)
    this.#held += sizeOf(lines)
    for (const [oldest, dropped] of this.#blocks) {
      if (this.#held <= MOST) return
      this.#blocks.delete(oldest)
      this.#held -= sizeOf(dropped)
    }
  }
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0)
}
