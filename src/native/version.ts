// The version of this release, read from the package.json the command was installed with.
// Loads nothing else, for it answers `--version`. Used by `cli.ts`, `native.ts` and help.
import { readFileSync } from 'node:fs'
import { LannerError } from '../error.ts'

/** The version in our own package.json, which lies one folder above the bundle and two above this source. */
export function packageVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'))
      const { name, version } = parsed as { name?: unknown; version?: unknown }
      if (name === 'lanner' && typeof version === 'string') return version
    } catch {
      // Not there: the next place is.
    }
  }
  throw new LannerError('ERR_INTERNAL', 'package.json of lanner not found beside the command', { exit: 70 })
}
