// The name Archivista gives to an envelope: SHA-256 of git's blob header and the exact bytes (`git hash-object`, SHA-256 repository).
// Never holds the file in memory. Used for what is sent and for what was received.
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { reasonOf } from '../envelope/bounded-file.ts'
import { LannerError, usageError } from '../error.ts'

/** A file's name in the archive, and how many bytes it stands for. */
export interface GitoidFile {
  readonly gitoid: string
  readonly size: number
}

/** Digests `file`. Throws `ERR_ARCHIVE_FILE` when it can't be read or changes meanwhile. */
export async function gitoidOf(file: string): Promise<GitoidFile> {
  try {
    const handle = await open(file, 'r')
    try {
      const status = await handle.stat()
      // A pipe has no length to put into the header, and could not be sent twice.
      if (!status.isFile()) throw new Error('it is no regular file')
      const { size } = status
      const hash = createHash('sha256').update(`blob ${size}\0`)
      let count = 0
      for await (const chunk of handle.createReadStream({ autoClose: false })) {
        hash.update(chunk)
        count += chunk.length
      }
      if (count !== size) throw new Error('it changed while it was read')
      return { gitoid: hash.digest('hex'), size }
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw new LannerError('ERR_ARCHIVE_FILE', `\`${file}\` can't be read: ${reasonOf(cause)}`, {
      facts: { file },
      cause,
    })
  }
}

/** A gitoid as a person types it, with or without the URI's `gitoid:blob:sha256:`. Throws `ERR_USAGE_GITOID`. */
export function parseGitoid(text: string): string {
  const hex = text.replace(/^gitoid:blob:sha256:/, '').toLowerCase()
  if (isGitoid(hex)) return hex
  throw usageError('ERR_USAGE_GITOID', `\`${text}\` is no gitoid`, 'a gitoid is 64 hex digits (SHA-256)')
}

/** Whether `text` is 64 lower-case hex digits: it becomes part of a URL. */
export function isGitoid(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
