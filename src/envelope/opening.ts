// Decodes an envelope of any size: signatures as objects, the payload left in the addon.
// Looks at no statement and judges no signature. Used by `reading.ts` and by verification, which reads statements more strictly.
import * as z from 'zod/mini'
import { LannerError } from '../error.ts'
import type { Native, Payload, StatementOutline, Work } from '../native/native.ts'
import { or, READABLE } from './shape.ts'

const signatureSchema = z.object({
  keyid: or(z.string(), () => ''),
  sig: or(z.string(), () => ''),
  certificate: z.nullish(z.string()),
  intermediates: z.nullish(z.array(z.string())),
  timestamps: z.nullish(z.array(z.object({ type: z.nullish(z.string()), data: z.nullish(z.string()) }))),
})

const signaturesSchema = z.nullish(z.array(z.nullable(signatureSchema)))

/** A signature as the envelope carries it, unchecked. */
export type EnvelopeSignature = z.infer<typeof signatureSchema>
/** What can be asked of an envelope before its statement has been looked at. */
export interface OpenedEnvelope {
  readonly file: string
  readonly payloadType: string
  readonly signatures: readonly EnvelopeSignature[]
  readonly payload: Payload
}

/** An envelope with its payload's JSON, for readers stricter than {@link ReadEnvelope}. */
export interface OutlinedEnvelope extends OpenedEnvelope {
  /** The text without what was left in the payload, and where that lies. */
  readonly outline: StatementOutline
}

/** Decodes the envelope in `file`. Throws `ERR_ENVELOPE_*` naming the file and what was expected where. */
export async function openEnvelope(
  native: Native,
  file: string,
  spoolDirectory: string,
  work: Work,
): Promise<OpenedEnvelope> {
  const document = await native.openEnvelope(file, spoolDirectory, work)
  const payload = document.payload()
  if (payload.size === 0n) {
    throw new LannerError('ERR_ENVELOPE_NO_PAYLOAD', `${file} is no envelope: it has no payload`, {
      facts: { file, expected: 'a DSSE envelope with payload, payloadType and signatures' },
    })
  }
  const signatures = parseSignatures(file, document.signaturesJson())
  return { file, payloadType: document.payloadType, signatures, payload }
}

function parseSignatures(file: string, json: Buffer): EnvelopeSignature[] {
  const parsed = signaturesSchema.safeParse(JSON.parse(json.toString('utf8')), READABLE)
  if (parsed.success) return (parsed.data ?? []).filter(entry => entry !== null)
  const [issue] = parsed.error.issues
  const at = issue === undefined ? '' : `: ${['signatures', ...issue.path].join('.')}: ${issue.message}`
  throw new LannerError('ERR_ENVELOPE_SIGNATURES', `${file}: the signatures are no DSSE signatures${at}`, {
    facts: { file, expected: 'objects with keyid and sig' },
  })
}
