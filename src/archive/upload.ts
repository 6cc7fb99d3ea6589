// Stores an envelope that was just written, and says how to go on when that fails: the file is kept, and is all a retry needs.
import { LannerError } from '../error.ts'
import { toLannerError } from '../native/failure.ts'
import type { Archivista, Uploaded } from './archivista.ts'

/** Uploads `file`. Throws `ERR_ARCHIVE_*` (exit 3) with the command that uploads it later as its hint. */
export async function uploadEnvelope(archive: Archivista, file: string): Promise<Uploaded> {
  try {
    return await archive.upload(file)
  } catch (thrown) {
    const { code, message, hint, facts, cause, exit } = toLannerError(thrown)
    if (exit === 70) throw thrown
    const resume = `the envelope is kept: \`lanner archive put ${shellWord(file)} --archivista-server ${archive.server}\` uploads it`
    throw new LannerError(code, message, {
      exit: 3,
      facts: { ...facts, file },
      hint: hint === undefined ? resume : `${hint}; ${resume}`,
      cause,
    })
  }
}

/** As a shell reads it back. */
function shellWord(text: string): string {
  return /^[\w./@%+,:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
