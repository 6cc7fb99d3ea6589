// Asks whether a signature that holds was made by someone a step allows.
// Checks no signature and no time. Used for steps and external attestations.
import { matchesCertificateConstraint } from '../envelope/certificate-constraint.ts'
import type { PassedSignature } from '../envelope/trust.ts'
import type { PolicyCertConstraint, PolicyFunctionary } from './policy-document.ts'

/** How strict a policy is read; `warn` is cilock's `--policy-hardening warn`. */
export type Hardening = 'enforce' | 'warn'

/** Yes, or why not. */
export type Answer = { readonly ok: true } | { readonly ok: false; readonly why: string }

/** Whether any of `functionaries` is the one who made `signature`. */
export function allowsSignature(
  functionaries: readonly PolicyFunctionary[],
  signature: PassedSignature,
  hardening: Hardening,
): Answer {
  const reasons: string[] = []
  for (const functionary of functionaries) {
    const answer = isFunctionary(functionary, signature, hardening)
    if (answer.ok) return answer
    reasons.push(answer.why)
  }
  const none = functionaries.length === 0 ? ['the policy names no functionary'] : []
  return { ok: false, why: [...none, ...new Set(reasons)].join('; ') }
}

function isFunctionary(
  functionary: PolicyFunctionary,
  signature: PassedSignature,
  hardening: Hardening,
): Answer {
  const byKey = functionary.publickeyid !== '' && functionary.publickeyid === signature.keyId
  const constraint = constraintOf(functionary)
  // A constraint beside the right key id still has to hold, unless cilock's milder reading was asked for.
  if (byKey && (constraint === undefined || hardening === 'warn')) return { ok: true }
  if (signature.certificate === undefined) {
    const what = byKey ? `a bare key signed and ${nameOf(functionary)} must have a certificate` : undefined
    return { ok: false, why: what ?? `key ${short(signature.keyId)} signed, not ${nameOf(functionary)}` }
  }
  if (constraint === undefined) return { ok: false, why: `a certificate signed, not ${nameOf(functionary)}` }
  return matchesCertificateConstraint(signature.certificate, constraint, {
    rootIds: signature.rootIds ?? [],
    emptyMatchesEmpty: hardening === 'warn',
  })
}

/** The constraint, if it constrains anything: writers leave empty ones beside key ids. */
function constraintOf({ certConstraint }: PolicyFunctionary): PolicyCertConstraint | undefined {
  if (certConstraint == null) return undefined
  const values = Object.values(certConstraint).flatMap(value =>
    isObject(value) ? Object.values(value) : [value],
  )
  return values.some(value => value != null && value !== '') ? certConstraint : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function nameOf({ publickeyid, certConstraint }: PolicyFunctionary): string {
  if (publickeyid !== '') return `key ${short(publickeyid)}`
  return certConstraint == null ? 'a functionary without key and certificate' : 'a certificate'
}

function short(keyId: string): string {
  return /^[0-9a-f]{64}$/.test(keyId) ? `${keyId.slice(0, 12)}…` : keyId
}
