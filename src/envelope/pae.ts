// The bytes a DSSE signature covers: the payload with its type and length in front (DSSE protocol, "PAE").
// Signs only what fits in memory; large payloads have their own spooled form in `native/`. Used by `sign` and verifiers.
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { SignablePae, VerifiablePae } from './signer.ts'

/** PKCS#8 and SPKI of Ed25519 are constant but for the last 32 bytes (RFC 8410 §7 and §4). */
export const ED25519_PKCS8_PREFIX: Buffer = Buffer.from('302e020100300506032b657004220420', 'hex')
export const ED25519_SPKI_PREFIX: Buffer = Buffer.from('302a300506032b6570032100', 'hex')

/** What precedes the payload: `DSSEv1 <len> <type> <len> `, lengths in bytes and decimal. */
export function paeHeader(type: string, payloadLength: number | bigint): Buffer {
  return Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payloadLength} `)
}

/** Header and payload in one piece. */
export function preAuthEncoding(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([paeHeader(type, payload.length), payload])
}

/** The pre-authentication encoding of bytes already in memory; Ed25519, which can't be fed in pieces, copies them once. */
export function inMemoryPae(type: string, payload: Uint8Array): SignablePae & VerifiablePae {
  const header = paeHeader(type, payload.length)
  const body = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  return {
    length: BigInt(header.length + body.length),
    async *chunks() {
      yield header
      yield body
    },
    async signEd25519(seed) {
      const der = Buffer.concat([ED25519_PKCS8_PREFIX, seed])
      try {
        return sign(
          null,
          Buffer.concat([header, body]),
          createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
        )
      } finally {
        der.fill(0)
      }
    },
    async verifyEd25519(publicRaw, signature) {
      const key = createPublicKey({
        key: Buffer.concat([ED25519_SPKI_PREFIX, publicRaw]),
        format: 'der',
        type: 'spki',
      })
      return verify(null, Buffer.concat([header, body]), key, signature)
    },
  }
}
