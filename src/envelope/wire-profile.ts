// Which statements a run is written as: one collection as cilock reads it, or in the form that upstream witness reads.
// Chooses, builds nothing. Used by `run` and `attest`.
import type { Attestation, DigestSet } from '../attestors/attestor.ts'
import { type CollectionStatement, collectionStatement, type Statement } from './statement.ts'
import { witnessStatements } from './witness-profile.ts'

/** Names of the profiles. */
export type WireProfile = 'cilock' | 'witness'

/** What is signed of one run. */
export interface RunStatements {
  readonly collection: CollectionStatement
  /** What the collection cannot hold: signed on its own, before it. */
  readonly apart: readonly SeparateStatement[]
}

/** An attestation outside of the collection. */
export interface SeparateStatement {
  /** Name of the attestor. */
  readonly name: string
  readonly statement: Statement
}

/** The statements of a run in `profile`. */
export function runStatements(
  profile: WireProfile,
  step: string,
  attestations: readonly Attestation[],
  userSubjects: ReadonlyMap<string, DigestSet>,
): RunStatements {
  if (profile === 'witness') return witnessStatements(step, attestations, userSubjects)
  return { collection: collectionStatement(step, attestations, userSubjects), apart: [] }
}
