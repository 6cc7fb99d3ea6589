// In-toto Statement v0.1 and the attestation collection inside it: names, order and shape as cilock reads them.
// Serialises nothing; `payload.ts` does. Used by `run` and `attest`, and by the other wire profile.
import type { Attestation, DigestSet } from '../attestors/attestor.ts'
import type { Payload } from '../native/native.ts'
import type { Splice } from './splice.ts'

/** `_type` of every statement we write (in-toto Statement v0.1). */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v0.1'
/** Predicate type of a collection. */
export const COLLECTION_TYPE = 'https://aflock.ai/attestation-collection/v0.1'
/** DSSE payload type of an in-toto statement. */
export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json'

/** What the statement speaks of: a name and its digests. */
export interface Subject {
  readonly name: string
  readonly digest: DigestSet
}

/** A statement. Members stand in the order they are written in; a splice stands for several subjects. */
export interface Statement<Predicate = unknown> {
  readonly _type: typeof STATEMENT_TYPE
  readonly subject: readonly (Subject | Splice<Payload>)[]
  readonly predicateType: string
  readonly predicate: Predicate
}

/** A statement over a collection. */
export type CollectionStatement = Statement<{
  readonly name: string
  readonly attestations: readonly CollectionEntry[]
  readonly backrefs: Readonly<Record<string, DigestSet>> | undefined
}>

/** One attestation of a collection. Times are RFC 3339 in UTC. */
export interface CollectionEntry {
  readonly type: string
  /** JSON, except for splices. */
  readonly attestation: unknown
  readonly starttime: string
  readonly endtime: string
}

/**
 * The statement for `step`: subjects prefixed by their attestation's type and sorted bytewise, the user's own subjects
 * unprefixed (they win over an equal name), back-refs likewise.
 */
export function collectionStatement(
  step: string,
  attestations: readonly Attestation[],
  userSubjects: ReadonlyMap<string, DigestSet>,
): CollectionStatement {
  return {
    _type: STATEMENT_TYPE,
    subject: sortedSubjects(attestations, userSubjects),
    predicateType: COLLECTION_TYPE,
    predicate: {
      name: step,
      attestations: attestations.map(collectionEntry),
      backrefs: sortedBackRefs(attestations),
    },
  }
}

/** The subjects of `attestations` and the user's own. */
export function sortedSubjects(
  attestations: readonly Attestation[],
  userSubjects: ReadonlyMap<string, DigestSet>,
): Subject[] {
  const subjects = new Map<string, DigestSet>()
  for (const attestation of attestations) {
    for (const [name, digest] of attestation.subjects) subjects.set(`${attestation.type}/${name}`, digest)
  }
  for (const [name, digest] of userSubjects) subjects.set(name, digest)
  return sortedByName(subjects).map(([name, digest]) => ({ name, digest: sortedDigests(digest) }))
}

/** The back-refs of `attestations`; `undefined` when there are none. */
export function sortedBackRefs(
  attestations: readonly Attestation[],
): Readonly<Record<string, DigestSet>> | undefined {
  const backRefs = new Map<string, DigestSet>()
  for (const attestation of attestations) {
    for (const [name, digest] of attestation.backRefs) backRefs.set(`${attestation.type}/${name}`, digest)
  }
  return backRefs.size === 0 ? undefined : Object.fromEntries(sortedByName(backRefs))
}

/** The entry of `attestation` in a collection. */
export function collectionEntry(attestation: Attestation): CollectionEntry {
  return {
    type: attestation.type,
    attestation: attestation.predicate,
    starttime: attestation.startTime.toISOString(),
    endtime: attestation.endTime.toISOString(),
  }
}

/** Bytewise by UTF-8, as Go compares strings; `<` would compare UTF-16 units. */
function sortedByName(entries: ReadonlyMap<string, DigestSet>): [string, DigestSet][] {
  return [...entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function sortedDigests(digest: DigestSet): DigestSet {
  return Object.fromEntries(Object.entries(digest).sort(([a], [b]) => (a < b ? -1 : 1)))
}
