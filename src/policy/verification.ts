// The verdict on evidence under a policy: runs the walk, then asks of every artifact what it was bound to.
// Opens no file and prints nothing. Used by `verify`; the policy's own signature has been checked before.
import type { Native, Work } from '../native/native.ts'
import type { Bench } from './candidate.ts'
import type { Evidence } from './evidence.ts'
import type { Hardening } from './functionary.ts'
import type { PolicyDocument } from './policy-document.ts'
import { findSubject, type Seed, searchDigests } from './seeds.ts'
import type { SignatureBook } from './signatures.ts'
import type { Binding, Fault, SeedVerdict, StepVerdict, Verdict } from './verdict.ts'
import { passedOf, walkPolicy } from './walk.ts'

/** Everything a verdict is about. */
export interface VerificationInput {
  readonly policy: PolicyDocument
  /** Under the policy's trust. */
  readonly signatures: SignatureBook
  readonly evidence: readonly Evidence[]
  readonly seeds: readonly Seed[]
  readonly hardening: Hardening
  readonly now: Date
}

/** Judges. Whatever can be told is told: a failing step doesn't hide the next. */
export async function verifyEvidence(native: Native, input: VerificationInput, work: Work): Promise<Verdict> {
  const { policy, signatures, evidence, seeds, hardening, now } = input
  const bench: Bench = { native, work, hardening, now, signatures }
  const digests = searchDigests(seeds, evidence)
  const { steps, externals } = await walkPolicy(bench, { policy, evidence, digests })
  const judged = seeds.map(seed => ({ ...seed, bindings: bindingsOf(seed, steps) }))
  const faults = [...externalFaults(externals), ...seedFaults(judged, steps, externals)]
  const someone = steps.length > 0 || externals.some(({ outcome }) => outcome === 'passed')
  if (!someone)
    faults.push({ code: 'ERR_NOTHING_JUDGED', why: 'nothing in the policy was satisfied by anything' })
  return {
    passed: steps.every(({ passed }) => passed) && faults.length === 0,
    steps,
    externals,
    seeds: judged,
    faults,
  }
}

/** Where the collections that passed speak of the seed: as a subject of theirs, or as a file of a tree that gave its root. */
function bindingsOf(seed: Seed, steps: readonly StepVerdict[]): Binding[] {
  const wanted = new Set([seed.digest])
  return steps.flatMap(({ name: step, candidates }) =>
    passedOf(candidates).flatMap(({ evidence }): Binding[] => {
      const subject = findSubject(evidence.subjects, wanted)
      if (subject !== undefined) return [{ step, via: 'subject', name: subject.name }]
      const path = leafPath(seed, evidence)
      return path === undefined ? [] : [{ step, via: 'leaf', name: path }]
    }),
  )
}

/** Of several paths with that content the one of the seed's own name, if there is one; products before materials. */
function leafPath({ digest, name }: Seed, { collection }: Evidence): string | undefined {
  const found = (collection?.entries ?? [])
    .flatMap(({ leaves }) => (leaves?.root === undefined || leaves.fault !== undefined ? [] : [leaves]))
    .sort((a, b) => (a.kind === b.kind ? 0 : a.kind === 'product' ? -1 : 1))
    .flatMap(({ leaves }) => leaves?.pathOf(digest, name) ?? [])
  return (found.find(({ named }) => named) ?? found[0])?.path
}

function externalFaults(externals: Verdict['externals']): Fault[] {
  return externals.flatMap(({ name, predicateType, required, outcome }): Fault[] => {
    if (outcome === 'passed' || (outcome === 'absent' && !required)) return []
    const what = outcome === 'absent' ? 'was not found' : 'was refused'
    return [{ code: 'ERR_EXTERNAL', why: `external attestation \`${name}\` (${predicateType}) ${what}` }]
  })
}

/** An artifact that nothing speaks of is the very thing verification is for; of bare digests one must be bound. */
function seedFaults(
  seeds: readonly SeedVerdict[],
  steps: readonly StepVerdict[],
  externals: Verdict['externals'],
): Fault[] {
  // Without a step that passed nothing can be bound: the steps tell why.
  if (!steps.some(({ passed }) => passed)) {
    return steps.length > 0 ? [] : unboundInExternals(seeds, externals)
  }
  return seeds
    .filter(({ kind, bindings }) => kind !== 'digest' && bindings.length === 0)
    .map(({ name, digest }) => unbound(name, digest))
}

function unboundInExternals(seeds: readonly SeedVerdict[], externals: Verdict['externals']): Fault[] {
  const passed = externals.flatMap(({ candidates }) => passedOf(candidates))
  return seeds
    .filter(({ kind, digest }) => {
      const wanted = new Set([digest])
      return (
        kind !== 'digest' &&
        !passed.some(({ evidence }) => findSubject(evidence.subjects, wanted) !== undefined)
      )
    })
    .map(({ name, digest }) => unbound(name, digest))
}

function unbound(name: string, digest: string): Fault {
  return {
    code: 'ERR_ARTIFACT_UNBOUND',
    why: `\`${name}\` (sha256:${digest}) is no subject and no file of the evidence that passed`,
  }
}
