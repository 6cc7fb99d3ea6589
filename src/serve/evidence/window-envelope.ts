// Makes the envelope of a window: its alerts as a falco attestation by digest, and its place in the chain.
// Collects nothing. Used by the sealer.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type Attestation, finding } from '../../attestors/attestor.ts'
import { attestFalco, FALCO_TYPE } from '../../attestors/falco.ts'
import { assertAbsent } from '../../envelope/atomic-file.ts'
import { writeEnvelope } from '../../envelope/dsse.ts'
import { jsonPayload } from '../../envelope/payload.ts'
import type { Signer } from '../../envelope/signer.ts'
import { collectionStatement, IN_TOTO_PAYLOAD_TYPE } from '../../envelope/statement.ts'
import type { Native } from '../../native/native.ts'
import type { OpenWindow } from './open-window.ts'
import { WINDOW_TYPE, type WindowFacts, type WindowLink } from './window-schema.ts'

/** Name of the step whose collection a window is. */
export const WINDOW_STEP = 'received'

/** Who seals. */
export interface Sealing {
  readonly native: Native
  readonly signer: Signer
  /** As `FALCO_CLUSTER_NAME` in a run; empty when unknown. */
  readonly cluster: string
  /** The host that received, if not this one. */
  readonly host?: string
}

/**
 * Seals `window` behind `previous`; `now` is nanoseconds since 1970. Its envelope is the last file to appear. Throws `ERR_OUTPUT_EXISTS`
 * when that number has been sealed already.
 */
export async function sealWindow(
  { native, signer, cluster, host }: Sealing,
  window: OpenWindow,
  previous: WindowLink | null,
  now: bigint,
): Promise<WindowLink> {
  const { files } = window
  await assertAbsent(files.envelope)
  const work = new native.Work()
  const index = { path: files.indexName, sha256: await window.flush() }
  const capture = await native.ingestFile(window.alertsPath, undefined, work)
  const falco = attestFalco(capture, {
    path: files.alertsName,
    cluster,
    events: 'digest',
    strict: false,
    ...(host === undefined ? {} : { host }),
  })
  const facts = windowFacts(window, previous, index, now)
  const place = finding(facts, { subjects: new Map([[`index:${index.path}`, { sha256: index.sha256 }]]) })
  const times = { startTime: dateOf(window.opened), endTime: dateOf(now) }
  const attestations: Attestation[] = [
    { ...falco, ...times, name: 'falco', type: FALCO_TYPE },
    { ...place, ...times, name: 'window', type: WINDOW_TYPE },
  ]
  await window.finish()
  const statement = collectionStatement(WINDOW_STEP, attestations, new Map())
  const target = { file: files.envelope }
  await writeEnvelope(native, jsonPayload(native, statement), IN_TOTO_PAYLOAD_TYPE, signer, target, work)
  return linkOf(files.number, files.envelope)
}

/** What a following window says of the envelope in `file`. */
export async function linkOf(number: number, file: string): Promise<WindowLink> {
  return {
    number,
    sha256: createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  }
}

function windowFacts(
  { files, opened, collected }: OpenWindow,
  previous: WindowLink | null,
  index: WindowFacts['index'],
  now: bigint,
): WindowFacts {
  const { alerts, bytes, from, to } = collected
  return {
    number: files.number,
    previous,
    opened: instantText(opened),
    sealed: instantText(now),
    alerts,
    bytes,
    ...(from === undefined || to === undefined
      ? {}
      : { accepted: { from: instantText(from), to: instantText(to) } }),
    index,
  }
}

function dateOf(nanoseconds: bigint): Date {
  return new Date(Number(nanoseconds / 1_000_000n))
}

/** RFC 3339 in UTC with nine digits. */
export function instantText(nanoseconds: bigint): string {
  const fraction = String(nanoseconds % 1_000_000_000n).padStart(9, '0')
  return `${dateOf(nanoseconds).toISOString().slice(0, 19)}.${fraction}Z`
}
