// Where a chain begins: at window 1, or behind what the server pruned and signed a record of.
// Believes the record only under the key. Used by `verify --chain`.
import { toLannerError } from '../../native/failure.ts'
import { type Pruning, pruningBytes, readPruning } from './pruning-record.ts'
import type { WindowReading } from './window-reading.ts'
import type { WindowLink } from './window-schema.ts'

/** What retention removed. */
export interface PrunedBeginning extends WindowLink {
  /** When it was signed. */
  readonly at: string
  readonly retention: Pruning['retention']
}

/** See the file. */
export interface ChainBeginning {
  /** Of the record as a file; `undefined` when there is none. */
  readonly bytes: Buffer | undefined
  readonly pruned: PrunedBeginning | null
  /** Why a record that is there is not believed. */
  readonly fault: { readonly code: string; readonly why: string } | undefined
}

/** Reads the record in `directory`, if there is one. */
export async function readBeginning(reading: WindowReading, directory: string): Promise<ChainBeginning> {
  let bytes: Buffer | undefined
  try {
    bytes = pruningBytes(directory)
    if (bytes === undefined) return { bytes, pruned: null, fault: undefined }
    const { last, pruned: at, retention } = await readPruning(reading, bytes)
    return { bytes, pruned: { ...last, at, retention }, fault: undefined }
  } catch (thrown) {
    const { code, message, exit } = toLannerError(thrown)
    if (exit === 70) throw thrown
    return { bytes, pruned: null, fault: { code, why: message } }
  }
}

/** Whether the record has been written anew since: the server pruned while we were reading. */
export function hasMoved({ bytes }: ChainBeginning, directory: string): boolean {
  try {
    return pruningBytes(directory)?.equals(bytes ?? Buffer.alloc(0)) === false
  } catch {
    return false
  }
}
