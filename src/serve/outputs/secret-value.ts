// A text of the configuration that may lie elsewhere: written out, in an environment variable, or in a file.
// Owns the shape and the reading; what was read comes as a `Secret`. Used by `opening.ts` and the schemas of this folder.
import { isAbsolute, join } from 'node:path'
import * as z from 'zod'
import { readBoundedFile } from '../../envelope/bounded-file.ts'
import { Secret } from '../../envelope/secret.ts'
import { LannerError } from '../../error.ts'

/** See the file. */
export type TextSource = string | { readonly env: string } | { readonly file: string }

/** Shape of a {@link TextSource}. */
export const textSource: z.ZodType<TextSource, TextSource> = z.union(
  [
    z.string().min(1),
    z.strictObject({ env: z.string().min(1).describe('Name of an environment variable') }),
    z.strictObject({
      file: z.string().min(1).describe('Path of a file; one line end at its end is left out'),
    }),
  ],
  { error: 'expected a text that is not empty, {env: NAME} or {file: PATH}' },
)

/** Where texts are looked for. */
export interface TextPlaces {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Folder that relative paths start from: that of the configuration. */
  readonly directory: string
}

const MAX_FILE = 256 * 1024

/** The text. Throws `ERR_CONFIG_SECRET` when the variable is not set, or the file can't be read or is empty. */
export function readTextSource(source: TextSource, places: TextPlaces): Secret {
  if (typeof source === 'string') return new Secret(source)
  if ('env' in source) {
    const value = places.environment[source.env]
    if (value === undefined || value === '') {
      throw new LannerError('ERR_CONFIG_SECRET', `environment variable \`${source.env}\` is not set`, {
        facts: { variable: source.env },
      })
    }
    return new Secret(value)
  }
  const file = pathIn(places.directory, source.file)
  const content = readBoundedFile(file, { limit: MAX_FILE, code: 'ERR_CONFIG_SECRET', what: 'secret file' })
  const text = content.toString('utf8').replace(/\r?\n$/, '')
  content.fill(0)
  if (text === '')
    throw new LannerError('ERR_CONFIG_SECRET', `secret file \`${file}\` is empty`, { facts: { file } })
  return new Secret(text)
}

/** `path` as seen from `directory`. */
export function pathIn(directory: string, path: string): string {
  return isAbsolute(path) ? path : join(directory, path)
}
