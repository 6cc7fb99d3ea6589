// Checks a selection of alerts: its signature, the signatures of the windows in it, and each alert's way to its window's root.
// Needs no file but the envelope. Used by `events verify`.
import { assertIncluded } from '../../envelope/event-proof.ts'
import { anySignatureHolds } from '../../envelope/inspection.ts'
import { type ReadEnvelope, readEnvelope } from '../../envelope/reading.ts'
import { LannerError } from '../../error.ts'
import { SELECTION_TYPE, type Selection, selectionSchema } from './selection-schema.ts'
import { type ReadWindow, readWindow, type WindowReading } from './window-reading.ts'

/** What holds. */
export interface CheckedSelection {
  readonly alerts: number
  readonly windows: readonly { readonly number: number; readonly sha256: string }[]
  /** Ids that were asked for and are in no window. */
  readonly absent: readonly string[]
  /** The last window that had been pruned by then. */
  readonly pruned: number | null
}

/** Checks the selection in `file`. Throws `ERR_SELECTION_*`, `ERR_CHAIN_*` or `ERR_PROOF_*` for the first thing that does not hold. */
export async function checkSelection(reading: WindowReading, file: string): Promise<CheckedSelection> {
  const { native, key, scratch, work } = reading
  const envelope = await readEnvelope(native, file, scratch, work)
  const selection = selectionIn(envelope)
  if (!(await anySignatureHolds(envelope, key, work))) {
    throw fault('ERR_SELECTION_SIGNATURE', `no signature of ${file} holds under this key`)
  }
  const windows = new Map<number, ReadWindow>()
  for (const { number, sha256, envelope: enclosed } of selection.windows) {
    const window = await readWindow(reading, Buffer.from(JSON.stringify(enclosed)), `window ${number}`)
    if (window.facts.number !== number || window.sha256 !== sha256 || windows.has(number)) {
      throw fault('ERR_SELECTION_WINDOW', `the enclosed window ${number} is another one`)
    }
    windows.set(number, window)
  }
  for (const { id, window: number, proof } of selection.alerts) {
    const window = windows.get(number)
    if (window === undefined)
      throw fault('ERR_SELECTION_WINDOW', `window ${number} of alert ${id} is not enclosed`)
    assertIncluded(native, proof, window.capture)
  }
  return {
    alerts: selection.alerts.length,
    windows: selection.windows.map(({ number, sha256 }) => ({ number, sha256 })),
    absent: selection.absent,
    pruned: selection.pruned ?? null,
  }
}

function selectionIn({ file, statement }: ReadEnvelope): Selection {
  if (statement?.predicateType !== SELECTION_TYPE) {
    throw fault('ERR_SELECTION_SHAPE', `${file} is an envelope, but no selection of alerts`)
  }
  const parsed = selectionSchema.safeParse(statement.predicate)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw fault('ERR_SELECTION_SHAPE', `${file}: ${issue?.path.join('.')}: ${issue?.message}`)
}

function fault(code: string, why: string): LannerError {
  return new LannerError(code, why, { exit: 1 })
}
