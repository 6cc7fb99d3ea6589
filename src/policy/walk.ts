// Walks a policy over evidence: externals first, then the steps, round by round as back-refs lead from one collection to the next.
// Checks no artifact against its bindings; `verification.ts` does. The order is fixed, so that equal input gives equal words.
import { linkHolds } from './artifact-links.ts'
import { type Bench, judgeCollection, judgeExternal } from './candidate.ts'
import type { Evidence } from './evidence.ts'
import type { PolicyDocument, PolicyStep } from './policy-document.ts'
import { stepsInOrder } from './policy-structure.ts'
import type { InputContext, InputPart } from './rego-input.ts'
import { findSubject, matchableDigests } from './seeds.ts'
import type { Candidate, ExternalVerdict, StepVerdict } from './verdict.ts'

/** How many times back-refs are followed. */
const DEPTH = 3

/** What the walk is over. */
export interface WalkInput {
  readonly policy: PolicyDocument
  readonly evidence: readonly Evidence[]
  /** Digests to begin with; the set grows by back-refs. */
  readonly digests: ReadonlySet<string>
}

/** Steps and externals, judged. */
export interface WalkResult {
  readonly steps: readonly StepVerdict[]
  readonly externals: readonly ExternalVerdict[]
}

/** Judges everything the policy asks for. */
export async function walkPolicy(bench: Bench, input: WalkInput): Promise<WalkResult> {
  const externals = await judgeExternals(bench, input)
  const judged = new Map<string, readonly Candidate[]>()
  const digests = new Set(input.digests)
  for (let depth = 0; depth < DEPTH; depth += 1) {
    const before = digests.size
    for (const name of stepsInOrder(input.policy)) {
      await judgeStep(bench, input, name, digests, judged, externals)
    }
    for (const candidate of [...judged.values()].flatMap(passedOf)) {
      for (const { digest } of candidate.evidence.collection?.backRefs ?? []) {
        for (const value of matchableDigests(digest)) digests.add(value)
      }
    }
    if (digests.size === before) break
  }
  return { externals, steps: await concludeSteps(bench, input.policy, judged) }
}

async function judgeStep(
  bench: Bench,
  { policy, evidence }: WalkInput,
  name: string,
  digests: ReadonlySet<string>,
  judged: Map<string, readonly Candidate[]>,
  externals: readonly ExternalVerdict[],
): Promise<void> {
  const step = policy.steps[name] as PolicyStep
  const context = contextOf(step, judged, externals)
  const known = new Map((judged.get(name) ?? []).map(candidate => [candidate.evidence, candidate]))
  const candidates: Candidate[] = []
  for (const each of evidence) {
    if (each.collection?.name !== name) continue
    const before = known.get(each)
    // A later round knows more digests and more of other steps; what has passed stays passed.
    const settled =
      before?.passed === true || (before !== undefined && before.check !== 'subject' && context === undefined)
    candidates.push(
      settled && before !== undefined ? before : await judgeCollection(bench, step, each, digests, context),
    )
  }
  judged.set(name, candidates)
}

/** What modules see of other steps; `undefined` when the step asks for none. */
function contextOf(
  step: PolicyStep,
  judged: ReadonlyMap<string, readonly Candidate[]>,
  externals: readonly ExternalVerdict[],
): InputContext | undefined {
  if (step.attestationsFrom.length === 0 && step.externalFrom.length === 0) return undefined
  const steps = new Map<string, ReadonlyMap<string, InputPart>>()
  for (const name of step.attestationsFrom) {
    const types = new Map<string, InputPart>()
    for (const { evidence } of passedOf(judged.get(name) ?? [])) {
      for (const { canonical, body } of evidence.collection?.entries ?? []) {
        types.set(canonical, { value: body, payload: evidence.envelope.payload })
      }
    }
    if (types.size > 0) steps.set(name, types)
  }
  return { steps, external: step.externalFrom.length === 0 ? undefined : externalParts(step, externals) }
}

function externalParts(step: PolicyStep, externals: readonly ExternalVerdict[]): Map<string, InputPart> {
  const parts = new Map<string, InputPart>()
  for (const { name, candidates } of externals) {
    const [passed] = passedOf(candidates)
    if (passed === undefined || !step.externalFrom.includes(name)) continue
    parts.set(name, { value: passed.evidence.predicate, payload: passed.evidence.envelope.payload })
  }
  return parts
}

async function judgeExternals(
  bench: Bench,
  { policy, evidence, digests }: WalkInput,
): Promise<ExternalVerdict[]> {
  const verdicts: ExternalVerdict[] = []
  for (const [name, external] of Object.entries(policy.externalAttestations)) {
    const candidates: Candidate[] = []
    for (const each of evidence) {
      if (each.predicateType !== external.predicateType) continue
      if (findSubject(each.subjects, digests) === undefined) continue
      candidates.push(await judgeExternal(bench, external, each))
    }
    const found = passedOf(candidates).length > 0 ? 'passed' : candidates.length > 0 ? 'rejected' : 'absent'
    const { predicateType, required } = external
    verdicts.push({ name, predicateType, required, candidates, outcome: found })
  }
  return verdicts
}

/** Takes out what only all steps together show: collections whose links don't hold. */
async function concludeSteps(
  bench: Bench,
  policy: PolicyDocument,
  judged: ReadonlyMap<string, readonly Candidate[]>,
): Promise<StepVerdict[]> {
  const linked = await refuseUnlinked(bench, policy, judged)
  return stepsInOrder(policy).map(name => {
    const candidates = linked.get(name) ?? []
    const requiredTypes = (policy.steps[name]?.attestations ?? []).map(({ type }) => type)
    return { name, requiredTypes, candidates, passed: passedOf(candidates).length > 0 }
  })
}

/** A collection that falls takes those along that were linked to it alone, so this goes on until nothing falls. */
async function refuseUnlinked(
  bench: Bench,
  policy: PolicyDocument,
  judged: ReadonlyMap<string, readonly Candidate[]>,
): Promise<ReadonlyMap<string, readonly Candidate[]>> {
  let fallen = 0
  const next = new Map<string, readonly Candidate[]>()
  for (const [name, candidates] of judged) {
    const others = [...new Set(policy.steps[name]?.artifactsFrom ?? [])]
    const left: Candidate[] = []
    for (const candidate of candidates) {
      const why: string[] = []
      for (const other of candidate.passed ? others : []) {
        why.push(...(await linkFault(bench, candidate.evidence, other, judged)))
      }
      if (why.length > 0) fallen += 1
      const { evidence } = candidate
      left.push(
        why.length === 0 ? candidate : { evidence, passed: false, check: 'link', code: 'ERR_LINK', why },
      )
    }
    next.set(name, left)
  }
  return fallen === 0 ? judged : refuseUnlinked(bench, policy, next)
}

/** Nothing when some collection of step `other` agrees with `taker`. */
async function linkFault(
  { native }: Bench,
  taker: Evidence,
  other: string,
  judged: ReadonlyMap<string, readonly Candidate[]>,
): Promise<string[]> {
  const reasons = new Set<string>()
  for (const { evidence } of passedOf(judged.get(other) ?? [])) {
    const answer = await linkHolds(native, taker, evidence)
    if (answer.ok) return []
    reasons.add(answer.why)
  }
  const why = reasons.size === 0 ? 'that step has not passed' : [...reasons].join('; ')
  return [`artifacts from step \`${other}\`: ${why}`]
}

/** The candidates that passed. */
export function passedOf(candidates: readonly Candidate[]): Extract<Candidate, { passed: true }>[] {
  return candidates.filter(candidate => candidate.passed)
}
