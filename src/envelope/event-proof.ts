// One Falco event with its audit path to the signed root (RFC 6962 §2.1.1), as a document of its own.
// Hashes nothing; the addon does. Used by `events prove` and `events verify`.
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { falcoSchema } from '../attestors/schemas/falco.ts'
import { LannerError } from '../error.ts'
import { falcoEntries } from './falco-entries.ts'
import type { ReadEnvelope } from './reading.ts'

/** `type` of a proof document. */
export const EVENT_PROOF_TYPE = 'https://lanner.dev/proofs/falco-event/v0.1'

const hex256 = z.string().regex(/^[0-9a-f]{64}$/)

const proofSchema = z.object({
  type: z.literal(EVENT_PROOF_TYPE),
  event: z.string(),
  line: z.int().positive(),
  index: z.int().nonnegative(),
  leaf_hash: hex256,
  audit_path: z.array(hex256).max(64),
  events_tree: z.object({
    root: hex256,
    size: z.int().positive(),
    hashAlgorithm: z.literal('sha256'),
    construction: z.literal('RFC6962'),
  }),
  source_file: z.object({ path: z.string(), sha256: hex256 }),
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

/** Reads a proof document. Throws `ERR_PROOF_SYNTAX` naming the file and the member that is off. */
export function readEventProof(file: string): EventProof {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new LannerError('ERR_PROOF_SYNTAX', `${file} is not readable as JSON`, {
      exit: 1,
      facts: { file },
      cause,
    })
  }
  const parsed = proofSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new LannerError(
    'ERR_PROOF_SYNTAX',
    `${file} is no event proof: ${issue?.path.join('.')}: ${issue?.message}`,
    {
      exit: 1,
      facts: { file, expected: EVENT_PROOF_TYPE },
    },
  )
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
