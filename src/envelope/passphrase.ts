// Finds the passphrase of a key file among flag, file and environment.
// Never asks a person, never prints what it found. Used by the signer options and by `keygen`.
import { LannerError } from '../error.ts'
import { readBoundedFile } from './bounded-file.ts'
import { Secret } from './secret.ts'

/** Read in this order. Whoever starts a child must leave these out of its environment. */
export const PASSPHRASE_VARIABLES = [
  'LANNER_KEY_PASSPHRASE',
  'AFLOCK_KEY_PASSPHRASE',
  'WITNESS_KEY_PASSPHRASE',
] as const

/** OpenSSL takes no more than this from a caller. */
const MAX_BYTES = 1024

/** The places a passphrase may come from, strongest first: `flag`, `file`, then {@link PASSPHRASE_VARIABLES} of `env`. */
export interface PassphraseSources {
  readonly flag?: string | undefined
  readonly file?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The first passphrase given. An empty flag or variable counts as not given, an empty file as a mistake. */
export function resolvePassphrase(sources: PassphraseSources): Secret | undefined {
  if (sources.flag) return new Secret(sources.flag)
  if (sources.file !== undefined) return readPassphraseFile(sources.file)
  for (const name of PASSPHRASE_VARIABLES) {
    const value = sources.env[name]
    if (value) return new Secret(value)
  }
  return undefined
}

/** The single line of `file`, without its line end; further spaces belong to the passphrase. */
export function readPassphraseFile(file: string): Secret {
  // Two bytes more than a passphrase may have: the line end.
  const bytes = readBoundedFile(file, {
    limit: MAX_BYTES + 2,
    code: 'ERR_KEY_PASSPHRASE',
    what: 'passphrase file',
  })
  try {
    const line = withoutLineEnd(bytes)
    if (line.length === 0) throw unusable(file, 'is empty')
    if (line.includes('\n')) throw unusable(file, 'holds more than one line')
    return new Secret(line)
  } finally {
    bytes.fill(0)
  }
}

function withoutLineEnd(bytes: Buffer): Buffer {
  const newline = bytes.at(-1) === 0x0a ? 1 : 0
  const carriage = newline === 1 && bytes.at(-2) === 0x0d ? 1 : 0
  return bytes.subarray(0, bytes.length - newline - carriage)
}

function unusable(file: string, what: string): LannerError {
  return new LannerError(
    'ERR_KEY_PASSPHRASE',
    `passphrase file \`${file}\` ${what}; expected a single line`,
    {
      facts: { file },
    },
  )
}
