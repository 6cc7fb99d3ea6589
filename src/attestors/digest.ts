// SHA-256 of short texts, for subjects whose digest is that of a value. Files are digested by the addon.
import { createHash } from 'node:crypto'

/** Lower-case hex of the SHA-256 of `text` in UTF-8. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
