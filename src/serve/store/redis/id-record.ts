// Ids of alerts as bytes, and as scripts take them: with the hash they lie in, and a place in a chunk.
// Used by what inserts, removes and gets alerts.
import { ID_RECORD, idBucket } from './layout.ts'
import { hashOf, type StoreKey } from './term-hash.ts'

/** The sixteen bytes of an id in its usual form. */
export function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

/** Writes an id as scripts take it. */
export function writeIdRecord(key: StoreKey, records: Buffer, at: number, id: Buffer, place: number): void {
  const start = at * ID_RECORD
  const bucket = idBucket(hashOf(key, id))
  records.writeUIntBE(bucket, start, 3)
  id.copy(records, start + 3)
  records.writeUInt16BE(place, start + 19)
}
