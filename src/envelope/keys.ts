// Loads private and public keys from PEM files, whatever their encoding, and lets through only keys that may sign here.
// Uses no key beyond one probe signature. Called by signers, verifiers and `keyid show`.
import { createPublicKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto'
import { LannerError } from '../error.ts'
import { readBoundedFile } from './bounded-file.ts'
import { readDer, TAG } from './der.ts'
import { certificateKey, keyAlgorithm } from './key-algorithm.ts'
import { firstPemBlock, type PemBlock } from './pem.ts'
import { type Opened, openPrivateKey } from './private-key.ts'
import type { Secret } from './secret.ts'

/** An RSA key of 16384 bits takes 13 kB; more than this is some other file. */
const MAX_KEY_FILE = 256 * 1024
const PRIVATE = 'a PEM private key (PKCS#8, PKCS#1 or SEC1)'
const PUBLIC = 'a PEM public key (PKIX, PKCS#1 or an X.509 certificate)'
const EITHER = 'a PEM public or private key'

/** The private key of `file`. Only the first PEM block counts and its label is not looked at. */
export function loadPrivateKey(file: string, passphrase?: Secret): KeyObject {
  return withFirstBlock(file, PRIVATE, block => {
    const key = privateKeyIn(block, file, passphrase)
    if (key !== undefined) return key
    throw wrongContent(file, PRIVATE, publicKeyIn(block, file) === undefined ? 'no key' : 'a public key')
  })
}

/** The public key of `file`; a private key is refused, so that nobody hands one around by habit. */
export function loadPublicKey(file: string): KeyObject {
  return withFirstBlock(file, PUBLIC, block => {
    // Asked first because OpenSSL reads an RSA private key as a public one too; to try each form costs milliseconds.
    if (!isPublicKeyInfo(block.der) && openPrivateKey(block).kind !== 'absent')
      throw wrongContent(file, PUBLIC, 'a private key')
    const key = publicKeyIn(block, file)
    if (key === undefined) throw wrongContent(file, PUBLIC, 'no key')
    return key
  })
}

/** The public half of whichever key `file` holds: tried as a private key first, then as a public one. */
export function loadPublicHalf(file: string, passphrase?: Secret): KeyObject {
  return withFirstBlock(file, EITHER, block => {
    const key = privateKeyIn(block, file, passphrase)
    const half = key === undefined ? publicKeyIn(block, file) : createPublicKey(key)
    if (half === undefined) throw wrongContent(file, EITHER, 'no key')
    return half
  })
}

/** Whether `der` has the form of a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), which no private key and no certificate has. */
export function isPublicKeyInfo(der: Buffer): boolean {
  try {
    const [algorithm, key, ...more] = readDer(der).sequence('the key')
    const [oid] = algorithm?.sequence('the algorithm') ?? []
    return oid?.tag === TAG.oid && key?.tag === TAG.bitString && more.length === 0
  } catch {
    return false
  }
}

/** Reads and decodes, and erases both texts when `use` is done; the key itself lives on inside OpenSSL. */
function withFirstBlock(file: string, expected: string, use: (block: PemBlock) => KeyObject): KeyObject {
  const bytes = readBoundedFile(file, { limit: MAX_KEY_FILE, code: 'ERR_KEY_READ', what: 'key file' })
  try {
    const block = firstPemBlock(bytes, { file, expected })
    try {
      return use(block)
    } finally {
      block.der.fill(0)
    }
  } finally {
    bytes.fill(0)
  }
}

function privateKeyIn(block: PemBlock, file: string, passphrase: Secret | undefined): KeyObject | undefined {
  const opened = openPrivateKey(block)
  if (opened.kind === 'absent') return undefined
  const key = opened.kind === 'key' ? opened.key : unlock(opened, file, passphrase)
  keyAlgorithm(key, file)
  assertHalvesMatch(key, file)
  return key
}

function unlock(
  locked: Extract<Opened, { kind: 'locked' }>,
  file: string,
  passphrase: Secret | undefined,
): KeyObject {
  if (passphrase === undefined) throw missingPassphrase(file)
  return locked.open(passphrase, file)
}

function publicKeyIn(block: PemBlock, file: string): KeyObject | undefined {
  const key =
    publicKeyOf(block.der, 'spki') ?? publicKeyOf(block.der, 'pkcs1') ?? keyOfCertificate(block.der, file)
  if (key !== undefined) keyAlgorithm(key, file)
  return key
}

function publicKeyOf(der: Buffer, type: 'spki' | 'pkcs1'): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type })
  } catch {
    return undefined
  }
}

function keyOfCertificate(der: Buffer, file: string): KeyObject | undefined {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(der)
  } catch {
    return undefined
  }
  return certificateKey(certificate, file)
}

/**
 * A key file may carry a public half that belongs to another key (SEC1 and PKCS#1 hold both). OpenSSL believes it, and every
 * signature would fail to verify under the id we print: better known before the step runs than at the release gate.
 */
function assertHalvesMatch(key: KeyObject, file: string): void {
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const probe = Buffer.from('lanner key probe')
  if (verify(digest, probe, createPublicKey(key), sign(digest, probe, key))) return
  throw new LannerError('ERR_KEY_FORMAT', `the public half in key file \`${file}\` belongs to another key`, {
    facts: { file },
  })
}

function missingPassphrase(file: string): LannerError {
  return new LannerError(
    'ERR_KEY_PASSPHRASE',
    `key file \`${file}\` is encrypted and no passphrase was given`,
    {
      facts: { file, passphrase: 'missing' },
      hint: 'pass `--signer-file-key-passphrase-path FILE` or set `LANNER_KEY_PASSPHRASE`',
    },
  )
}

function wrongContent(file: string, expected: string, found: string): LannerError {
  return new LannerError('ERR_KEY_FORMAT', `\`${file}\` holds ${found}; expected ${expected}`, {
    facts: { file, expected, found },
  })
}
