// Opens a policy envelope: its signature first, then its text, its expiry, its parts, its keys.
// Nothing in the policy is believed before its signature holds. Used by `verify` and `policy validate`.
import {
  type CertificateConstraint,
  matchesCertificateConstraint,
} from '../envelope/certificate-constraint.ts'
import { type OutlinedEnvelope, openEnvelope } from '../envelope/opening.ts'
import { type TrustedKeys, verifyEnvelopeSignatures } from '../envelope/trust.ts'
import { LannerError, messageOf } from '../error.ts'
import type { Native, Work } from '../native/native.ts'
import { type PolicyDocument, parsePolicy } from './policy-document.ts'
import { assertNotExpired, assertStructure } from './policy-structure.ts'
import { policyTrust } from './policy-trust.ts'

/** Whose policies are followed. */
export interface PolicySigners {
  readonly trust: TrustedKeys
  /** What the certificate of a signer must say. */
  readonly constraint: CertificateConstraint
}

/** A policy to judge by. */
export interface TrustedPolicy {
  readonly envelope: OutlinedEnvelope
  readonly policy: PolicyDocument
  readonly trust: TrustedKeys
}

/** Everything that must hold before a policy is followed. Throws `ERR_POLICY_*` with exit 1. */
export async function trustedPolicy(
  envelope: OutlinedEnvelope,
  signers: PolicySigners,
  now: Date,
  work: Work,
): Promise<TrustedPolicy> {
  await assertSigned(envelope, signers, work)
  const policy = parsePolicy(envelope.outline.json.toString('utf8'))
  assertNotExpired(policy, now)
  assertStructure(policy)
  return { envelope, policy, trust: policyTrust(policy) }
}

/** The envelope of a policy. Throws `ERR_POLICY_READ` with exit 1. */
export async function openPolicy(
  native: Native,
  file: string,
  spool: string,
  work: Work,
): Promise<OutlinedEnvelope> {
  try {
    const opened = await openEnvelope(native, file, spool, work)
    return { ...opened, outline: await opened.payload.outline(work, false) }
  } catch (cause) {
    const why = messageOf(cause)
    throw new LannerError('ERR_POLICY_READ', `the policy can't be read: ${why}`, {
      exit: 1,
      facts: { file },
      hint: 'a policy must be signed: `lanner sign -f policy.json -o policy.signed.json -k policy-key.pem`',
      cause,
    })
  }
}

async function assertSigned(envelope: OutlinedEnvelope, signers: PolicySigners, work: Work): Promise<void> {
  const verdict = await verifyEnvelopeSignatures(envelope, signers.trust, work)
  const reasons = verdict.attempts.map(({ keyid, why }) => `signature by ${keyid || 'no key id'}: ${why}`)
  for (const { certificate, rootIds } of verdict.ok ? verdict.passed : []) {
    if (certificate === undefined) return
    const options = { rootIds: rootIds ?? [], emptyMatchesEmpty: true }
    const answer = matchesCertificateConstraint(certificate, signers.constraint, options)
    if (answer.ok) return
    reasons.push(`signature by certificate: ${answer.why}`)
  }
  const detail = reasons.length === 0 && !verdict.ok ? [verdict.reason] : reasons
  throw new LannerError(
    'ERR_POLICY_SIGNATURE',
    `the policy is not signed by whom you trust: ${detail.slice(0, 5).join('; ')}`,
    {
      exit: 1,
      facts: { file: envelope.file },
      hint: 'give the key it was signed with by `-k`, or `--policy-ca-roots` and `--policy-timestamp-servers` for a certificate',
    },
  )
}
