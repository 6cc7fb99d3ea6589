// Reads a whole file that must stay small, and closes it before anything else happens.
// Doesn't look at what is inside. Used for key, certificate and passphrase files and for what `sign` reads.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { LannerError, messageOf } from '../error.ts'

/** What is read, and how the failure to read it is called. */
export interface BoundedRead {
  readonly limit: number
  readonly code: string
  /** What the file is to the person: `key file`, `passphrase file` … */
  readonly what: string
}

const FIRST_CHUNK = 64 * 1024

/**
 * The bytes of `file`, at most `limit` of them. A pipe is read to its end (`-k <(vault read …)` works); the descriptor is
 * closed before this returns, so that no child started later can inherit or find it.
 */
export function readBoundedFile(file: string, read: BoundedRead): Buffer {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (cause) {
    throw unreadable(file, read, cause)
  }
  try {
    return readToEnd(descriptor, file, read)
  } finally {
    closeSync(descriptor)
  }
}

function readToEnd(descriptor: number, file: string, read: BoundedRead): Buffer {
  // One byte beyond the limit tells a full file from one that is too long.
  const ceiling = read.limit + 1
  let buffer: Buffer = Buffer.alloc(0)
  let length = 0
  try {
    const { size } = fstatSync(descriptor)
    buffer = Buffer.alloc(Math.min(ceiling, Math.max(size + 1, FIRST_CHUNK)))
    for (;;) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null)
      length += count
      if (count === 0 || length >= ceiling) break
      if (length === buffer.length) buffer = enlarge(buffer, Math.min(ceiling, length * 2))
    }
  } catch (cause) {
    buffer.fill(0)
    throw unreadable(file, read, cause)
  }
  if (length > read.limit) {
    buffer.fill(0)
    throw new LannerError(read.code, `${read.what} \`${file}\` is larger than ${read.limit} bytes`, {
      facts: { file, limit: read.limit },
    })
  }
  return buffer.subarray(0, length)
}

/** A larger copy; the old bytes are erased because they may be a key. */
function enlarge(buffer: Buffer, size: number): Buffer {
  const larger = Buffer.alloc(size)
  buffer.copy(larger)
  buffer.fill(0)
  return larger
}

function unreadable(file: string, read: BoundedRead, cause: unknown): LannerError {
  return new LannerError(read.code, `${read.what} \`${file}\` can't be read: ${reasonOf(cause)}`, {
    facts: { file },
    cause,
  })
}

/** The system's own words: `no such file or directory` out of `ENOENT: no such file or directory, open 'x'`. */
export function reasonOf(cause: unknown): string {
  const text = messageOf(cause)
  return /^[A-Z0-9]+: ([^,]+)/.exec(text)?.[1] ?? text
}
