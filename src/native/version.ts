// The version of this release, and where its files are: what the command was installed with.
// Loads nothing else, for it answers `--version`. Used by `cli.ts`, `native.ts`, help, and who reads files that are shipped.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LannerError } from '../error.ts'

/** The version in our own package.json. */
export function packageVersion(): string {
  return ownPackage().version
}

/** A file that is shipped with the command, by its path in the package. */
export function shippedFile(path: string): string {
  return fileURLToPath(new URL(path, ownPackage().folder))
}

/** Our own package.json lies one folder above the bundle and two above this source. */
function ownPackage(): { readonly folder: URL; readonly version: string } {
  for (const place of ['../', '../../']) {
    try {
      const folder = new URL(place, import.meta.url)
      const parsed: unknown = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'))
      const { name, version } = parsed as { name?: unknown; version?: unknown }
      if (name === 'lanner' && typeof version === 'string') return { folder, version }
    } catch {
      // Not there: the next place is.
    }
  }
  throw new LannerError('ERR_INTERNAL', 'package.json of lanner not found beside the command', { exit: 70 })
}
