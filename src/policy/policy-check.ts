// Everything that can be said against a policy before it is used: faults that keep `verify` from following it, and warnings.
// Believes no signature unless a key is given. Used by `policy validate`.
import type { LannerError } from '../error.ts'
import { toLannerError } from '../native/failure.ts'
import type { PolicyDocument, PolicyFunctionary, PolicyRegoModule } from './policy-document.ts'
import { isExpired, type PolicyFault, structureFaults } from './policy-structure.ts'
import { policyTrust } from './policy-trust.ts'

/** The result for one policy. */
export interface PolicyCheck {
  readonly errors: readonly PolicyFault[]
  readonly warnings: readonly PolicyFault[]
}

/** Asks the engine whether a module parses; the words are the engine's. */
export type ModuleCheck = (module: PolicyRegoModule) => string | undefined

/** Checks `policy` in itself. */
export function checkPolicy(policy: PolicyDocument, now: Date, checkModule: ModuleCheck): PolicyCheck {
  const errors = [...structureFaults(policy), ...trustFaults(policy), ...stepFaults(policy, checkModule)]
  const warnings: PolicyFault[] = []
  if (policy.expires == null) errors.push({ path: 'expires', message: 'is missing' })
  else if (isExpired(policy, now))
    warnings.push({ path: 'expires', message: 'is past: `verify` refuses the policy' })
  return { errors, warnings }
}

function trustFaults(policy: PolicyDocument): PolicyFault[] {
  const none = Object.keys(policy.publickeys).length + Object.keys(policy.roots).length === 0
  const faults = none
    ? [{ path: 'publickeys', message: 'neither public keys nor roots: nobody can sign evidence' }]
    : []
  try {
    policyTrust(policy)
    return faults
  } catch (thrown) {
    const failure: LannerError = toLannerError(thrown)
    return [...faults, { path: String(failure.facts.path ?? 'publickeys'), message: failure.message }]
  }
}

function* stepFaults(policy: PolicyDocument, checkModule: ModuleCheck): Generator<PolicyFault> {
  for (const [name, step] of Object.entries(policy.steps)) {
    const path = `steps.${name}`
    if (step.functionaries.length === 0)
      yield { path: `${path}.functionaries`, message: 'is empty: nobody may sign the step' }
    if (step.attestations.length === 0)
      yield { path: `${path}.attestations`, message: 'is empty: nothing can satisfy the step' }
    if (step.artifactsFrom.includes(name))
      yield { path: `${path}.artifactsFrom`, message: 'names its own step' }
    yield* functionaryFaults(policy, path, step.functionaries)
    for (const [index, { type, regopolicies }] of step.attestations.entries()) {
      const at = `${path}.attestations.${index}`
      if (type === '') yield { path: `${at}.type`, message: 'is missing' }
      yield* moduleFaults(at, regopolicies, checkModule)
    }
  }
  for (const [name, external] of Object.entries(policy.externalAttestations)) {
    const path = `externalAttestations.${name}`
    yield* functionaryFaults(policy, path, external.functionaries)
    yield* moduleFaults(path, external.regopolicies, checkModule)
  }
}

function* functionaryFaults(
  policy: PolicyDocument,
  path: string,
  functionaries: readonly PolicyFunctionary[],
): Generator<PolicyFault> {
  const ids = new Set(Object.values(policy.publickeys).map(({ keyid }) => keyid))
  for (const [index, { type, publickeyid, certConstraint }] of functionaries.entries()) {
    const at = `${path}.functionaries.${index}`
    if (type === 'publickey') {
      if (publickeyid === '') yield { path: `${at}.publickeyid`, message: 'is missing' }
      else if (!ids.has(publickeyid))
        yield { path: `${at}.publickeyid`, message: `no public key \`${publickeyid}\`` }
    } else if (type === 'root') {
      const roots = certConstraint?.roots ?? []
      if (roots.length === 0) yield { path: `${at}.certConstraint.roots`, message: 'is missing' }
      for (const root of roots) {
        if (root !== '*' && !Object.hasOwn(policy.roots, root))
          yield { path: `${at}.certConstraint.roots`, message: `no root \`${root}\`` }
      }
    } else yield { path: `${at}.type`, message: `is \`${type}\`, expected publickey or root` }
  }
}

function* moduleFaults(
  path: string,
  modules: readonly PolicyRegoModule[],
  checkModule: ModuleCheck,
): Generator<PolicyFault> {
  for (const [index, module] of modules.entries()) {
    const at = `${path}.regopolicies.${index}`
    if (module.name === '') yield { path: `${at}.name`, message: 'is missing' }
    if (module.module == null || module.module.length === 0)
      yield { path: `${at}.module`, message: 'is missing' }
    else {
      const fault = checkModule(module)
      if (fault !== undefined) yield { path: `${at}.module`, message: fault }
    }
  }
}
