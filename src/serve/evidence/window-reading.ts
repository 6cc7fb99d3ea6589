// Reads the envelope of a window as somebody who doubts it: one form only, one signature, under the key given.
// Looks at no other window. Used by `verify --chain` and for selections; the server, which believes its own, reads only the facts.
import { createHash, type KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { FALCO_TYPE } from '../../attestors/falco.ts'
import { falcoSchema } from '../../attestors/schemas/falco.ts'
import { readBoundedFile } from '../../envelope/bounded-file.ts'
import { type SignedCapture, signedCapture } from '../../envelope/event-proof.ts'
import { anySignatureHolds } from '../../envelope/inspection.ts'
import { keyId } from '../../envelope/key-id.ts'
import { type ReadEnvelope, readEnvelope } from '../../envelope/reading.ts'
import { IN_TOTO_PAYLOAD_TYPE } from '../../envelope/statement.ts'
import { LannerError } from '../../error.ts'
import type { Native, Work } from '../../native/native.ts'
import { WINDOW_STEP } from './window-envelope.ts'
import { requireFile } from './window-files.ts'
import { WINDOW_TYPE, type WindowFacts, windowSchema } from './window-schema.ts'

/** A summary has a line a rule; this is hundreds of thousands. */
const MAX_ENVELOPE = 64 << 20

/** The only form that is written. Another spelling of the same would have another digest. */
const envelopeSchema = z.strictObject({
  payload: z.string(),
  payloadType: z.literal(IN_TOTO_PAYLOAD_TYPE),
  signatures: z.tuple([z.strictObject({ keyid: z.string(), sig: z.string() })]),
})

const ownStatement = z.object({
  predicate: z.object({ attestations: z.array(z.object({ type: z.string(), attestation: z.unknown() })) }),
})

/** The envelope of a window as JSON. */
export type WindowEnvelope = z.infer<typeof envelopeSchema>

/** A window that was read. */
export interface ReadWindow {
  readonly sha256: string
  readonly envelope: WindowEnvelope
  readonly facts: WindowFacts
  readonly capture: SignedCapture
  /** Of the alerts' file. */
  readonly lines: number
}

/** What reading works with. */
export interface WindowReading {
  readonly native: Native
  readonly key: KeyObject
  /** Folder of ours, where the bytes that were digested are read from: nobody can exchange them in between. */
  readonly scratch: string
  readonly work: Work
}

/** The bytes of the envelope in `file`. Throws `ERR_CHAIN_READ`. */
export function windowBytes(file: string): Buffer {
  requireFile(file)
  return readBoundedFile(file, { limit: MAX_ENVELOPE, code: 'ERR_CHAIN_READ', what: 'window' })
}

/** Reads `bytes`, which `name` names in messages. Throws `ERR_CHAIN_SHAPE` or `ERR_CHAIN_SIGNATURE`. */
export async function readWindow(
  { native, key, scratch, work }: WindowReading,
  bytes: Buffer,
  name: string,
): Promise<ReadWindow> {
  const envelope = strictEnvelope(bytes, name)
  const copy = join(scratch, 'window.json')
  writeFileSync(copy, bytes, { mode: 0o600 })
  const read = { ...(await readEnvelope(native, copy, scratch, work)), file: name }
  const [signature] = envelope.signatures
  if (signature.keyid !== keyId(key) || !(await anySignatureHolds(read, key, work))) {
    throw new LannerError('ERR_CHAIN_SIGNATURE', `${name}: the signature does not hold under this key`, {
      exit: 1,
      facts: { file: name },
    })
  }
  const facts = factsOf(read)
  return { sha256: sha256Of(bytes), envelope, facts, capture: signedCapture(read), lines: linesOf(read) }
}

/** The facts in the envelope of our own in `file`, believed; `undefined` when it can't be read. */
export function ownFacts(file: string): WindowFacts | undefined {
  try {
    const { payload } = envelopeSchema.parse(jsonOf(windowBytes(file)))
    const { predicate } = ownStatement.parse(jsonOf(Buffer.from(payload, 'base64')))
    const place = predicate.attestations.find(({ type }) => type === WINDOW_TYPE)
    return windowSchema.safeParse(place?.attestation).data
  } catch {
    return undefined
  }
}

/** The envelope as it was written: the same value in another spelling is refused, for no window after it would tell. */
function strictEnvelope(bytes: Buffer, name: string): WindowEnvelope {
  const parsed = envelopeSchema.safeParse(jsonOf(bytes))
  if (!parsed.success) throw shapeFault(name, 'it is no envelope of a window')
  const { payload, signatures } = parsed.data
  const written = JSON.stringify(parsed.data)
  const plain = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text
  if (written === bytes.toString('latin1') && plain(payload) && plain(signatures[0].sig)) return parsed.data
  throw shapeFault(name, 'it is not written as windows are')
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function factsOf({ statement, file }: ReadEnvelope): WindowFacts {
  const { name, attestations = [] } = statement?.collection ?? {}
  const types = attestations.map(({ type }) => type)
  if (name !== WINDOW_STEP || types.join() !== `${FALCO_TYPE},${WINDOW_TYPE}`) {
    throw shapeFault(file, 'it is signed, but no window')
  }
  const parsed = windowSchema.safeParse(attestations[1]?.attestation)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw shapeFault(file, `${issue?.path.join('.')}: ${issue?.message}`)
}

function linesOf({ statement }: ReadEnvelope): number {
  const [falco] = statement?.collection?.attestations ?? []
  return falcoSchema.parse(falco?.attestation).lines ?? 0
}

/** Lower-case hex. */
export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function shapeFault(name: string, why: string): LannerError {
  return new LannerError('ERR_CHAIN_SHAPE', `${name}: ${why}`, { exit: 1, facts: { file: name } })
}
