// Where a chain of windows ends on disk, and what of the queue its last windows hold.
// Believes its own files; `verify --chain` doesn't. Used by the sealer when it begins, and begins again.
import { mkdir, readFile, unlink } from 'node:fs/promises'
import type { AlertBatch } from '../queue/queue.ts'
import { linkOf } from './window-envelope.ts'
import { listWindows, unfinishedFiles, windowFiles } from './window-files.ts'
import { ENTRY, indexKeys, indexOf } from './window-index.ts'
import type { WindowLink } from './window-schema.ts'

/**
 * A queue may write down only after a second what was settled, and hand that out again after a crash. So far back is looked for it: over so
 * many alerts, or windows where these are small.
 */
const REPEATED = { alerts: 300_000, windows: 512 }

/** The end of a chain. */
export interface ChainHead {
  readonly link: WindowLink | null
  readonly held: HeldAlerts
}

/** Finds the end of the chain in `directory`, which is made if need be, and removes what an interrupted window left. */
export async function findHead(directory: string): Promise<ChainHead> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const file of await unfinishedFiles(directory)) await unlink(file).catch(() => undefined)
  const { sealed } = await listWindows(directory)
  const last = sealed.at(-1)
  if (last === undefined) return { link: null, held: new HeldAlerts([]) }
  const held = new HeldAlerts(await lastIndexes(directory, sealed))
  return { link: await linkOf(last, windowFiles(directory, last).envelope), held }
}

async function lastIndexes(directory: string, sealed: readonly number[]): Promise<Buffer[]> {
  const indexes: Buffer[] = []
  let left = REPEATED.alerts * ENTRY
  for (const number of sealed.slice(-REPEATED.windows).reverse()) {
    if (left <= 0) break
    const entries = await readFile(windowFiles(directory, number).index).catch(() => Buffer.alloc(0))
    indexes.push(entries)
    left -= entries.length
  }
  return indexes
}

/** Alerts that sealed windows hold and that may be handed out again, since the end of the process came before their settling. */
export class HeldAlerts {
  readonly #keys: ReadonlySet<string>

  constructor(indexes: readonly Buffer[]) {
    this.#keys = new Set(indexes.flatMap(indexKeys))
  }

  /** Cuts `batch` into what is held already, by its places in the queue, and what is new. */
  sift(batch: AlertBatch): { readonly held: BigUint64Array; readonly fresh: AlertBatch | undefined } {
    const keys = this.#keys.size === 0 ? [] : indexKeys(indexOf(batch))
    const isHeld = keys.map(key => this.#keys.has(key))
    if (!isHeld.includes(true)) return { held: new BigUint64Array(), fresh: batch }
    const held = batch.positions.filter((_, at) => isHeld[at])
    return { held, fresh: held.length === batch.count ? undefined : without(batch, isHeld) }
  }
}

function without(batch: AlertBatch, left: readonly boolean[]): AlertBatch {
  const lines: Buffer[] = []
  const ids: Buffer[] = []
  let start = 0
  for (const [at, isLeft] of left.entries()) {
    const end = batch.lines.indexOf(10, start) + 1
    if (!isLeft) {
      lines.push(batch.lines.subarray(start, end))
      ids.push(batch.ids.subarray(at * 16, (at + 1) * 16))
    }
    start = end
  }
  return {
    count: lines.length,
    lines: Buffer.concat(lines),
    ids: Buffer.concat(ids),
    positions: batch.positions.filter((_, at) => !left[at]),
    accepted: batch.accepted.filter((_, at) => !left[at]),
  }
}
