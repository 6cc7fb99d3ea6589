// Decides whose signatures on an envelope hold, by raw keys and by certificates, and whether they are enough (DSSE v1, threshold).
// Knows no policy: who may sign what is asked of the result. Used for policies and for attestations alike.
import type { KeyObject } from 'node:crypto'
import type { Work } from '../native/native.ts'
import { type CertificateClaim, judgeCertificate } from './certificate-claim.ts'
import { keyId } from './key-id.ts'
import type { EnvelopeSignature, OpenedEnvelope } from './opening.ts'
import { payloadPae } from './payload.ts'
import { isPlausible, type SignatureTrial, trySignatures } from './signature-trials.ts'
import type { VerifiablePae } from './signer.ts'
import type { TimestampAuthority } from './timestamp.ts'
import type { X509 } from './x509.ts'

export type { TimestampAuthority } from './timestamp.ts'
export type { X509 } from './x509.ts'

/** A bare public key that may sign. */
export interface RawKeyVerifier {
  readonly kind: 'key'
  readonly keyId: string
  readonly key: KeyObject
}

/** One trusted root with what it takes to reach it; `id` is the name a policy gives it. */
export interface CertificateAuthority {
  readonly id: string
  readonly roots: readonly X509[]
  readonly intermediates: readonly X509[]
}

/** Everything that may vouch for a signature. */
export interface TrustedKeys {
  readonly keys: readonly RawKeyVerifier[]
  readonly authorities: readonly CertificateAuthority[]
  readonly timestampAuthorities: readonly TimestampAuthority[]
  /** How many distinct keys must have signed; 1 unless said otherwise. */
  readonly threshold?: number
}

/** A signature that holds. One signature appears twice when both its certificate and a raw key vouch for it. */
export interface PassedSignature {
  /** Position in the envelope. */
  readonly index: number
  /** Computed from the key, never the one the envelope claims. */
  readonly keyId: string
  readonly by: 'key' | 'certificate'
  readonly certificate?: X509
  /** Ids of the authorities the certificate leads to. */
  readonly rootIds?: readonly string[]
  /** Times that trusted authorities vouch for; none for a raw key, whose timestamps nobody looks at. */
  readonly timestamps: readonly Date[]
}

/** Why one signature did not count. `keyid` is what the envelope claims. */
export interface FailedAttempt {
  readonly index: number
  readonly keyid: string
  readonly why: string
}

/** Codes of a refusal. */
export type SignatureRefusal =
  | 'ERR_SIGNATURE_THRESHOLD'
  | 'ERR_SIGNATURE_NONE'
  | 'ERR_SIGNATURE_MANY'
  | 'ERR_SIGNATURE_UNTRUSTED'

/** Beyond this an envelope is made to keep the verifier busy. */
const MAX_SIGNATURES = 1000
/** Bytes that may be read in trying signatures; a gigabyte signed once under 250 candidate keys still fits. */
const MAX_READ = 256n << 30n

/** The outcome; `attempts` explains every signature that did not count, also beside others that did. */
export type SignatureVerdict =
  | {
      readonly ok: true
      readonly passed: readonly PassedSignature[]
      readonly attempts: readonly FailedAttempt[]
    }
  | {
      readonly ok: false
      readonly reason: string
      readonly code: SignatureRefusal
      readonly passed: readonly PassedSignature[]
      readonly attempts: readonly FailedAttempt[]
    }

/** Wraps a public key. */
export function keyVerifier(key: KeyObject): RawKeyVerifier {
  return { kind: 'key', keyId: keyId(key), key }
}

/** Checks every signature of `envelope` against everything in `trust`. */
export async function verifyEnvelopeSignatures(
  envelope: OpenedEnvelope,
  trust: TrustedKeys,
  work: Work,
): Promise<SignatureVerdict> {
  const threshold = trust.threshold ?? 1
  const refuse = refusalOf([], [])
  if (!Number.isInteger(threshold) || threshold < 1) {
    return refuse('ERR_SIGNATURE_THRESHOLD', `the threshold is ${threshold}; it must be at least 1`)
  }
  if (envelope.signatures.length === 0)
    return refuse('ERR_SIGNATURE_NONE', 'the envelope carries no signature')
  if (envelope.signatures.length > MAX_SIGNATURES) {
    return refuse('ERR_SIGNATURE_MANY', `the envelope carries more than ${MAX_SIGNATURES} signatures`)
  }

  const candidates = envelope.signatures.map((entry, index) => candidateOf(entry, index, trust))
  const raw = candidates
    .flatMap(candidate => trust.keys.map(verifier => rawTry(candidate, verifier)))
    .filter(isPlausible)
  const certified = candidates.flatMap(certificateTry)
  const tries = raw.length + certified.length
  if (BigInt(tries) * envelope.payload.size > MAX_READ) {
    return refuse(
      'ERR_SIGNATURE_MANY',
      `${tries} pairs of signature and key are too many for a payload this large`,
    )
  }
  const held = await holdingTries(certified, raw, payloadPae(envelope.payload, envelope.payloadType, work))
  const passed = held.map(({ result }) => result)
  const attempts = candidates.flatMap(candidate => attemptOf(candidate, passed, trust))
  // By the keys themselves: a policy may list one key under two ids (its own and that of a key-management service).
  const distinct = new Set(held.map(({ key }) => keyId(key))).size
  if (distinct >= threshold) return { ok: true, passed, attempts }
  return distinct === 0
    ? refusalOf(passed, attempts)(
        'ERR_SIGNATURE_UNTRUSTED',
        'no signature holds under a trusted key or certificate',
      )
    : refusalOf(passed, attempts)(
        'ERR_SIGNATURE_THRESHOLD',
        `signatures of ${distinct} trusted keys hold, ${threshold} are needed`,
      )
}

interface Candidate {
  readonly index: number
  readonly keyid: string
  readonly signature: Buffer
  readonly claim: CertificateClaim | undefined
}

interface Try extends SignatureTrial {
  readonly candidate: Candidate
  readonly result: PassedSignature
}

function candidateOf(entry: EnvelopeSignature, index: number, trust: TrustedKeys): Candidate {
  // The addon has decoded and checked the base64 already; this is its own plain encoding.
  const signature = Buffer.from(entry.sig, 'base64')
  return { index, keyid: entry.keyid, signature, claim: judgeCertificate(entry, signature, trust) }
}

/**
 * The `keyid` of a signature only says which key to try first. A signature counts for one raw key and a raw key for one
 * signature, so a large payload is read once for honest envelopes and each further reading is for a pair that could still matter.
 */
async function holdingTries(
  certified: readonly Try[],
  raw: readonly Try[],
  pae: VerifiablePae,
): Promise<Try[]> {
  const holding = async (tries: readonly Try[]): Promise<Try[]> => {
    const held = await trySignatures(tries, pae)
    return tries.filter((_, at) => held[at])
  }
  const first = await holding([...certified, ...raw.filter(isClaimed)])
  const settled = first.map(({ result }) => result).filter(({ by }) => by === 'key')
  const [indices, ids] = [new Set(settled.map(one => one.index)), new Set(settled.map(one => one.keyId))]
  const rest = raw.filter(
    one => !isClaimed(one) && !indices.has(one.result.index) && !ids.has(one.result.keyId),
  )
  const all = [...first, ...(await holding(rest))]
  return all.sort((one, other) => one.result.index - other.result.index)
}

function isClaimed({ candidate, result }: Try): boolean {
  return candidate.keyid === result.keyId
}

function certificateTry(candidate: Candidate): Try[] {
  const { index, signature, claim } = candidate
  if (claim?.ok !== true) return []
  const { certificate, rootIds, timestamps } = claim
  const key = certificate.publicKey
  return [
    {
      candidate,
      key,
      signature,
      result: { index, keyId: keyId(key), by: 'certificate', certificate, rootIds, timestamps },
    },
  ]
}

function rawTry(candidate: Candidate, { key, keyId: id }: RawKeyVerifier): Try {
  const { index, signature } = candidate
  return { candidate, key, signature, result: { index, keyId: id, by: 'key', timestamps: [] } }
}

function attemptOf(
  { index, keyid, claim }: Candidate,
  passed: readonly PassedSignature[],
  trust: TrustedKeys,
): FailedAttempt[] {
  if (passed.some(signature => signature.index === index)) return []
  const byKey =
    trust.keys.length === 0 ? [] : [`it holds under none of the ${trust.keys.length} trusted keys`]
  const byCertificate =
    claim === undefined ? [] : [claim.ok ? "it does not hold under its certificate's key" : claim.why]
  const why = [...byCertificate, ...byKey].join('; ') || 'it carries no certificate and no key is trusted'
  return [{ index, keyid, why }]
}

function refusalOf(
  passed: readonly PassedSignature[],
  attempts: readonly FailedAttempt[],
): (code: SignatureRefusal, reason: string) => SignatureVerdict {
  return (code, reason) => ({ ok: false, code, reason, passed, attempts })
}
