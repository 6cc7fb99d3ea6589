// Takes one envelope through the checks of a step or an external attestation, in order, and stops at the first that fails.
// Looks at no other candidate; links between steps are judged later. Used by the walk.
import { meetsTimestampLimits } from '../envelope/timestamp-constraint.ts'
import type { PassedSignature } from '../envelope/trust.ts'
import type { Evidence, EvidenceEntry } from './evidence.ts'
import { type Answer, allowsSignature } from './functionary.ts'
import type {
  PolicyExternal,
  PolicyFunctionary,
  PolicyStep,
  PolicyTimestampConstraint,
} from './policy-document.ts'
import { passesRego, type RegoGate } from './rego-gate.ts'
import type { InputContext } from './rego-input.ts'
import { findSubject } from './seeds.ts'
import type { SignatureBook } from './signatures.ts'
import { canonicalType } from './type-aliases.ts'
import type { Candidate, Check } from './verdict.ts'

/** What judging needs besides the candidate. */
export interface Bench extends RegoGate {
  readonly signatures: SignatureBook
  readonly now: Date
}

type Refusal = Extract<Candidate, { passed: false }>

/** Judges `evidence`, whose collection has the step's name, by everything `step` asks of one collection. */
export async function judgeCollection(
  bench: Bench,
  step: PolicyStep,
  evidence: Evidence,
  digests: ReadonlySet<string>,
  context: InputContext | undefined,
): Promise<Candidate> {
  const refuse = refusing(evidence)
  if (findSubject(evidence.subjects, digests) === undefined) {
    return refuse('subject', 'ERR_SUBJECT_MISMATCH', ['none of its subjects is what was asked about'])
  }
  const required = step.attestations.map(({ type, regopolicies }) => ({
    type,
    entries: entriesOf(evidence, type),
    regopolicies,
  }))
  if (required.length === 0) {
    return refuse('required-types', 'ERR_STEP_EMPTY', [
      'the step requires no attestation, so nothing can satisfy it',
    ])
  }
  const missing = required.filter(({ entries }) => entries.length === 0)
  if (missing.length > 0) {
    return refuse(
      'required-types',
      'ERR_TYPE_MISSING',
      missing.map(({ type }) => `it has no \`${type}\``),
    )
  }
  const signed = await judgeSignature(bench, evidence, step.functionaries, step.timestampConstraint)
  if ('check' in signed) return signed
  const faults = (evidence.collection?.entries ?? []).flatMap(({ leaves }) =>
    leaves?.fault === undefined ? [] : [`${leaves.kind}: ${leaves.fault}`],
  )
  if (faults.length > 0) return refuse('leaves', 'ERR_LEAVES', faults)
  for (const { type, entries, regopolicies } of required) {
    for (const { body } of entries) {
      const part = { value: body, payload: evidence.envelope.payload }
      const answer = await passesRego(bench, regopolicies, part, context)
      if (!answer.ok)
        return refuse(
          'rego',
          answer.code,
          answer.reasons.map(reason => `${shortType(type)}: ${reason}`),
        )
    }
  }
  return { evidence, passed: true, keyIds: signed.keyIds }
}

/** Judges `evidence`, whose predicate type is the external's, by what the policy asks of it. */
export async function judgeExternal(
  bench: Bench,
  external: PolicyExternal,
  evidence: Evidence,
): Promise<Candidate> {
  const signed = await judgeSignature(bench, evidence, external.functionaries, undefined)
  if ('check' in signed) return signed
  const part = { value: evidence.predicate, payload: evidence.envelope.payload }
  const answer = await passesRego(bench, external.regopolicies, part)
  if (!answer.ok) return refusing(evidence)('rego', answer.code, answer.reasons)
  return { evidence, passed: true, keyIds: signed.keyIds }
}

async function judgeSignature(
  bench: Bench,
  evidence: Evidence,
  functionaries: readonly PolicyFunctionary[],
  constraint: PolicyTimestampConstraint | null | undefined,
): Promise<{ keyIds: string[] } | Refusal> {
  const refuse = refusing(evidence)
  const verdict = await bench.signatures.verdict(evidence.envelope)
  if (!verdict.ok) {
    const attempts = verdict.attempts
      .slice(0, 5)
      .map(({ keyid, why }) => `signature by ${keyid || 'no key id'}: ${why}`)
    return refuse('signature', verdict.code, [verdict.reason, ...attempts])
  }
  const allowed = sortOut(verdict.passed, signature =>
    allowsSignature(functionaries, signature, bench.hardening),
  )
  if (allowed.passed.length === 0) return refuse('functionary', 'ERR_FUNCTIONARY', allowed.reasons)
  const timely = sortOut(allowed.passed, ({ timestamps }) =>
    constraint == null ? { ok: true } : meetsTimestampLimits(constraint, timestamps, bench.now),
  )
  if (timely.passed.length === 0) return refuse('timestamp', 'ERR_TIMESTAMP_CONSTRAINT', timely.reasons)
  return { keyIds: timely.passed.map(({ keyId }) => keyId) }
}

function sortOut(
  signatures: readonly PassedSignature[],
  ask: (signature: PassedSignature) => Answer,
): { passed: PassedSignature[]; reasons: string[] } {
  const passed: PassedSignature[] = []
  const reasons = new Set<string>()
  for (const signature of signatures) {
    const answer = ask(signature)
    if (answer.ok) passed.push(signature)
    else reasons.add(answer.why)
  }
  return { passed, reasons: [...reasons] }
}

/** The attestations of that type, in either spelling. One without a body states nothing and satisfies nothing. */
function entriesOf({ collection }: Evidence, type: string): EvidenceEntry[] {
  const wanted = canonicalType(type)
  return (collection?.entries ?? []).filter(({ canonical, body }) => canonical === wanted && body !== null)
}

function refusing(evidence: Evidence): (check: Check, code: string, why: readonly string[]) => Refusal {
  return (check, code, why) => ({ evidence, passed: false, check, code, why })
}

/** `falco/v0.1` of its URI. */
export function shortType(type: string): string {
  return type.replace(/^https:\/\/(?:aflock\.ai|witness\.dev)\/attestations\//, '')
}
