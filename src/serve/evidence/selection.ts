// Makes a signed envelope of chosen alerts: finds the windows that hold them and proves each alert in its window.
// Believes no file of a window that its envelope doesn't vouch for. Used by the page's export.
import { createPublicKey } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Writable } from 'node:stream'
import { writeEnvelope } from '../../envelope/dsse.ts'
import { newEventProof } from '../../envelope/event-proof.ts'
import { jsonPayload } from '../../envelope/payload.ts'
import type { Signer } from '../../envelope/signer.ts'
import {
  IN_TOTO_PAYLOAD_TYPE,
  STATEMENT_TYPE,
  type Statement,
  type Subject,
} from '../../envelope/statement.ts'
import { LannerError } from '../../error.ts'
import type { Native } from '../../native/native.ts'
import type { Clock } from '../clock.ts'
import { ownPruning } from './pruning-record.ts'
import { SELECTION_TYPE, type Selection } from './selection-schema.ts'
import { listWindows, windowFiles } from './window-files.ts'
import { placesOf } from './window-index.ts'
import { type ReadWindow, readWindow, sha256Of, type WindowReading, windowBytes } from './window-reading.ts'

/** What selections are made with. */
export interface SelectionParts {
  readonly native: Native
  readonly signer: Signer
  readonly directory: string
  readonly clock: Clock
  /** Seals what was received so far: an alert that was just accepted is in no window yet. */
  readonly flush?: () => Promise<unknown>
}

/** Bytes of alerts in one selection. */
const MOST_BYTES = 64 << 20

/** An alert in its window. */
interface Place {
  readonly id: string
  readonly record: number
}

/**
 * The envelope of the alerts with those UUIDs, as bytes. What no window holds is named as absent. Throws `ERR_SELECTION_*`, and
 * `ERR_CHAIN_*` for a window that does not hold.
 */
export async function selectionEnvelope(parts: SelectionParts, ids: readonly string[]): Promise<Uint8Array> {
  const wanted = [...new Set(ids.map(id => id.toLowerCase()))]
  const malformed = wanted.find(id => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))
  if (malformed !== undefined)
    throw new LannerError('ERR_SELECTION_ID', `\`${malformed}\` is no UUID`, { exit: 2 })
  const scratch = await mkdtemp(join(tmpdir(), 'lanner-selection-'))
  try {
    return await sign(parts, statementOf(await chosen(parts, wanted, scratch), parts.clock))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** What was found, from a beginning that stayed where it was: retention may remove a window while it is read. */
async function chosen(parts: SelectionParts, wanted: readonly string[], scratch: string): Promise<Selected> {
  for (;;) {
    const pruned = prunedIn(parts.directory)
    try {
      let windows = await findPlaces(parts.directory, wanted, pruned)
      const found = [...windows.values()].reduce((sum, places) => sum + places.length, 0)
      if (found < wanted.length && parts.flush !== undefined) {
        await parts.flush()
        windows = await findPlaces(parts.directory, wanted, prunedIn(parts.directory))
      }
      const selected = await select(parts, windows, wanted, scratch)
      const through = prunedIn(parts.directory)
      if (through === 0) return selected
      if (selected.alerts.length === 0 && wanted.length > 0) throw allPruned(through)
      return { ...selected, pruned: through }
    } catch (thrown) {
      if (prunedIn(parts.directory) === pruned) throw thrown
    }
  }
}

/** The last window that retention removed; 0 where there is none. */
function prunedIn(directory: string): number {
  return ownPruning(directory)?.last.number ?? 0
}

/** The places of `wanted` by window, newest windows first looked at: most who select look at what is new. */
async function findPlaces(
  directory: string,
  wanted: readonly string[],
  pruned: number,
): Promise<Map<number, Place[]>> {
  const left = new Map(wanted.map(id => [id.replaceAll('-', ''), id]))
  const windows = new Map<number, Place[]>()
  const { sealed } = await listWindows(directory)
  for (const number of sealed.toReversed()) {
    if (left.size === 0 || number <= pruned) break
    const entries = await readFile(windowFiles(directory, number).index)
    const places = [...placesOf(new Set(left.keys()), entries)].map(([hex, record]) => ({
      id: left.get(hex) ?? '',
      record,
      hex,
    }))
    for (const { hex } of places) left.delete(hex)
    if (places.length > 0) windows.set(number, places)
  }
  return windows
}

type Selected = Omit<Selection, 'selected'>

async function select(
  parts: SelectionParts,
  windows: ReadonlyMap<number, readonly Place[]>,
  wanted: readonly string[],
  scratch: string,
): Promise<Selected> {
  const { native, signer, directory } = parts
  const work = new native.Work()
  const reading: WindowReading = { native, key: createPublicKey(signer.publicKeyPem), scratch, work }
  const alerts = new Map<string, Selection['alerts'][number]>()
  const kept: Selection['windows'] = []
  let bytes = 0
  for (const [number, places] of [...windows].sort(([a], [b]) => a - b)) {
    const files = windowFiles(directory, number)
    const window = await readWindow(reading, windowBytes(files.envelope), basename(files.envelope))
    kept.push({ number, sha256: window.sha256, envelope: window.envelope })
    for (const proven of await prove(reading, window, places, directory)) {
      bytes += proven.proof.event.length
      if (bytes > MOST_BYTES) throw tooMuch()
      alerts.set(proven.id, proven)
    }
  }
  return {
    windows: kept,
    alerts: wanted.flatMap(id => alerts.get(id) ?? []),
    absent: wanted.filter(id => !alerts.has(id)),
  }
}

async function prove(
  { native, work }: WindowReading,
  { facts, capture }: ReadWindow,
  places: readonly Place[],
  directory: string,
): Promise<Selection['alerts']> {
  const files = windowFiles(directory, facts.number)
  const entries = await readFile(files.index)
  if (sha256Of(entries) !== facts.index.sha256) throw changed(files.indexName)
  const indices = places.map(({ record }) => BigInt(record))
  const proven = await native.proveEvents(files.alerts, indices, work)
  return places.map(({ id, record }, at) => {
    const found = proven[at]
    // A line that is no event would shift what follows; the queue lets none in.
    if (found === undefined || found.line !== BigInt(record + 1)) throw changed(files.alertsName)
    if (found.root !== capture.root || found.fileSha256 !== capture.sha256) throw changed(files.alertsName)
    return { id, window: facts.number, proof: newEventProof(found, record, capture.path) }
  })
}

function statementOf(selected: Selected, clock: Clock): Statement<Selection> {
  const subject: Subject[] = [
    ...selected.windows.map(({ number, sha256 }) => ({ name: `window:${number}`, digest: { sha256 } })),
    ...selected.alerts.map(({ id, proof }) => ({
      name: `alert:${id}`,
      digest: { sha256: sha256Of(Buffer.from(proof.event)) },
    })),
  ]
  const instant = new Date(Number(clock.wall() / 1_000_000n)).toISOString()
  return {
    _type: STATEMENT_TYPE,
    subject,
    predicateType: SELECTION_TYPE,
    predicate: { selected: instant, ...selected },
  }
}

async function sign(
  { native, signer }: SelectionParts,
  statement: Statement<Selection>,
): Promise<Uint8Array> {
  const pieces: Buffer[] = []
  const stream = new Writable({
    write(piece: Buffer, _, done) {
      pieces.push(piece)
      done()
    },
  })
  const payload = jsonPayload(native, statement)
  await writeEnvelope(native, payload, IN_TOTO_PAYLOAD_TYPE, signer, { stream }, new native.Work())
  return Buffer.concat(pieces)
}

function changed(name: string): LannerError {
  return new LannerError('ERR_SELECTION_WINDOW', `${name} is not what was sealed`, {
    exit: 1,
    hint: 'see what else: `lanner verify --chain DIRECTORY -k PUB`',
    facts: { file: name },
  })
}

function allPruned(through: number): LannerError {
  return new LannerError(
    'ERR_SELECTION_PRUNED',
    `no window that is kept holds any of these alerts: those up to ${through} were pruned by retention`,
    { exit: 2, hint: 'envelopes exported before that stay valid; keep more with `seal.retention`' },
  )
}

function tooMuch(): LannerError {
  return new LannerError('ERR_SELECTION_SIZE', `the alerts are larger than ${MOST_BYTES} bytes together`, {
    exit: 2,
    hint: 'choose fewer',
  })
}
