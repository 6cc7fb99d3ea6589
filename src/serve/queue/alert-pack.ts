// Alerts as they lie in JetStream: the lines of one body packed into messages, their ids and what we put into them beside in a header.
// A message's payload alone is plain NDJSON, so that others can read the stream too. Used by `jetstream.ts` and its consumers.
import { createHash } from 'node:crypto'

/** Alerts of one body that were found good. */
export interface CutAlerts {
  /** Canonical lines, each with its line end. */
  readonly lines: Buffer
  /** Their UUIDs, 16 bytes each. */
  readonly ids: Buffer
  /** How many bytes behind `{` of each line the sender didn't write; see `AcceptedAlert.line`. */
  readonly added: Uint8Array
}

/** Alerts that share a message. */
export interface AlertPack extends CutAlerts {
  readonly count: number
  /** The same for the same bytes, so that JetStream recognises a pack that is sent again. */
  readonly digest: string
}

/** Enough that a message costs little beside its alerts, and small enough to be shared out among workers. */
const PACK_BYTES = 256 * 1024
/** JetStream refuses headers beyond 64 KiB; 2,048 alerts need 46 KiB. */
const PACK_ALERTS = 2048
const LINE_END = 10
const ID_BYTES = 16
const ENTRY_BYTES = ID_BYTES + 1
/** Bits of a position that say which alert of its message. */
const INDEX_BITS = 16n

/** Header with an entry for each alert of the message: 16 bytes of id and one of `added`, in base64. */
export const ENTRIES_HEADER = 'Lanner-Alerts'
/** Header that names the input. */
export const INPUT_HEADER = 'Lanner-Input'

/** Packs of up to 256 KiB, in the order of the alerts; a longer alert has one to itself. */
export function packsOf(cut: CutAlerts): readonly AlertPack[] {
  const packs: AlertPack[] = []
  let [firstByte, firstAlert, alert, end] = [0, 0, 0, 0]
  const pack = (untilByte: number): void => {
    if (alert === firstAlert) return
    packs.push(packed(cut, { firstByte, untilByte, firstAlert, untilAlert: alert }))
    firstByte = untilByte
    firstAlert = alert
  }
  while (end < cut.lines.length) {
    const next = cut.lines.indexOf(LINE_END, end) + 1
    if (next - firstByte > PACK_BYTES || alert - firstAlert === PACK_ALERTS) pack(end)
    end = next
    alert += 1
  }
  pack(end)
  return packs
}

interface Span {
  readonly firstByte: number
  readonly untilByte: number
  readonly firstAlert: number
  readonly untilAlert: number
}

function packed(cut: CutAlerts, span: Span): AlertPack {
  const lines = cut.lines.subarray(span.firstByte, span.untilByte)
  return {
    lines,
    ids: cut.ids.subarray(span.firstAlert * ID_BYTES, span.untilAlert * ID_BYTES),
    added: cut.added.subarray(span.firstAlert, span.untilAlert),
    count: span.untilAlert - span.firstAlert,
    digest: createHash('sha256').update(lines).digest('base64url'),
  }
}

/** What goes into {@link ENTRIES_HEADER}. */
export function entriesOf({ ids, added, count }: AlertPack): string {
  const entries = Buffer.alloc(count * ENTRY_BYTES)
  for (let alert = 0; alert < count; alert += 1) {
    ids.copy(entries, alert * ENTRY_BYTES, alert * ID_BYTES, (alert + 1) * ID_BYTES)
    entries[alert * ENTRY_BYTES + ID_BYTES] = added[alert] ?? 0
  }
  return entries.toString('base64')
}

/** A message read back: where its lines are. */
export interface UnpackedAlerts extends CutAlerts {
  readonly count: number
  /** Where each line ends, behind its line end. */
  readonly ends: Uint32Array
}

/** The alerts of a message, or `undefined` when it isn't one of ours. */
export function unpacked(lines: Buffer, header: string): UnpackedAlerts | undefined {
  const entries = Buffer.from(header, 'base64')
  const count = entries.length / ENTRY_BYTES
  const ends = lineEnds(lines, count)
  if (count === 0 || ends === undefined) return undefined
  const ids = Buffer.alloc(count * ID_BYTES)
  const added = new Uint8Array(count)
  for (let alert = 0; alert < count; alert += 1) {
    entries.copy(ids, alert * ID_BYTES, alert * ENTRY_BYTES, alert * ENTRY_BYTES + ID_BYTES)
    added[alert] = entries[alert * ENTRY_BYTES + ID_BYTES] ?? 0
  }
  return { lines, ids, added, count, ends }
}

/** `undefined` unless there are exactly `count` lines. */
function lineEnds(lines: Buffer, count: number): Uint32Array | undefined {
  if (!Number.isInteger(count)) return undefined
  const ends = new Uint32Array(count)
  let end = 0
  for (let line = 0; line < count; line += 1) {
    end = lines.indexOf(LINE_END, end) + 1
    if (end === 0) return undefined
    ends[line] = end
  }
  return end === lines.length ? ends : undefined
}

/** The place in the queue of one alert of the message with that sequence. */
export function positionOf(sequence: number, index: number): bigint {
  return (BigInt(sequence) << INDEX_BITS) | BigInt(index)
}

/** The other way round. */
export function placeOf(position: bigint): { readonly sequence: number; readonly index: number } {
  return { sequence: Number(position >> INDEX_BITS), index: Number(position & ((1n << INDEX_BITS) - 1n)) }
}
