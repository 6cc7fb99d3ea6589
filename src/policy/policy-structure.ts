// What a policy's parts say of each other: names, references, cycles, expiry, and what this version can't judge.
// Parses no key and reads no evidence. Run on every policy after its shape is known.
import { LannerError } from '../error.ts'
import type { PolicyDocument, PolicyExternal, PolicyStep } from './policy-document.ts'

/** A fault in a policy, at the place that has it. */
export interface PolicyFault {
  readonly path: string
  readonly message: string
}

/** Throws `ERR_POLICY_STRUCTURE` with the first fault, if there is one. */
export function assertStructure(policy: PolicyDocument): void {
  const [fault] = structureFaults(policy)
  if (fault === undefined) return
  throw new LannerError('ERR_POLICY_STRUCTURE', `${fault.path}: ${fault.message}`, {
    exit: 1,
    facts: { path: fault.path },
  })
}

/** Throws `ERR_POLICY_EXPIRED` when `now` is past `expires`. */
export function assertNotExpired(policy: PolicyDocument, now: Date): void {
  if (!isExpired(policy, now)) return
  const when =
    policy.expires == null ? 'it names no `expires`' : `it expired on ${instantText(policy.expires)}`
  throw new LannerError('ERR_POLICY_EXPIRED', `the policy is not valid any more: ${when}`, {
    exit: 1,
    hint: 'sign a policy with a later `expires`',
  })
}

/** Whether the policy has no `expires`, or one that is past. */
export function isExpired(policy: PolicyDocument, now: Date): boolean {
  return policy.expires == null || BigInt(now.getTime()) * 1_000_000n > policy.expires
}

/** An instant for a person, to the second. */
function instantText(nanos: bigint): string {
  const date = new Date(Number(nanos / 1_000_000n))
  return Number.isNaN(date.getTime()) ? String(nanos) : date.toISOString()
}

/** Everything wrong between the parts, in the order it is met. */
export function structureFaults(policy: PolicyDocument): PolicyFault[] {
  const faults: PolicyFault[] = []
  if (Object.keys(policy.steps).length === 0 && Object.keys(policy.externalAttestations).length === 0) {
    faults.push({
      path: 'steps',
      message: 'a policy without steps and external attestations would let anything through',
    })
  }
  for (const [name, step] of Object.entries(policy.steps)) faults.push(...stepFaults(policy, name, step))
  for (const [name, each] of Object.entries(policy.externalAttestations))
    faults.push(...externalFaults(name, each))
  const cycle = findCycle(policy)
  if (cycle !== undefined) {
    faults.push({ path: `steps.${cycle[0]}.attestationsFrom`, message: `a circle: ${cycle.join(' → ')}` })
  }
  return faults
}

function* stepFaults(policy: PolicyDocument, name: string, step: PolicyStep): Generator<PolicyFault> {
  const path = `steps.${name}`
  if (step.name !== name)
    yield { path: `${path}.name`, message: `is \`${step.name}\`, expected the step's key \`${name}\`` }
  for (const other of step.attestationsFrom) {
    if (other === name) yield { path: `${path}.attestationsFrom`, message: 'names its own step' }
    else if (!Object.hasOwn(policy.steps, other))
      yield { path: `${path}.attestationsFrom`, message: `no step \`${other}\`` }
  }
  for (const other of step.artifactsFrom) {
    if (!Object.hasOwn(policy.steps, other))
      yield { path: `${path}.artifactsFrom`, message: `no step \`${other}\`` }
  }
  for (const other of step.externalFrom) {
    if (!Object.hasOwn(policy.externalAttestations, other)) {
      yield { path: `${path}.externalFrom`, message: `no external attestation \`${other}\`` }
    }
  }
  for (const [index, { aipolicies }] of step.attestations.entries()) {
    if (aipolicies.length > 0) yield aiFault(`${path}.attestations.${index}`)
  }
}

function* externalFaults(name: string, external: PolicyExternal): Generator<PolicyFault> {
  const path = `externalAttestations.${name}`
  if (external.predicateType === '') yield { path: `${path}.predicateType`, message: 'is missing' }
  if (external.aipolicies.length > 0) yield aiFault(path)
}

/** A gate that is not evaluated must not count as passed. */
function aiFault(path: string): PolicyFault {
  return { path: `${path}.aipolicies`, message: 'are not supported; nothing is let through in their place' }
}

/** A circle of `attestationsFrom`, first step repeated at the end. */
function findCycle(policy: PolicyDocument): string[] | undefined {
  const done = new Set<string>()
  const visit = (name: string, trail: readonly string[]): string[] | undefined => {
    const at = trail.indexOf(name)
    if (at !== -1) return [...trail.slice(at), name]
    if (done.has(name)) return undefined
    for (const next of policy.steps[name]?.attestationsFrom ?? []) {
      const cycle = next === name ? undefined : visit(next, [...trail, name])
      if (cycle !== undefined) return cycle
    }
    done.add(name)
    return undefined
  }
  for (const name of Object.keys(policy.steps)) {
    const cycle = visit(name, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

/** The steps so that each stands after those whose attestations it reads. */
export function stepsInOrder(policy: PolicyDocument): string[] {
  const order: string[] = []
  const visit = (name: string): void => {
    if (order.includes(name)) return
    for (const before of policy.steps[name]?.attestationsFrom ?? []) visit(before)
    order.push(name)
  }
  for (const name of Object.keys(policy.steps).sort()) visit(name)
  return order
}
