// Says which signature algorithms of certificates still prove something: SHA-1 and older digests can be made to collide.
// Checks no signature; OpenSSL does. Used by `x509.ts`.
import { contextTag, type Der } from './der.ts'

/** RSA, ECDSA with SHA-2 (RFC 4055, RFC 5758) and Ed25519 (RFC 8410). */
const SOUND: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
])
const RSA_PSS = '1.2.840.113549.1.1.10'
const SHA2: ReadonlySet<string> = new Set([
  '2.16.840.1.101.3.4.2.1',
  '2.16.840.1.101.3.4.2.2',
  '2.16.840.1.101.3.4.2.3',
])

/** Whether a signature under `algorithm` (an AlgorithmIdentifier) still proves something. */
export function isSoundAlgorithm(algorithm: Der): boolean {
  const [oid, parameters] = algorithm.sequence('the signature algorithm')
  const name = oid?.oid('the signature algorithm')
  if (name === undefined) return false
  if (name !== RSA_PSS) return SOUND.has(name)
  // RFC 4055 §3.1: the parameters name the digest; absent, it is SHA-1.
  const digest = parameters
    ?.sequence('the parameters')
    .find(({ tag }) => tag === contextTag(0, 'constructed'))
    ?.only('the digest')
    .sequence('the digest')[0]
    ?.oid('the digest')
  return digest !== undefined && SHA2.has(digest)
}
