// Reads an envelope of any size: the small parts as objects, the payload left in the addon, embedded events counted and left out.
// Judges no signature; `signature-check.ts` does. Used by `inspect` and `events`.
import * as z from 'zod'
import { LannerError } from '../error.ts'
import type { Native, Payload, StatementOutline, Work } from '../native/native.ts'

const signatureSchema = z.object({
  keyid: z
    .string()
    .nullish()
    .transform(value => value ?? ''),
  sig: z
    .string()
    .nullish()
    .transform(value => value ?? ''),
  certificate: z.string().nullish(),
  intermediates: z.array(z.string()).nullish(),
  timestamps: z.array(z.object({ type: z.string().nullish(), data: z.string().nullish() })).nullish(),
})

const subjectSchema = z.object({ name: z.string(), digest: z.record(z.string(), z.string()) })

const entrySchema = z.object({
  type: z.string(),
  attestation: z.unknown(),
  starttime: z.string().optional(),
  endtime: z.string().optional(),
})

const statementSchema = z.object({
  _type: z.string(),
  subject: z
    .array(subjectSchema)
    .nullish()
    .transform(value => value ?? []),
  predicateType: z.string(),
  predicate: z.unknown(),
})

const collectionSchema = z.object({
  name: z.string(),
  attestations: z
    .array(entrySchema)
    .nullish()
    .transform(value => value ?? []),
})

/** A signature as the envelope carries it, unchecked. */
export type EnvelopeSignature = z.infer<typeof signatureSchema>
/** An attestation as the envelope carries it; `attestation.events` of a Falco capture is `null` here. */
export type EnvelopeEntry = z.infer<typeof entrySchema>

/** An in-toto statement; `collection` is there when its predicate is one. */
export interface ReadStatement extends z.infer<typeof statementSchema> {
  readonly collection: z.infer<typeof collectionSchema> | undefined
}

/** An envelope, opened but not believed. */
export interface ReadEnvelope {
  readonly file: string
  readonly payloadType: string
  readonly signatures: readonly EnvelopeSignature[]
  readonly payload: Payload
  /** `undefined` when the payload is something else than an in-toto statement (a policy, say). */
  readonly statement: ReadStatement | undefined
  /** Number of events embedded in falco attestations. */
  readonly embeddedEvents: bigint
  /** The payload's JSON without those events, and where they lie: for readers stricter than `statement`. */
  readonly outline: StatementOutline
}

/** Opens `file`. Throws `ERR_ENVELOPE_*` naming the file and what was expected where. */
export async function readEnvelope(
  native: Native,
  file: string,
  spoolDirectory: string,
  work: Work,
): Promise<ReadEnvelope> {
  const document = await native.openEnvelope(file, spoolDirectory, work)
  const payload = document.payload()
  if (payload.size === 0n) {
    throw new LannerError('ERR_ENVELOPE_NO_PAYLOAD', `${file} is no envelope: it has no payload`, {
      facts: { file, expected: 'a DSSE envelope with payload, payloadType and signatures' },
    })
  }
  const outline = await payload.outline(work)
  const parsed: unknown = JSON.parse(outline.json.toString('utf8'))
  return {
    file,
    payloadType: document.payloadType,
    signatures: parseSignatures(file, document.signaturesJson()),
    payload,
    statement: parseStatement(parsed),
    embeddedEvents: outline.elided.reduce((sum, { count }) => sum + count, 0n),
    outline,
  }
}

function parseSignatures(file: string, json: Buffer): EnvelopeSignature[] {
  const parsed = z
    .array(signatureSchema.nullable())
    .nullish()
    .safeParse(JSON.parse(json.toString('utf8')))
  if (parsed.success) return (parsed.data ?? []).filter(entry => entry !== null)
  const [issue] = parsed.error.issues
  const at = issue === undefined ? '' : `: ${['signatures', ...issue.path].join('.')}: ${issue.message}`
  throw new LannerError('ERR_ENVELOPE_SIGNATURES', `${file}: the signatures are no DSSE signatures${at}`, {
    facts: { file, expected: 'objects with keyid and sig' },
  })
}

function parseStatement(value: unknown): ReadStatement | undefined {
  const statement = statementSchema.safeParse(value)
  if (!statement.success) return undefined
  const collection = collectionSchema.safeParse(statement.data.predicate)
  return { ...statement.data, collection: collection.success ? collection.data : undefined }
}
