// The index of a window: for each alert its place in the queue and its id, in the order of the lines.
// Knows no envelope. Used to write windows, to tell what was handed out twice, and to find alerts by id.
import type { AlertBatch } from '../queue/queue.ts'

/** Bytes of an entry: the place in the queue, big-endian, and the UUID. */
export const ENTRY = 24
const PLACE = 8

/** The entries of `batch`. */
export function indexOf({ count, positions, ids }: Pick<AlertBatch, 'count' | 'positions' | 'ids'>): Buffer {
  const entries = Buffer.alloc(count * ENTRY)
  for (let at = 0; at < count; at += 1) {
    entries.writeBigUInt64BE(positions[at] ?? 0n, at * ENTRY)
    ids.copy(entries, at * ENTRY + PLACE, at * 16, (at + 1) * 16)
  }
  return entries
}

/** The entries as keys: the same delivery has the same key, whatever else it holds. */
export function indexKeys(entries: Buffer): string[] {
  return Array.from({ length: Math.floor(entries.length / ENTRY) }, (_, at) =>
    entries.toString('latin1', at * ENTRY, (at + 1) * ENTRY),
  )
}

/** Where in a window the wanted ids stand: the first place of each, by id in hex without hyphens. */
export function placesOf(wanted: ReadonlySet<string>, entries: Buffer): Map<string, number> {
  // Looking at four bytes first: most entries are asked for by nobody.
  const heads = new Set([...wanted].map(id => Number.parseInt(id.slice(-8), 16)))
  const places = new Map<string, number>()
  for (let at = 0; at + ENTRY <= entries.length; at += ENTRY) {
    // The end of an id is random where its beginning is a time (RFC 9562 §5.7).
    if (!heads.has(entries.readUInt32BE(at + ENTRY - 4))) continue
    const id = entries.toString('hex', at + PLACE, at + ENTRY)
    if (wanted.has(id) && !places.has(id)) places.set(id, at / ENTRY)
  }
  return places
}
