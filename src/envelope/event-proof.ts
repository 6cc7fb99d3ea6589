// One Falco event with its audit path to the signed root (RFC 6962 §2.1.1), as a document of its own: made, written, read.
// Hashes nothing; the addon does. Used by `events prove` and `events verify`.
import * as z from 'zod'
import { falcoSchema } from '../attestors/schemas/falco.ts'
import { LannerError } from '../error.ts'
import type { Native, ProvenEvent } from '../native/native.ts'
import { type ExactValue, exactPieces, parseExact } from '../policy/exact-json.ts'
import { readBoundedFile } from './bounded-file.ts'
import { falcoEntries } from './falco-entries.ts'
import type { ReadEnvelope } from './reading.ts'

/** `type` of a proof document. */
export const EVENT_PROOF_TYPE = 'https://lanner.dev/proofs/falco-event/v0.1'

/** A proof is an event, some hashes and an envelope of at most a megabyte; reading this much stays far below half a gigabyte. */
const MAX_PROOF = 32 << 20

/** An envelope with its signatures and an audit path have a few hundred. */
const STRUCTURE = { depth: 64, values: 100_000 }

const hex256 = z.string().regex(/^[0-9a-f]{64}$/)

/** Shape of a proof document. */
export const proofSchema = z.strictObject({
  type: z.literal(EVENT_PROOF_TYPE),
  event: z.string(),
  line: z.int().positive(),
  index: z.int().nonnegative(),
  leaf_hash: hex256,
  audit_path: z.array(hex256).max(64),
  events_tree: z.strictObject({
    root: hex256,
    size: z.int().positive(),
    hashAlgorithm: z.literal('sha256'),
    construction: z.literal('RFC6962'),
  }),
  source_file: z.strictObject({ path: z.string(), sha256: hex256 }),
  envelope: z.record(z.string(), z.unknown()).optional(),
})

/** A proof document. `event` is the line exactly; `envelope` is the signed DSSE envelope when it is small enough to go along. */
export type EventProof = z.infer<typeof proofSchema>

/** The capture an envelope signs. */
export interface SignedCapture {
  readonly root: string
  readonly size: number
  readonly sha256: string
  readonly path: string
}

/** The document for an event the addon proved; `path` is what the envelope calls the capture. */
export function newEventProof(
  found: ProvenEvent,
  index: number,
  path: string,
  envelope?: Readonly<Record<string, unknown>>,
): EventProof {
  return {
    type: EVENT_PROOF_TYPE,
    event: found.event.toString('utf8'),
    line: Number(found.line),
    index,
    leaf_hash: found.leafHash,
    audit_path: found.auditPath,
    events_tree: {
      root: found.root,
      size: Number(found.size),
      hashAlgorithm: 'sha256',
      construction: 'RFC6962',
    },
    source_file: { path, sha256: found.fileSha256 },
    ...(envelope === undefined ? {} : { envelope }),
  }
}

/** The text of a proof document. Throws `ERR_PROOF_SIZE` for one that would not be read again. */
export function eventProofText(proof: EventProof): string {
  const text = `${JSON.stringify(proof, null, 2)}\n`
  if (Buffer.byteLength(text) <= MAX_PROOF) return text
  throw new LannerError(
    'ERR_PROOF_SIZE',
    `the proof of event ${proof.index} would be larger than ${MAX_PROOF} bytes`,
    {
      exit: 1,
      facts: { limit: MAX_PROOF },
    },
  )
}

/**
 * Reads a proof document. Throws `ERR_PROOF_SYNTAX` naming the file and the member that is off, also for a member that is
 * unknown, there twice or in other letters: another reader would see another proof.
 */
export function readEventProof(file: string): EventProof {
  const bytes = readBoundedFile(file, { limit: MAX_PROOF, code: 'ERR_PROOF_READ', what: 'proof' })
  let value: ExactValue
  try {
    value = parseExact(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), STRUCTURE)
  } catch (cause) {
    const why = cause instanceof LannerError ? cause.message : 'it is not UTF-8'
    throw new LannerError('ERR_PROOF_SYNTAX', `${file} is not readable as JSON: ${why}`, {
      exit: 1,
      facts: { file },
      cause,
    })
  }
  const parsed = proofSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const at = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
  throw new LannerError('ERR_PROOF_SYNTAX', `${file} is no event proof: ${at}${issue?.message}`, {
    exit: 1,
    facts: { file, expected: EVENT_PROOF_TYPE },
  })
}

/** The enclosed envelope as it was written, member for member; `undefined` when there is none. */
export function enclosedEnvelope({ envelope }: EventProof): string | undefined {
  return envelope === undefined ? undefined : [...exactPieces(envelope as ExactValue)].join('')
}

/** The one Falco capture with an events tree that `envelope` signs. Throws `ERR_PROOF_NO_TREE` when there is none or several. */
export function signedCapture(envelope: ReadEnvelope): SignedCapture {
  const captures = falcoEntries(envelope).flatMap(entry => {
    const falco = falcoSchema.safeParse(entry.attestation)
    if (!falco.success || falco.data.events_tree === undefined) return []
    const {
      events_tree: tree,
      source_file: source,
      report_file: report,
      report_digest_set: digests,
    } = falco.data
    const sha256 = source?.sha256 ?? digests?.sha256 ?? ''
    return [{ root: tree.root, size: tree.size, sha256, path: source?.path ?? report ?? '' }]
  })
  const [capture, another] = captures
  if (capture !== undefined && another === undefined) return capture
  const what = capture === undefined ? 'no Falco capture with an events tree' : 'several Falco captures'
  throw new LannerError('ERR_PROOF_NO_TREE', `${envelope.file} holds ${what}`, {
    exit: 1,
    hint: 'events can be proven for captures attested by lanner; cilock signs no tree of events',
    facts: { file: envelope.file, expected: 'one falco attestation with events_tree' },
  })
}

/** Throws `ERR_PROOF_ROOT` or `ERR_PROOF_PATH` unless the event is where `proof` says in the capture that was signed. */
export function assertIncluded(native: Native, proof: EventProof, capture: SignedCapture): void {
  if (
    proof.events_tree.root !== capture.root ||
    proof.events_tree.size !== capture.size ||
    proof.source_file.sha256 !== capture.sha256 ||
    proof.source_file.path !== capture.path
  ) {
    throw new LannerError('ERR_PROOF_ROOT', 'the proof is for another capture than the envelope signs', {
      exit: 1,
      facts: { expected: capture.root },
    })
  }
  const included = native.verifyInclusion({
    event: Buffer.from(proof.event, 'utf8'),
    leafHash: proof.leaf_hash,
    index: BigInt(proof.index),
    size: BigInt(capture.size),
    auditPath: proof.audit_path,
    root: capture.root,
  })
  if (!included) {
    throw new LannerError('ERR_PROOF_PATH', `the event is not number ${proof.index} of the signed capture`, {
      exit: 1,
    })
  }
}
