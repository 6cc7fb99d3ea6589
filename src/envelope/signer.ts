// Turns a private key into something that signs payloads of any size, in the three algorithms DSSE readers here accept.
// Loads no files and builds no envelopes. Used by every command that signs.
import { constants, createSign, type KeyObject } from 'node:crypto'
import { type KeyAlgorithm, keyAlgorithm } from './key-algorithm.ts'
import { keyId, publicKeyPem } from './key-id.ts'

/** A pre-authentication encoding that can be signed without being in memory at once. */
export interface SignablePae {
  readonly length: bigint
  /** The bytes in order; each call starts anew. */
  chunks(): AsyncIterable<Buffer>
  /** Pure Ed25519 (RFC 8032 §5.1) reads its message twice, so whoever holds the bytes must do it. `seed` is wiped by the caller. */
  signEd25519(seed: Uint8Array): Promise<Buffer>
}

/** The same, for checking a signature. */
export interface VerifiablePae {
  chunks(): AsyncIterable<Buffer>
  verifyEd25519(publicRaw: Uint8Array, signature: Uint8Array): Promise<boolean>
}

/** What goes beside a signature made with an X.509 identity: PEM texts, leaf and the rest of its chain. */
export interface SigningCertificate {
  readonly certificate: Buffer
  readonly intermediates: readonly Buffer[]
}

/** One identity that signs. */
export interface Signer {
  readonly keyId: string
  readonly algorithm: KeyAlgorithm
  readonly publicKeyPem: string
  readonly certificate?: Buffer
  readonly intermediates?: readonly Buffer[]
  sign(payload: SignablePae): Promise<Buffer>
}

/** A signer for `privateKey`; `file` names it in errors. */
export function createSigner(privateKey: KeyObject, file: string, identity?: SigningCertificate): Signer {
  const algorithm = keyAlgorithm(privateKey, file)
  return {
    keyId: keyId(privateKey),
    algorithm,
    publicKeyPem: publicKeyPem(privateKey),
    ...identity,
    sign: payload =>
      algorithm === 'ed25519' ? signWithSeed(privateKey, payload) : signDigest(privateKey, payload),
  }
}

/** The seed leaves OpenSSL only for the time of one signature; PKCS#8 is used because, unlike a JWK, it can be erased. */
async function signWithSeed(privateKey: KeyObject, payload: SignablePae): Promise<Buffer> {
  const der = privateKey.export({ format: 'der', type: 'pkcs8' })
  try {
    // RFC 8410 §7: the 32 bytes of the seed end the structure, which OpenSSL writes without attributes.
    return await payload.signEd25519(der.subarray(-32))
  } finally {
    der.fill(0)
  }
}

async function signDigest(privateKey: KeyObject, payload: SignablePae): Promise<Buffer> {
  const signing = createSign('sha256')
  for await (const chunk of payload.chunks()) signing.update(chunk)
  return signing.sign(
    privateKey.asymmetricKeyType === 'rsa'
      ? // The longest salt that fits, as Go's `PSSSaltLengthAuto` does when signing.
        {
          key: privateKey,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN,
        }
      : { key: privateKey, dsaEncoding: 'der' },
  )
}
