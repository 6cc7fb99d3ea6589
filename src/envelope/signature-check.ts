// Checks one signature over one payload with one public key: the counterpart of `signer.ts`, same three algorithms.
// Decides nothing about trust, thresholds or certificates. Used by `inspect` and by verification.
import { constants, createVerify, type KeyObject } from 'node:crypto'
import { keyAlgorithm } from './key-algorithm.ts'
import type { VerifiablePae } from './signer.ts'

const ED25519_SIGNATURE = 64

/** Whether `signature` holds; a signature that can't even be read is one that doesn't hold. */
export async function verifySignature(
  publicKey: KeyObject,
  payload: VerifiablePae,
  signature: Uint8Array,
): Promise<boolean> {
  switch (keyAlgorithm(publicKey, 'public key')) {
    case 'ed25519': {
      if (signature.length !== ED25519_SIGNATURE) return false
      const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
      return payload.verifyEd25519(raw, signature)
    }
    case 'ecdsa':
      return verifyDigest(payload, signature, { key: publicKey, dsaEncoding: 'der' })
    case 'rsa-pss':
      return verifyDigest(payload, signature, {
        key: publicKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        // Any salt length: writers differ between the longest that fits and the length of the digest.
        saltLength: constants.RSA_PSS_SALTLEN_AUTO,
      })
  }
}

async function verifyDigest(
  payload: VerifiablePae,
  signature: Uint8Array,
  key: Parameters<ReturnType<typeof createVerify>['verify']>[0],
): Promise<boolean> {
  const verifying = createVerify('sha256')
  for await (const chunk of payload.chunks()) verifying.update(chunk)
  return verifying.verify(key, signature)
}
