// What retention removed of a chain, as a signed statement beside the windows: the last window that went, which the first one kept names.
// Removes nothing. Written by `retention.ts`, read by `verify --chain` and for selections.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { readBoundedFile } from '../../envelope/bounded-file.ts'
import { writeEnvelope } from '../../envelope/dsse.ts'
import { anySignatureHolds } from '../../envelope/inspection.ts'
import { jsonPayload } from '../../envelope/payload.ts'
import { readEnvelope } from '../../envelope/reading.ts'
import type { Signer } from '../../envelope/signer.ts'
import { IN_TOTO_PAYLOAD_TYPE, STATEMENT_TYPE, type Statement } from '../../envelope/statement.ts'
import { LannerError } from '../../error.ts'
import type { Native } from '../../native/native.ts'
import { requireFile } from './window-files.ts'
import type { WindowReading } from './window-reading.ts'
import { windowLink } from './window-schema.ts'

/** Name of the record in the folder of the windows. */
export const PRUNING_FILE = 'pruned.json'
/** Predicate type of the record. */
export const PRUNING_TYPE = 'https://lanner.dev/attestations/pruning/v0.1'

const MAX_RECORD = 1 << 20

const pruningSchema = z.strictObject({
  last: windowLink.describe('The last window that was removed; with it went all before it'),
  pruned: z.string().describe('When, RFC 3339'),
  retention: z
    .strictObject({ seconds: z.number().positive().optional(), bytes: z.number().positive().optional() })
    .describe('What was kept: windows sealed within so many seconds, files of so many bytes'),
})

/** What is signed of a pruning. */
export type Pruning = z.infer<typeof pruningSchema>

/** Signs `pruning` and puts it in the place of the record before. */
export async function writePruning(
  native: Native,
  signer: Signer,
  directory: string,
  pruning: Pruning,
): Promise<void> {
  const { number, sha256 } = pruning.last
  const statement: Statement<Pruning> = {
    _type: STATEMENT_TYPE,
    subject: [{ name: `window:${number}`, digest: { sha256 } }],
    predicateType: PRUNING_TYPE,
    predicate: pruning,
  }
  const target = { file: join(directory, PRUNING_FILE) }
  const payload = jsonPayload(native, statement)
  await writeEnvelope(native, payload, IN_TOTO_PAYLOAD_TYPE, signer, target, new native.Work())
}

/** The bytes of the record in `directory`; `undefined` when nothing was pruned there. Throws `ERR_CHAIN_PRUNING`. */
export function pruningBytes(directory: string): Buffer | undefined {
  const file = join(directory, PRUNING_FILE)
  requireFile(file, 'ERR_CHAIN_PRUNING')
  try {
    return readBoundedFile(file, { limit: MAX_RECORD, code: 'ERR_CHAIN_PRUNING', what: 'record' })
  } catch (thrown) {
    if (isAbsence(thrown)) return undefined
    throw thrown
  }
}

/** Reads `bytes` as somebody who doubts them. Throws `ERR_CHAIN_PRUNING` when they are no record that the key signed. */
export async function readPruning(
  { native, key, scratch, work }: WindowReading,
  bytes: Buffer,
): Promise<Pruning> {
  const copy = join(scratch, PRUNING_FILE)
  writeFileSync(copy, bytes, { mode: 0o600 })
  const read = await readEnvelope(native, copy, scratch, work).catch((cause: unknown): never => {
    throw pruningFault('it is no envelope', cause)
  })
  if (!(await anySignatureHolds(read, key, work))) throw pruningFault('no signature holds under this key')
  const { statement } = read
  const parsed = pruningSchema.safeParse(statement?.predicate)
  if (statement?.predicateType === PRUNING_TYPE && parsed.success) return parsed.data
  throw pruningFault('it is signed, but says nothing of pruned windows')
}

/** Our own record in `directory`, believed; `undefined` when there is none that can be read. */
export function ownPruning(directory: string): Pruning | undefined {
  try {
    const { payload } = JSON.parse(readFileSync(join(directory, PRUNING_FILE), 'utf8')) as { payload: string }
    const statement = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Statement
    return pruningSchema.safeParse(statement.predicate).data
  } catch {
    return undefined
  }
}

function isAbsence(thrown: unknown): boolean {
  const cause = thrown instanceof LannerError ? thrown.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}

function pruningFault(why: string, cause?: unknown): LannerError {
  return new LannerError('ERR_CHAIN_PRUNING', `${PRUNING_FILE}: ${why}`, { exit: 1, cause })
}
