// What `events verify` does with a signed selection of alerts.
// Checks nothing itself. Used by `events verify`.
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPublicKey } from '../envelope/keys.ts'
import { usageError } from '../error.ts'
import { openNative } from '../native/native.ts'
import { counted } from '../terminal/counted.ts'
import { writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'

/** What is known of the command line. */
export interface SelectionWords {
  readonly proof: string
  readonly key: string | undefined
  readonly context: LannerContext
}

/** Whether `file` begins as an envelope does, where a proof of one event begins with its type. A pipe is not looked into. */
export function isSelectionFile(file: string): boolean {
  const head = Buffer.alloc(64)
  try {
    const descriptor = openSync(file, 'r')
    try {
      if (!fstatSync(descriptor).isFile()) return false
      return /^\s*\{\s*"payload"\s*:/.test(head.toString('latin1', 0, readSync(descriptor, head)))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // What can't be read is told by whoever reads it as a proof.
    return false
  }
}

/** Checks the selection; 0, or throws what does not hold. */
export async function verifySelection(
  { proof, key, context }: SelectionWords,
  json: boolean,
): Promise<number> {
  if (key === undefined)
    throw usageError('ERR_USAGE_TRUST', 'a selection needs the key that seals', 'pass `-k seal.pub.pem`')
  const publicKey = loadPublicKey(key)
  const native = await openNative()
  const { checkSelection } = await import('../serve/evidence/selection-check.ts')
  const scratch = mkdtempSync(join(tmpdir(), 'lanner-selection-'))
  try {
    const work = new native.Work()
    const checked = await checkSelection({ native, key: publicKey, scratch, work }, proof)
    const { stdout } = context
    if (json) {
      await writeAll(stdout, `${JSON.stringify({ included: true, ...checked, signature: 'valid' })}\n`)
      return 0
    }
    const paint = paintFor(stdout)
    const { alerts, windows, absent, pruned } = checked
    const kept = pruned === null ? '' : ` that was kept: windows up to ${pruned} had been pruned`
    const rows = [
      `${paint('good', 'included')}: ${counted(alerts, 'alert')} under the signed roots of ${counted(windows.length, 'window')}; ${paint('good', 'signatures valid')}`,
      ...windows.map(({ number, sha256 }) => `  window ${number} sha256:${sha256}`),
      ...absent.map(id => `  ${paint('caution', 'note')} ${id} was asked for and is in no window${kept}`),
    ]
    await writeAll(stdout, `${rows.join('\n')}\n`)
    return 0
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
