// Writes a file that was not there, for its owner alone: an imported configuration may hold secrets.
// Used by the import.
import { writeFileSync } from 'node:fs'
import { LannerError } from '../../error.ts'

/** Throws `ERR_IMPORT_WRITE`; a file that exists is left as it is. */
export function writeNewFile(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const why = code === 'EEXIST' ? 'is there already' : `can't be written (${code})`
    throw new LannerError('ERR_IMPORT_WRITE', `\`${file}\` ${why}`, {
      exit: code === 'EEXIST' ? 2 : 3,
      facts: { file },
      cause,
    })
  }
}
