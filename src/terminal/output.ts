// Writing to stdout and stderr: the one place that waits for a slow reader and forgives one that has left.
// Decides nothing about wording. Used by the commands and the renderers beside it.
import type { Writable } from 'node:stream'
import { LannerError } from '../error.ts'

/** What a write says when nobody will read it any more: the pipe broke now, or an earlier write found it broken. */
const READER_GONE: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']

/**
 * Writes all of `chunk` and waits until it is taken: whether a pipe is broken is known no earlier. Resolves `false` once the
 * reader is gone (`… | head`), which is no error here. Throws `ERR_OUTPUT_STDOUT` for a full disk and the like; what stderr
 * can't take is dropped instead, for the loss of a message must not cost the evidence.
 */
export async function writeAll(stream: Writable, chunk: string | Uint8Array): Promise<boolean> {
  if (!isOpen(stream)) return false
  const fault = await new Promise<Error | null | undefined>(taken => stream.write(chunk, taken))
  if (!fault) return true
  if (stream === process.stderr || READER_GONE.includes(Reflect.get(fault, 'code'))) return false
  throw new LannerError('ERR_OUTPUT_STDOUT', `stdout can't be written: ${fault.message}`, { cause: fault })
}

/** Keeps a failed write to our own output from ending the process: `writeAll` has told its caller. */
export function tolerateClosedOutput(stream: Writable): void {
  stream.on('error', () => undefined)
}

function isOpen(stream: Writable): boolean {
  return !stream.destroyed && !stream.writableEnded && stream.errored === null
}
