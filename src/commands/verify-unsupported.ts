// The flags of cilock's `verify` that this version refuses, each with the reason; `=false` asks for what happens anyway.
// Parses nothing else. Used before the words reach the command.
import { usageError } from '../error.ts'

const ARCHIVISTA = 'Archivista is given a token or headers, and no identity is fetched for it'
const VERIFIER =
  'this version verifies with keys and certificates from files only (`-k`, `--policy-ca-roots`)'
const SIGNER = 'this version signs with key files only (`--signer-file-key-path`)'

const FAMILIES: readonly (readonly [prefix: string, reason: string])[] = [
  ['--archivista-oidc', ARCHIVISTA],
  ['--archivista-audience', ARCHIVISTA],
  ['--verifier-', VERIFIER],
  ['--signer-fulcio-', SIGNER],
  ['--signer-piv-', SIGNER],
  ['--signer-kms-', SIGNER],
  ['--signer-vault-', SIGNER],
  ['--signer-spiffe-', SIGNER],
  ['--signer-debug-', SIGNER],
  ['--trust-discovery', 'nothing is contacted to find out whom to trust'],
  ['--output-bundle', '`lanner bundle create` writes bundles'],
  ['--vsa-timestamp-servers', 'this version asks no timestamp authority'],
]

/** The words without what is switched off. Throws `ERR_USAGE_UNSUPPORTED` for the first that is not. */
export function refuseUnsupportedVerifyFlags(words: readonly string[]): readonly string[] {
  return words.filter(word => {
    const name = word.split('=', 1)[0] ?? word
    const reason = FAMILIES.find(([prefix]) => name.startsWith(prefix))?.[1]
    if (reason === undefined) return true
    if (word.endsWith('=false')) return false
    throw usageError('ERR_USAGE_UNSUPPORTED', `\`${name}\` is not supported: ${reason}`)
  })
}
