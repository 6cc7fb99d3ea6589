// What `inspect` tells of an envelope: who signed, whether that holds under a key, subjects, attestors, captures and detections.
// A view, not a verdict: no policy is applied. Used by `inspect`.
import type { KeyObject } from 'node:crypto'
import type { Work } from '../native/native.ts'
import {
  type InspectedDetections,
  type InspectedFalco,
  inspectDetections,
  inspectFalco,
} from './inspected-captures.ts'
import { keyId } from './key-id.ts'
import type { EnvelopeSignature, OpenedEnvelope } from './opening.ts'
import { payloadPae } from './payload.ts'
import type { EnvelopeEntry, ReadEnvelope } from './reading.ts'
import { verifySignature } from './signature-trials.ts'

/** Whether a signature holds under the key given, `unchecked` when none was given. */
export type SignatureState = 'valid' | 'invalid' | 'unchecked'

/** One signature as shown. */
export interface InspectedSignature {
  readonly keyid: string
  readonly state: SignatureState
  readonly certificate: boolean
  readonly timestamps: number
}

/** One attestation as shown. */
export interface InspectedAttestation {
  readonly type: string
  readonly starttime?: string
  readonly endtime?: string
}

/** Everything `inspect` shows; printed as it is by `--format json`. */
export interface Inspection {
  readonly file: string
  readonly payloadType: string
  readonly payloadBytes: string
  readonly predicateType?: string
  readonly step?: string
  readonly signatures: readonly InspectedSignature[]
  /** The key checked against, when one was given. */
  readonly key?: string
  readonly subjects: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[]
  readonly attestations: readonly InspectedAttestation[]
  readonly command?: { readonly cmd: readonly string[]; readonly exitcode: number }
  readonly falco: readonly InspectedFalco[]
  readonly detections: readonly InspectedDetections[]
}

/** Looks at `envelope`, checking every signature under `key` when there is one. */
export async function inspectEnvelope(
  envelope: ReadEnvelope,
  key: KeyObject | undefined,
  work: Work,
): Promise<Inspection> {
  const { statement } = envelope
  const entries = statement?.collection?.attestations ?? []
  const command = commandOf(entries)
  return {
    file: envelope.file,
    payloadType: envelope.payloadType,
    payloadBytes: String(envelope.payload.size),
    ...(statement === undefined ? {} : { predicateType: statement.predicateType }),
    ...(statement?.collection === undefined ? {} : { step: statement.collection.name }),
    signatures: await Promise.all(
      envelope.signatures.map(entry => inspectSignature(envelope, entry, key, work)),
    ),
    ...(key === undefined ? {} : { key: keyId(key) }),
    subjects: statement?.subject ?? [],
    attestations: entries.map(({ type, starttime, endtime }) => ({
      type,
      ...(starttime === undefined ? {} : { starttime }),
      ...(endtime === undefined ? {} : { endtime }),
    })),
    ...(command === undefined ? {} : { command }),
    falco: inspectFalco(envelope),
    detections: inspectDetections(envelope),
  }
}

async function inspectSignature(
  envelope: ReadEnvelope,
  entry: EnvelopeSignature,
  key: KeyObject | undefined,
  work: Work,
): Promise<InspectedSignature> {
  return {
    keyid: entry.keyid,
    state: key === undefined ? 'unchecked' : (await holds(envelope, entry, key, work)) ? 'valid' : 'invalid',
    certificate: entry.certificate != null,
    timestamps: entry.timestamps?.length ?? 0,
  }
}

/** Whether any signature of `envelope` holds under `key`; the `keyid` an entry claims is never believed. */
export async function anySignatureHolds(
  envelope: OpenedEnvelope,
  key: KeyObject,
  work: Work,
): Promise<boolean> {
  for (const entry of envelope.signatures) {
    if (await holds(envelope, entry, key, work)) return true
  }
  return false
}

async function holds(
  envelope: OpenedEnvelope,
  entry: EnvelopeSignature,
  key: KeyObject,
  work: Work,
): Promise<boolean> {
  // The addon has decoded and checked the base64 already; this is its own plain encoding.
  const signature = Buffer.from(entry.sig, 'base64')
  return verifySignature(key, payloadPae(envelope.payload, envelope.payloadType, work), signature)
}

function commandOf(entries: readonly EnvelopeEntry[]): { cmd: string[]; exitcode: number } | undefined {
  const entry = entries.find(({ type }) => type.includes('/command-run/'))
  if (typeof entry?.attestation !== 'object' || entry.attestation === null) return undefined
  const { cmd, exitcode } = entry.attestation as { cmd?: unknown; exitcode?: unknown }
  if (!Array.isArray(cmd) || !cmd.every(word => typeof word === 'string')) return undefined
  // cilock leaves the exit code out when it is 0.
  return { cmd, exitcode: typeof exitcode === 'number' ? exitcode : 0 }
}
