// Turns lists of files into tables that the addon keeps, whether they were left in the payload or are here already.
// Judges nothing; bounds what the lists of one envelope may cost together. Used by `leaf-set.ts` and when evidence is read.
import { LannerError } from '../error.ts'
import type { LeafTable, Native, Payload, Work } from '../native/native.ts'
import { type ExactValue, type LeftOut, parseExact } from './exact-json.ts'

/** One listed file as an attestation writes it. */
export interface LeafRow {
  readonly path: string
  readonly fileDigest: string
  readonly leafHash?: string | undefined
}

/** Bytes of memory for all lists of one envelope: two of a million files with paths of 80 bytes. */
const ROOM = 256 << 20
/** What a JSON value costs here in memory for each byte of its text, at worst. */
const VALUE_COST = 8
const CHUNK = 8 << 20

/** Reads the lists of one envelope. */
export class LeafReader {
  private readonly native: Native
  private readonly payload: Payload
  private readonly work: Work
  private room = ROOM

  constructor(native: Native, payload: Payload, work: Work) {
    this.native = native
    this.payload = payload
    this.work = work
  }

  /** The table of a list in the payload; `undefined` when it is not of the plain shape and has to be looked at as a value. */
  async tableOf({ offset, length }: LeftOut): Promise<LeafTable | undefined> {
    return this.table(this.payload, offset, length)
  }

  /** The table of rows that have been looked at. */
  async tableOfRows(rows: readonly LeafRow[]): Promise<LeafTable> {
    const text = new this.native.Payload()
    text.pushBytes(Buffer.from(JSON.stringify(rows)))
    const table = await this.table(text, 0n, text.size)
    if (table === undefined) throw new Error('a plain list of files was not read as one')
    return table
  }

  private async table(payload: Payload, offset: bigint, length: bigint): Promise<LeafTable | undefined> {
    const table = await this.native.readLeaves(payload, offset, length, this.room, this.work)
    this.room -= table?.weight ?? 0
    return table ?? undefined
  }

  /** The value that was left in the payload. Throws `ERR_JSON_*`, and `ERR_STATEMENT_TOO_LARGE` when memory would not do. */
  value({ offset, length }: LeftOut): ExactValue {
    if (length * BigInt(VALUE_COST) > BigInt(this.room)) {
      throw new LannerError(
        'ERR_STATEMENT_TOO_LARGE',
        `the list of ${length} bytes at byte ${offset} is too large`,
        {
          exit: 1,
          facts: { offset: String(offset), length: String(length) },
        },
      )
    }
    this.room -= Number(length) * VALUE_COST
    const parts: Buffer[] = []
    for (let done = 0; done < Number(length); done += CHUNK) {
      parts.push(this.payload.read(offset + BigInt(done), Math.min(CHUNK, Number(length) - done)))
    }
    return parseExact(Buffer.concat(parts).toString('utf8'))
  }
}
