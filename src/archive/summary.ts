// What a listing says of an envelope: its step, attestation types and back-refs, taken as claimed and not checked.
// Used by `archive find`, `bundle create` and `bundle inspect`.
import * as z from 'zod/mini'
import type { ReadEnvelope } from '../envelope/reading.ts'

/** The claims of an envelope, in short. */
export interface EnvelopeSummary {
  readonly predicateType: string | undefined
  readonly step: string | undefined
  readonly types: readonly string[]
  readonly subjects: readonly string[]
  /** Digest values of the collection's back-refs. */
  readonly backRefs: readonly string[]
}

const linked = z.looseObject({ backrefs: z.record(z.string(), z.record(z.string(), z.string())) })

/** Sums `envelope` up; what is malformed counts as absent. */
export function summarise({ statement }: ReadEnvelope): EnvelopeSummary {
  const refs = linked.safeParse(statement?.predicate)
  return {
    predicateType: statement?.predicateType,
    step: statement?.collection?.name,
    types: (statement?.collection?.attestations ?? []).map(({ type }) => type),
    subjects: (statement?.subject ?? []).map(({ name }) => name),
    backRefs: refs.success ? Object.values(refs.data.backrefs).flatMap(digest => Object.values(digest)) : [],
  }
}
