// Does what a plan says: opens policy and evidence, judges, writes the summary. Whatever can't be read is a refusal, never a pass.
// Prints nothing. Used by `verify`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFileAtomic } from '../envelope/atomic-file.ts'
import { writeEnvelope } from '../envelope/dsse.ts'
import type { OpenedEnvelope } from '../envelope/opening.ts'
import { jsonPayload } from '../envelope/payload.ts'
import { IN_TOTO_PAYLOAD_TYPE } from '../envelope/statement.ts'
import { LannerError } from '../error.ts'
import { toLannerError } from '../native/failure.ts'
import type { Native, Work } from '../native/native.ts'
import { type Evidence, readEvidence } from '../policy/evidence.ts'
import { openPolicy, trustedPolicy } from '../policy/policy-source.ts'
import { type Seed, searchDigests } from '../policy/seeds.ts'
import { SignatureBook } from '../policy/signatures.ts'
import type { Verdict } from '../policy/verdict.ts'
import { verifyEvidence } from '../policy/verification.ts'
import { vsaStatement } from '../policy/vsa.ts'
import type { VerifyPlan } from './verify-plan.ts'
import { digestSubjects } from './verify-subjects.ts'

/** What came of it: a verdict, or the failure that kept it from being reached. */
export interface VerificationReport {
  readonly verdict: Verdict | undefined
  readonly failure: LannerError | undefined
}

/** Runs the plan. Throws only for bugs, for artifacts that can't be read and for a summary that can't be written. */
export async function runVerification(
  native: Native,
  plan: VerifyPlan,
  work: Work,
): Promise<VerificationReport> {
  const spool = mkdtempSync(join(tmpdir(), 'lanner-verify-'))
  const progress: Progress = { policy: undefined, evidence: [] }
  try {
    const seeds = digestSubjects(native, plan.subjects, work)
    const attempted = attempt(native, plan, seeds, progress, spool, work)
    await Promise.allSettled([seeds, attempted])
    // What was named wrongly on the command line is told before anything about the evidence.
    await seeds
    const report = await attempted
    if (plan.vsa !== undefined) await writeVsa(native, plan.vsa, progress, report.verdict, work)
    return report
  } finally {
    rmSync(spool, { recursive: true, force: true })
  }
}

/** How far it came; the summary tells of it. */
interface Progress {
  policy: OpenedEnvelope | undefined
  evidence: readonly Evidence[]
}

/** A payload from here on lies in a file, and digesting it is worth beginning before it is known to be needed. */
const LARGE = 8n << 20n

async function attempt(
  native: Native,
  plan: VerifyPlan,
  seeds: Promise<readonly Seed[]>,
  progress: Progress,
  spool: string,
  work: Work,
): Promise<VerificationReport> {
  try {
    const now = new Date()
    const envelope = await openPolicy(native, plan.policyFile, spool, work)
    progress.policy = envelope
    const trusted = trustedPolicy(envelope, plan.signers, now, work)
    const book = trusted.then(({ trust }) => new SignatureBook(trust, work))
    // Evidence that can't be read is told before a policy that can't be trusted; until then nobody waits for these.
    for (const promise of [trusted, book]) promise.catch(() => {})
    const opened = (each: OpenedEnvelope): void => {
      if (each.payload.size < LARGE) return
      book.then(signatures => signatures.verdict(each)).catch(() => {})
    }
    progress.evidence = await openEvidence(native, { plan, seeds, opened }, spool, work)
    const { policy } = await trusted
    const { hardening } = plan
    const input = {
      policy,
      signatures: await book,
      evidence: progress.evidence,
      seeds: await seeds,
      hardening,
      now,
    }
    const verdict = await verifyEvidence(native, input, work)
    if (plan.replay === undefined) return { verdict, failure: undefined }
    const { withReplay } = await import('./verify-replay.ts')
    return { verdict: await withReplay(native, plan.replay, verdict, spool, work), failure: undefined }
  } catch (thrown) {
    const failure = toLannerError(thrown)
    if (failure.exit === 70) throw failure
    return { verdict: undefined, failure: asRefusal(failure) }
  }
}

/** Evidence that can't be read ends like evidence that doesn't hold: exit 1. */
function asRefusal(failure: LannerError): LannerError {
  if (failure.exit === 1) return failure
  const { code, message, hint, facts, cause } = failure
  return new LannerError(code, message, { exit: 1, facts, cause, ...(hint === undefined ? {} : { hint }) })
}

interface Opening {
  readonly plan: VerifyPlan
  readonly seeds: Promise<readonly Seed[]>
  readonly opened: (envelope: OpenedEnvelope) => void
}

async function openEvidence(
  native: Native,
  { plan, seeds, opened }: Opening,
  spool: string,
  work: Work,
): Promise<Evidence[]> {
  const files = plan.files.map(file => ({ file, reference: file }))
  for (const bundle of plan.bundles) {
    const { loadBundle } = await import('../archive/bundle-reader.ts')
    files.push(...(await loadBundle(bundle, spool)).envelopes)
  }
  const seen = new Set<string>()
  const evidence: Evidence[] = []
  for (const { file, reference } of files) {
    if (seen.has(reference)) {
      throw new LannerError('ERR_EVIDENCE_TWICE', `attestation \`${reference}\` is given twice`, { exit: 1 })
    }
    seen.add(reference)
    evidence.push(await openOne(native, file, reference, spool, work, opened))
  }
  if (plan.archive === undefined) return evidence
  const { archivedEvidence, linkedDigests } = await import('./verify-archive.ts')
  const digests = [...searchDigests(await seeds, evidence), ...evidence.flatMap(linkedDigests)]
  const archived = await archivedEvidence(plan.archive, digests, spool, (file, reference) =>
    openOne(native, file, reference, spool, work),
  )
  return [...evidence, ...archived]
}

async function openOne(
  native: Native,
  file: string,
  reference: string,
  spool: string,
  work: Work,
  opened?: (envelope: OpenedEnvelope) => void,
): Promise<Evidence> {
  try {
    return await readEvidence(native, file, reference, spool, work, opened)
  } catch (thrown) {
    const failure = toLannerError(thrown)
    if (failure.exit === 70 || failure.message.includes(reference)) throw failure
    const { code, message, hint, facts, cause, exit } = failure
    const details = {
      exit,
      facts: { ...facts, file: reference },
      cause,
      ...(hint === undefined ? {} : { hint }),
    }
    throw new LannerError(code, `attestation \`${reference}\`: ${message}`, details)
  }
}

async function writeVsa(
  native: Native,
  { file, signer }: NonNullable<VerifyPlan['vsa']>,
  { policy, evidence }: Progress,
  verdict: Verdict | undefined,
  work: Work,
): Promise<void> {
  const statement = vsaStatement({ policy, evidence, verdict, time: new Date() })
  if (signer === undefined) {
    return writeFileAtomic(file, [Buffer.from(JSON.stringify(statement))], {
      mode: 0o600,
      existing: 'replace',
    })
  }
  await writeEnvelope(native, jsonPayload(native, statement), IN_TOTO_PAYLOAD_TYPE, signer, { file }, work)
}
