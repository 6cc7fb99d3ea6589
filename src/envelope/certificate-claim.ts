// Judges the certificate beside a signature: is there a trusted time, and does the certificate lead to a trusted root at that time.
// Leaves the signature itself to `trust.ts`. A certificate without a time someone else vouches for proves nothing: whoever steals
// a key after its certificate has expired could still sign "before".
import { findChain } from './certificate-chain.ts'
import { certificateKey, keyAlgorithm } from './key-algorithm.ts'
import type { EnvelopeSignature } from './opening.ts'
import { checkTimestamp } from './timestamp.ts'
import type { TrustedKeys } from './trust.ts'
import { readPemCertificate, type X509 } from './x509.ts'

/** More tokens or intermediates than this are not a signer's doing. */
const MAX_TOKENS = 16
const MAX_INTERMEDIATES = 32
/** Characters of base64; certificates and tokens take a few thousand. */
const MAX_BASE64 = 256 * 1024

/** What the certificate is worth. */
export type CertificateClaim =
  | {
      readonly ok: true
      readonly certificate: X509
      readonly rootIds: readonly string[]
      readonly timestamps: readonly Date[]
    }
  | { readonly ok: false; readonly why: string }

/** Judges what `entry` carries beside `signature`; `undefined` when it carries no certificate. */
export function judgeCertificate(
  entry: EnvelopeSignature,
  signature: Buffer,
  trust: TrustedKeys,
): CertificateClaim | undefined {
  if (!entry.certificate) return undefined
  const certificate = tryRead(entry.certificate)
  if (certificate === undefined) return { ok: false, why: 'its certificate is unreadable' }
  const times = trustedTimes(entry, signature, trust)
  if (!times.ok) return times
  const intermediates = [
    ...(entry.intermediates ?? []).slice(0, MAX_INTERMEDIATES).flatMap(pem => tryRead(pem) ?? []),
    ...trust.authorities.flatMap(authority => authority.intermediates),
  ]
  const objections = new Set<string>()
  const rootIds = new Set<string>()
  for (const { id, roots } of trust.authorities) {
    for (const at of times.timestamps) {
      const answer = findChain({ leaf: certificate, roots, intermediates, at, purpose: 'codeSigning' })
      if (answer.ok) rootIds.add(id)
      else objections.add(answer.why)
    }
  }
  if (rootIds.size > 0) return { ok: true, certificate, rootIds: [...rootIds], timestamps: times.timestamps }
  return { ok: false, why: [...objections].join('; ') || 'no certificate authority is trusted' }
}

type Times =
  | { readonly ok: true; readonly timestamps: readonly Date[] }
  | { readonly ok: false; readonly why: string }

function trustedTimes(entry: EnvelopeSignature, signature: Buffer, trust: TrustedKeys): Times {
  const tokens = entry.timestamps ?? []
  if (trust.timestampAuthorities.length === 0) {
    return {
      ok: false,
      why: 'a certificate counts only with a trusted time, and no timestamp authority is trusted',
    }
  }
  if (tokens.length === 0)
    return { ok: false, why: 'a certificate counts only with a trusted time, and it has no timestamp' }
  const times = new Map<number, Date>()
  const objections = new Set<string>()
  for (const authority of trust.timestampAuthorities) {
    // The `type` of a timestamp is not looked at: cilock doesn't, and the token says itself what it is.
    for (const { data } of tokens.slice(0, MAX_TOKENS)) {
      const token = decode(data ?? '') ?? Buffer.alloc(0)
      const answer = checkTimestamp(token, signature, authority)
      if (answer.ok) times.set(answer.time.getTime(), answer.time)
      else objections.add(answer.why)
    }
  }
  if (times.size > 0) return { ok: true, timestamps: [...times.values()] }
  return { ok: false, why: `no timestamp is trusted: ${[...objections].join('; ')}` }
}

/** A certificate that can't be read, or whose key can't sign here, only fails to vouch: the signature may still hold under a raw key. */
function tryRead(base64: string): X509 | undefined {
  try {
    const pem = decode(base64)
    if (pem === undefined) return undefined
    const certificate = readPemCertificate(pem, 'the signature')
    keyAlgorithm(certificateKey(certificate.openssl, 'the signature'), 'the signature')
    return certificate
  } catch {
    return undefined
  }
}

function decode(base64: string): Buffer | undefined {
  return base64.length > MAX_BASE64 ? undefined : Buffer.from(base64, 'base64')
}
