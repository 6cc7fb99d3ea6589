// Tar archives as streams of members: headers are coded by `tar`, bodies pass through in pieces.
// Plain files alone: extended headers and links could make two readers see two archives. Used for bundles.
import { Header } from 'tar/header'

/** One file of an archive. Its body must be read, or skipped, before the next member is asked for. */
export interface TarMember {
  readonly name: string
  readonly size: number
  readonly body: AsyncIterable<Buffer>
}

/** Why an archive can't be read, in words that follow its name. */
export class TarFault extends Error {
  override readonly name = 'TarFault'
}

const BLOCK = 512

/** The plain files of the archive in `bytes`. Throws {@link TarFault}. */
export async function* readTar(bytes: AsyncIterable<Buffer>): AsyncGenerator<TarMember> {
  const source = new Blocks(bytes)
  for (;;) {
    const block = await source.take(BLOCK)
    if (block === undefined) throw new TarFault('is cut short')
    const header = headerOf(block)
    // POSIX.1-1988: two blocks of zeros end the archive.
    if (header === undefined) return await source.expectZeros()
    const size = header.size ?? 0
    if (!Number.isSafeInteger(size) || size < 0) throw new TarFault('holds a file without a size')
    const body = source.body(size)
    if (header.type === 'File' || header.type === 'OldFile') yield { name: header.path ?? '', size, body }
    else if (header.type !== 'Directory')
      throw new TarFault(`holds a ${header.type}; only plain files belong there`)
    for await (const _rest of body) {
      // Whatever the consumer left.
    }
    if ((await source.take((BLOCK - (size % BLOCK)) % BLOCK)) === undefined)
      throw new TarFault('is cut short')
  }
}

/** The pieces of an archive of `members`, whose sizes must be right. */
export async function* writeTar(members: Iterable<TarMember>, time: Date): AsyncGenerator<Buffer> {
  for (const { name, size, body } of members) {
    const header = new Header({ path: name, mode: 0o644, uid: 0, gid: 0, size, mtime: time, type: 'File' })
    header.encode()
    if (header.block !== undefined) yield header.block
    yield* body
    yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
  }
  yield Buffer.alloc(2 * BLOCK)
}

function headerOf(block: Buffer): Header | undefined {
  const header = new Header(block, 0)
  if (header.nullBlock) return undefined
  if (!header.cksumValid) throw new TarFault('has a damaged header')
  return header
}

/** Cuts a stream of chunks into the pieces tar is made of. */
class Blocks {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(bytes: AsyncIterable<Buffer>) {
    this.#chunks = bytes[Symbol.asyncIterator]()
  }

  /** Exactly `length` bytes, `undefined` when fewer are left. */
  async take(length: number): Promise<Buffer | undefined> {
    while (this.#rest.length < length) {
      const { value, done } = await this.#chunks.next()
      if (done === true) return undefined
      this.#rest = Buffer.concat([this.#rest, value])
    }
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }

  /** The next `size` bytes in pieces; asking again goes on where the last reader stopped. */
  body(size: number): AsyncIterable<Buffer> {
    let left = size
    const next = async (): Promise<IteratorResult<Buffer, undefined>> => {
      if (left === 0) return { done: true, value: undefined }
      const piece = this.#rest.length > 0 ? this.#rest : await this.#chunk()
      const value = piece.subarray(0, left)
      this.#rest = piece.subarray(value.length)
      left -= value.length
      return { done: false, value }
    }
    return { [Symbol.asyncIterator]: () => ({ next }) }
  }

  /** Reads to the end, so that gzip's checksum is reached; nothing but padding may stand there. */
  async expectZeros(): Promise<void> {
    for (let piece: Buffer | undefined = this.#rest; piece !== undefined; piece = await this.#next()) {
      if (piece.some(byte => byte !== 0)) throw new TarFault('goes on after its end')
    }
  }

  async #chunk(): Promise<Buffer> {
    const chunk = await this.#next()
    if (chunk === undefined) throw new TarFault('is cut short')
    return chunk
  }

  async #next(): Promise<Buffer | undefined> {
    const { value, done } = await this.#chunks.next()
    return done === true ? undefined : value
  }
}
