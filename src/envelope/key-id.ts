// Names a public key: the SHA-256 of its PEM text, in hex, as every DSSE signature carries it.
// Loads nothing. Used by signers, verifiers and `keyid show`.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { encodePem } from './pem.ts'

/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes. */
const ED25519_INFO = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * The canonical PEM of a public key, or of the public half of a private one: SubjectPublicKeyInfo (RFC 5280 §4.1) under
 * `PUBLIC KEY`. An elliptic key is always written with a named curve and an uncompressed point, whichever way its file
 * spells it, so that one key has one id.
 */
export function publicKeyPem(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key
  if (half.asymmetricKeyType === 'ed25519') return encodePem('PUBLIC KEY', ed25519Info(half))
  const canonical =
    half.asymmetricKeyType === 'ec'
      ? createPublicKey({ key: half.export({ format: 'jwk' }), format: 'jwk' })
      : half
  return encodePem('PUBLIC KEY', canonical.export({ format: 'der', type: 'spki' }))
}

/** RFC 8410 §4, §10.1: the one encoding there is. Loading OpenSSL's encoders for it would take longer than all else. */
function ed25519Info(key: KeyObject): Buffer {
  const { x = '' } = key.export({ format: 'jwk' })
  return Buffer.concat([ED25519_INFO, Buffer.from(x, 'base64url')])
}

/** Lower-case hex SHA-256 of {@link publicKeyPem}. */
export function keyId(key: KeyObject): string {
  return createHash('sha256').update(publicKeyPem(key)).digest('hex')
}
