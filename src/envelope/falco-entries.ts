// The captures of events in an envelope, Falco's own and the alerts of our detections, wherever they stand: in a collection or as
// the statement itself.
// Judges nothing. Used by `inspect` and by event proofs.
import type { EnvelopeEntry, ReadEnvelope } from './reading.ts'

/** Its falco and detections attestations as entries of a collection. */
export function falcoEntries({ statement }: ReadEnvelope): EnvelopeEntry[] {
  if (statement === undefined) return []
  const { predicateType: type, predicate: attestation } = statement
  const entries = isFalco(type) ? [{ type, attestation }] : (statement.collection?.attestations ?? [])
  return entries.filter(entry => isFalco(entry.type))
}

function isFalco(type: string): boolean {
  return type.endsWith('/falco/v0.1') || isDetections(type)
}

/** Whether an attestation of that type is detections. */
export function isDetections(type: string): boolean {
  return type.endsWith('/detections/v0.1')
}
