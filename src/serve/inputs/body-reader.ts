// The bytes of a request's body, unpacked: whatever its content type says, up to a limit, within the budget of memory.
// Looks at no byte. Used by every listener that takes posts.
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { LannerError, messageOf } from '../../error.ts'
import type { BodyBudget, BodyShare } from './body-budget.ts'

/** A body in memory; `release` once it is used. */
export interface HeldBody {
  readonly bytes: Buffer
  release(): void
}

/** Reads bodies of at most `limit` bytes, unpacked. */
export class BodyReader {
  readonly #limit: number
  readonly #budget: BodyBudget

  constructor(limit: number, budget: BodyBudget) {
    this.#limit = limit
    this.#budget = budget
  }

  /** Throws `ERR_POST_LENGTH`, before anything is read where the head of the request tells. */
  refuseLong({ headers }: IncomingMessage): void {
    if (Number(headers['content-length'] ?? 0) > this.#limit) throw tooLong(this.#limit)
  }

  /** Rejects with `ERR_POST_LENGTH`, `ERR_POST_ENCODING`, or `ERR_POST_ABORTED` when the sender went away. */
  async read(request: IncomingMessage): Promise<HeldBody> {
    this.refuseLong(request)
    const packed = isPacked(request.headers['content-encoding'])
    const share = this.#budget.open()
    const onClose = (): void => share.release()
    // Whoever waits for memory must not wait for a sender that is gone.
    request.once('close', onClose)
    try {
      const length = packed ? undefined : request.headers['content-length']
      const bytes = await (length === undefined
        ? this.#gather(packed ? unpacked(request) : request, request, share)
        : gatherKnown(request, Number(length), share))
      if (!request.complete) throw aborted()
      return { bytes, release: () => share.release() }
    } catch (thrown) {
      share.release()
      throw faultOf(thrown, request)
    } finally {
      request.off('close', onClose)
    }
  }

  async #gather(stream: Readable, request: IncomingMessage, share: BodyShare): Promise<Buffer> {
    const chunks: Buffer[] = []
    let total = 0
    for await (const chunk of chunksOf(stream)) {
      total += chunk.length
      if (total > this.#limit) {
        request.unpipe()
        throw tooLong(this.#limit)
      }
      await share.take(chunk.length)
      chunks.push(chunk)
    }
    const [only] = chunks
    return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, total)
  }
}

/** Into one piece of memory from the start, so that a long body is there once and not twice. */
async function gatherKnown(request: IncomingMessage, length: number, share: BodyShare): Promise<Buffer> {
  let whole: Buffer | undefined
  let filled = 0
  for await (const chunk of chunksOf(request)) {
    await share.take(chunk.length)
    filled += chunk.length
    if (chunk.length === length) whole = chunk
    else {
      // Memory that is not written to is not there yet: a sender that promises much and sends little costs little.
      whole ??= Buffer.allocUnsafeSlow(length)
      chunk.copy(whole, filled - chunk.length)
    }
  }
  return (whole ?? Buffer.alloc(0)).subarray(0, filled)
}

/** A stream that is left early stays whole: its socket has to carry the answer yet. */
function chunksOf(stream: Readable): AsyncIterable<Buffer> {
  return stream.iterator({ destroyOnReturn: false })
}

function unpacked(request: IncomingMessage): Readable {
  const unpacker = createGunzip()
  request.on('error', fault => unpacker.destroy(fault))
  request.on('close', () => {
    if (!request.complete) unpacker.destroy(aborted())
  })
  return request.pipe(unpacker)
}

function isPacked(encoding: string | undefined): boolean {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return false
  if (name === 'gzip' || name === 'x-gzip') return true
  throw new LannerError('ERR_POST_ENCODING', `content encoding \`${name}\` is not known`, {
    hint: 'send it as it is, or as gzip',
  })
}

function tooLong(limit: number): LannerError {
  return new LannerError('ERR_POST_LENGTH', `the body is longer than ${limit} bytes`, {
    hint: 'send fewer alerts at once, or raise `limits.body`',
    facts: { limit },
  })
}

function aborted(): LannerError {
  return new LannerError('ERR_POST_ABORTED', 'the sender went away before the end of its body')
}

function faultOf(thrown: unknown, request: IncomingMessage): unknown {
  if (thrown instanceof LannerError) return thrown
  if (!request.complete) return aborted()
  const why = messageOf(thrown)
  return new LannerError('ERR_POST_ENCODING', `the body can't be unpacked: ${why}`, { cause: thrown })
}
