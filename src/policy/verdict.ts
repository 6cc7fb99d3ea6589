// What verification found, as data: every step with every candidate and the first check it failed, every artifact and what it bound.
// Words and colours belong to `terminal/verdict.ts`. Built by the walk, printed by `verify`, summarised in a VSA.
import type { Evidence } from './evidence.ts'

/** The checks a candidate goes through, in order. */
export type Check =
  | 'subject'
  | 'collection-type'
  | 'required-types'
  | 'signature'
  | 'functionary'
  | 'timestamp'
  | 'leaves'
  | 'rego'
  | 'link'

/** One envelope tried for a step or an external attestation. */
export type Candidate = { readonly evidence: Evidence } & (
  | { readonly passed: true; readonly keyIds: readonly string[] }
  | {
      readonly passed: false
      readonly check: Check
      /** Stable: `ERR_…`. */
      readonly code: string
      readonly why: readonly string[]
    }
)

/** A step of the policy, judged. */
export interface StepVerdict {
  readonly name: string
  readonly requiredTypes: readonly string[]
  readonly candidates: readonly Candidate[]
  readonly passed: boolean
}

/** Something wrong that is no candidate's own fault. */
export interface Fault {
  readonly code: string
  readonly why: string
}

/** An external attestation of the policy, judged. */
export interface ExternalVerdict {
  readonly name: string
  readonly predicateType: string
  readonly required: boolean
  readonly candidates: readonly Candidate[]
  /** `absent` is fine only where it isn't required. */
  readonly outcome: 'passed' | 'absent' | 'rejected'
}

/** What an artifact was bound to: a subject of a step's statement, or a file in its verified tree. */
export interface Binding {
  readonly step: string
  readonly via: 'subject' | 'leaf'
  /** Name of the subject, or path of the file. */
  readonly name: string
}

/** An artifact or digest that was asked about. */
export interface SeedVerdict {
  readonly kind: 'artifact' | 'directory' | 'digest'
  /** As it was named on the command line. */
  readonly name: string
  readonly digest: string
  readonly bindings: readonly Binding[]
}

/** All of it. */
export interface Verdict {
  readonly passed: boolean
  readonly steps: readonly StepVerdict[]
  readonly externals: readonly ExternalVerdict[]
  readonly seeds: readonly SeedVerdict[]
  /** What is wrong beyond steps and externals, such as an artifact that matched nothing. */
  readonly faults: readonly Fault[]
}
