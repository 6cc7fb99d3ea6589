// Flags of cilock that Lanner does not have: refused by name with the reason, so that no one believes they worked.
// Looks only at names. Used by `cli.ts` before a command parses its words.
import { usageError } from '../error.ts'
import { refuseUnsupportedVerifyFlags } from './verify-unsupported.ts'

const CACHE =
  'no file is taken for a cache: all are recorded; `--attestor-product-exclude-glob` leaves out products'
const PLATFORM = 'Lanner talks to no platform'
const ARCHIVISTA = 'Archivista is given a token or headers, and no identity is fetched for it'
const SIGNER = 'this version signs with key files only (`--signer-file-key-path`)'
const TIMESTAMP = 'this version asks no timestamp authority'

/** Whole names. */
const FLAGS: Readonly<Record<string, string>> = {
  '--cache-add-pattern': CACHE,
  '--validate-only': 'this version has no dry run',
  '--timestamp-servers': TIMESTAMP,
  '-t': TIMESTAMP,
  '--policy-hardening': 'it belongs to verification, which this version does not have',
}

/** Beginnings of names. */
const FAMILIES: readonly (readonly [prefix: string, reason: string])[] = [
  ['--archivista-', ARCHIVISTA],
  ['--archivist-', ARCHIVISTA],
  ['--signer-fulcio-', SIGNER],
  ['--signer-piv-', SIGNER],
  ['--signer-kms-', SIGNER],
  ['--signer-vault-', SIGNER],
  ['--signer-spiffe-', SIGNER],
  ['--signer-debug-', SIGNER],
  ['--platform-', PLATFORM],
]

/** Words of those families that are accepted. */
const ACCEPTED = [
  '--platform-url',
  '--archivista-server',
  '--archivist-server',
  '--archivista-headers',
  '--archivista-token-path',
]

/**
 * The words without those flags that are switched off (`--validate-only=false` asks for what happens anyway). Throws
 * `ERR_USAGE_UNSUPPORTED` for the first one that is not; `-t` means something else to `sign`.
 */
export function refuseUnsupportedFlags(words: readonly string[], command: string): readonly string[] {
  if (command === 'verify') return refuseUnsupportedVerifyFlags(words)
  if (command !== 'run' && command !== 'attest') return words
  return words.filter(word => {
    const name = word.split('=', 1)[0] ?? word
    const reason = FLAGS[name] ?? FAMILIES.find(([prefix]) => name.startsWith(prefix))?.[1]
    if (reason === undefined || ACCEPTED.includes(name)) return true
    if (word.endsWith('=false')) return false
    throw usageError('ERR_USAGE_UNSUPPORTED', `\`${name}\` is not supported: ${reason}`)
  })
}
