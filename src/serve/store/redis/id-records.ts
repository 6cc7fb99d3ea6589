// Ids as scripts take them: the hash of Redis that holds each, itself, its place in the chunk. Asks nothing of Redis.
// Used where alerts are put in, looked up and removed.
import { ID_RECORD, idBucket } from './layout.ts'
import type { StoreParts } from './parts.ts'
import { idHashes } from './terms.ts'

/** Bytes of an id. */
const ID = 16
/** Where an id and a place stand in a record. */
const ID_AT = 3
const PLACE_AT = ID_AT + ID

/** The ids of alerts, in the order of those. */
export class IdRecords {
  readonly #records: Buffer

  /** `ids` has sixteen bytes an alert. */
  constructor(parts: StoreParts, ids: Buffer) {
    const each = Array.from({ length: ids.length / ID }, (_, at) => ids.subarray(at * ID, (at + 1) * ID))
    this.#records = Buffer.alloc(each.length * ID_RECORD)
    for (const [at, hash] of idHashes(parts, each).entries()) {
      this.#records.writeUIntBE(idBucket(hash), at * ID_RECORD, ID_AT)
      each[at]?.copy(this.#records, at * ID_RECORD + ID_AT)
    }
  }

  /** The records of some of them, each with its place. */
  of(alerts: readonly number[], placeOf: (alert: number, order: number) => number): Buffer {
    const records = Buffer.alloc(alerts.length * ID_RECORD)
    for (const [order, alert] of alerts.entries()) {
      this.#records.copy(records, order * ID_RECORD, alert * ID_RECORD, (alert + 1) * ID_RECORD)
      records.writeUInt16BE(placeOf(alert, order), order * ID_RECORD + PLACE_AT)
    }
    return records
  }
}

/** The sixteen bytes of a UUID in its usual form. */
export function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}
