// Writes a private key as encrypted PKCS#8: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018), by hand.
// Reads nothing: OpenSSL opens what this writes. Used by `keygen`; Node's own export fixes 2048 rounds, too few to matter.
import { createCipheriv, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { encodePem } from './pem.ts'
import type { Secret } from './secret.ts'

/** OWASP's figure for PBKDF2-HMAC-SHA-256; about a fifth of a second. */
export const PBKDF2_ROUNDS = 600_000

const OID_PBES2 = oid('2a864886f70d01050d')
const OID_PBKDF2 = oid('2a864886f70d01050c')
const OID_HMAC_SHA256 = oid('2a864886f70d0209')
const OID_AES256_CBC = oid('60864801650304012a')
const DER_NULL = Buffer.from([0x05, 0x00])

/** `EncryptedPrivateKeyInfo` (RFC 5958 §3) of an unencrypted PKCS#8 key, as PEM text. */
export async function encryptPkcs8(pkcs8: Uint8Array, passphrase: Secret): Promise<string> {
  const salt = randomBytes(16)
  const iv = randomBytes(16)
  const key = await promisify(pbkdf2)(passphrase.reveal(), salt, PBKDF2_ROUNDS, 32, 'sha256')
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const sealed = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  key.fill(0)
  const derivation = sequence(
    OID_PBKDF2,
    sequence(octets(salt), integer(PBKDF2_ROUNDS), sequence(OID_HMAC_SHA256, DER_NULL)),
  )
  const scheme = sequence(OID_PBES2, sequence(derivation, sequence(OID_AES256_CBC, octets(iv))))
  return encodePem('ENCRYPTED PRIVATE KEY', sequence(scheme, octets(sealed)))
}

function oid(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

function octets(bytes: Buffer): Buffer {
  return element(0x04, bytes)
}

/** A positive INTEGER: big-endian, with a zero in front where the first bit is set (X.690 §8.3). */
function integer(value: number): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return element(0x02, (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

/** Tag, length in the shortest form (X.690 §10.1), content. */
function element(tag: number, content: Buffer): Buffer {
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const hex = content.length.toString(16)
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content])
}
