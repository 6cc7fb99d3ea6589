// Reads an envelope with its statement: the small parts as objects, the payload left in the addon, embedded events left out.
// Judges no signature; `signature-check.ts` does. Used by every command that shows or lists envelopes.
import * as z from 'zod'
import type { Native, Work } from '../native/native.ts'
import { type OutlinedEnvelope, openEnvelope } from './opening.ts'

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

/** An attestation as the envelope carries it; `attestation.events` of a Falco capture is `null` here. */
export type EnvelopeEntry = z.infer<typeof entrySchema>

/** An in-toto statement; `collection` is there when its predicate is one. */
export interface ReadStatement extends z.infer<typeof statementSchema> {
  readonly collection: z.infer<typeof collectionSchema> | undefined
}

/** An envelope, opened but not believed. */
export interface ReadEnvelope extends OutlinedEnvelope {
  /** `undefined` when the payload is something else than an in-toto statement (a policy, say). */
  readonly statement: ReadStatement | undefined
  /** Number of events embedded in falco attestations. */
  readonly embeddedEvents: bigint
}

/** Reads the envelope in `file` and its statement. Throws `ERR_ENVELOPE_*` and `ERR_STATEMENT_*`. */
export async function readEnvelope(
  native: Native,
  file: string,
  spoolDirectory: string,
  work: Work,
): Promise<ReadEnvelope> {
  const opened = await openEnvelope(native, file, spoolDirectory, work)
  const outline = await opened.payload.outline(work, false)
  const parsed: unknown = JSON.parse(outline.json.toString('utf8'))
  return {
    ...opened,
    outline,
    statement: parseStatement(parsed),
    embeddedEvents: outline.elided.reduce((sum, { count }) => sum + count, 0n),
  }
}

function parseStatement(value: unknown): ReadStatement | undefined {
  const statement = statementSchema.safeParse(value)
  if (!statement.success) return undefined
  const collection = collectionSchema.safeParse(statement.data.predicate)
  return { ...statement.data, collection: collection.success ? collection.data : undefined }
}
