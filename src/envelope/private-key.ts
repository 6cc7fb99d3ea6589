// Opens a private key out of a PEM block: PKCS#8, PKCS#1, SEC1, and encrypted PKCS#8 or legacy `DEK-Info` with a passphrase.
// Reads no files and doesn't judge algorithms. Used by `keys.ts` alone.
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { LannerError } from '../error.ts'
import type { PemBlock } from './pem.ts'
import type { Secret } from './secret.ts'

/** What opening a block came to. `absent` means: no private key in here, encrypted or not. */
export type Opened =
  | { readonly kind: 'key'; readonly key: KeyObject }
  | { readonly kind: 'locked'; readonly open: (passphrase: Secret, file: string) => KeyObject }
  | { readonly kind: 'absent' }

const FORMS = ['pkcs8', 'pkcs1', 'sec1'] as const
/** RFC 1421 encryption says nothing of what is inside; OpenSSL takes that from the label, which we don't trust. */
const LEGACY_LABELS = ['EC PRIVATE KEY', 'RSA PRIVATE KEY', 'PRIVATE KEY'] as const

/** Looks at the bytes only, never at the label. */
export function openPrivateKey(block: PemBlock): Opened {
  if (block.headers.has('DEK-Info'))
    return { kind: 'locked', open: (secret, file) => openLegacy(block, secret, file) }
  for (const type of FORMS) {
    try {
      return { kind: 'key', key: createPrivateKey({ key: block.der, format: 'der', type }) }
    } catch (cause) {
      if (codeOf(cause) === 'ERR_MISSING_PASSPHRASE') {
        return { kind: 'locked', open: (secret, file) => openEncryptedPkcs8(block, secret, file) }
      }
    }
  }
  return { kind: 'absent' }
}

function openEncryptedPkcs8(block: PemBlock, passphrase: Secret, file: string): KeyObject {
  try {
    return createPrivateKey({ key: block.der, format: 'der', type: 'pkcs8', passphrase: passphrase.reveal() })
  } catch (cause) {
    // Raised before the passphrase matters: OpenSSL leaves RC2, single DES and the like to its legacy provider.
    if (codeOf(cause) === 'ERR_OSSL_EVP_UNSUPPORTED') throw unsupportedCipher(file, cause)
    throw wrongPassphrase(file, cause)
  }
}

function openLegacy(block: PemBlock, passphrase: Secret, file: string): KeyObject {
  const body =
    block.der
      .toString('base64')
      .match(/.{1,64}/g)
      ?.join('\n') ?? ''
  const head = [...block.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
  let fault: unknown
  for (const label of LEGACY_LABELS) {
    try {
      const text = `-----BEGIN ${label}-----\n${head}\n\n${body}\n-----END ${label}-----\n`
      return createPrivateKey({ key: text, format: 'pem', passphrase: passphrase.reveal() })
    } catch (cause) {
      fault ??= cause
    }
  }
  if (codeOf(fault) === 'ERR_OSSL_PEM_UNSUPPORTED_ENCRYPTION') throw unsupportedCipher(file, fault)
  throw wrongPassphrase(file, fault)
}

function wrongPassphrase(file: string, cause: unknown): LannerError {
  return new LannerError('ERR_KEY_PASSPHRASE', `the passphrase does not open key file \`${file}\``, {
    facts: { file, passphrase: 'wrong' },
    cause,
  })
}

function unsupportedCipher(file: string, cause: unknown): LannerError {
  return new LannerError(
    'ERR_KEY_FORMAT',
    `key file \`${file}\` is encrypted in a way OpenSSL no longer opens`,
    {
      facts: { file },
      hint: 'write it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc`',
      cause,
    },
  )
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}
