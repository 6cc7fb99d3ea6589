// Names a public key: the SHA-256 of its PEM text, in hex, as every DSSE signature carries it.
// Loads nothing. Used by signers, verifiers and `keyid show`.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { encodePem } from './pem.ts'

/**
 * The canonical PEM of a public key, or of the public half of a private one: SubjectPublicKeyInfo (RFC 5280 §4.1) under
 * `PUBLIC KEY`. An elliptic key is always written with a named curve and an uncompressed point, whichever way its file
 * spells it, so that one key has one id.
 */
export function publicKeyPem(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key
  const canonical =
    half.asymmetricKeyType === 'ec'
      ? createPublicKey({ key: half.export({ format: 'jwk' }), format: 'jwk' })
      : half
  return encodePem('PUBLIC KEY', canonical.export({ format: 'der', type: 'spki' }))
}

/** Lower-case hex SHA-256 of {@link publicKeyPem}. */
export function keyId(key: KeyObject): string {
  return createHash('sha256').update(publicKeyPem(key)).digest('hex')
}
