// Removes the oldest windows of a chain, whole, once they are older or larger together than what is kept. The signed record of it is on disk
// before a file goes: after an end in between the removal is finished, and nobody takes it for a theft. Seals nothing. Used by the sealer.
import { stat, unlink } from 'node:fs/promises'
import type { Signer } from '../../envelope/signer.ts'
import type { Native } from '../../native/native.ts'
import type { Clock } from '../clock.ts'
import { ownPruning, writePruning } from './pruning-record.ts'
import { instantText, linkOf } from './window-envelope.ts'
import { listWindows, type WindowFiles, windowFiles } from './window-files.ts'
import { ownFacts } from './window-reading.ts'
import type { WindowLink } from './window-schema.ts'

/** What is kept; windows without bound where neither is given. */
export interface RetentionLimits {
  /** Milliseconds since a window was sealed. */
  readonly age: number | undefined
  /** Bytes of all files of windows. */
  readonly size: number | undefined
}

/** Windows that are gone, by number. */
export interface PrunedWindows {
  readonly first: number
  readonly last: number
  /** How many of them had no envelope any more: somebody else removed those. */
  readonly missing: number
}

/** What it is made of. */
export interface RetentionParts {
  readonly native: Native
  readonly signer: Signer
  readonly directory: string
  readonly clock: Clock
  readonly limits: RetentionLimits
  readonly pruned: (windows: PrunedWindows) => void
}

/** Windows removed at once, so that nobody waits long for the next one; more go with the next. */
const AT_ONCE = 1000

/** See the file. */
export class WindowRetention {
  readonly #parts: RetentionParts
  /** Bytes of each window that is kept, oldest first; `undefined` before they were looked at, and after a fault. */
  #sizes: Map<number, number> | undefined
  /** The last window that the record speaks of. */
  #through = 0

  constructor(parts: RetentionParts) {
    this.#parts = parts
  }

  /** Finishes a removal that was interrupted, then removes what is due. `newest` is the window that was sealed last, which always stays. */
  async apply(newest: number): Promise<void> {
    const sizes = this.#sizes ?? (await this.#begin())
    this.#sizes = undefined
    if (!sizes.has(newest)) sizes.set(newest, await this.#sizeOf(newest))
    const due = await this.#due(sizes)
    const last = due.at(-1)
    if (last !== undefined) {
      await this.#record(last)
      for (const number of due) {
        await this.#remove(number)
        sizes.delete(number)
      }
      const first = this.#through + 1
      this.#through = last
      this.#parts.pruned({ first, last, missing: last - first + 1 - due.length })
    }
    this.#sizes = sizes
  }

  async #begin(): Promise<Map<number, number>> {
    const { directory, limits } = this.#parts
    const { sealed, unsealed } = await listWindows(directory)
    const through = this.#recorded(sealed)
    this.#through = through
    for (const number of [...sealed, ...unsealed]) if (number <= through) await this.#remove(number)
    const sizes = new Map<number, number>()
    for (const number of sealed) {
      if (number > through) sizes.set(number, limits.size === undefined ? 0 : await this.#sizeOf(number))
    }
    return sizes
  }

  /** Up to which window the record speaks of this chain: one of another chain must not cost a file. */
  #recorded(sealed: readonly number[]): number {
    const { last } = ownPruning(this.#parts.directory) ?? {}
    if (last === undefined || !sealed.includes(last.number + 1)) return 0
    const { number, sha256 } = this.#factsOf(last.number + 1)?.previous ?? {}
    return number === last.number && sha256 === last.sha256 ? number : 0
  }

  async #due(sizes: ReadonlyMap<number, number>): Promise<number[]> {
    const { age, size = Number.POSITIVE_INFINITY } = this.#parts.limits
    let left = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
    const due: number[] = []
    for (const [number, bytes] of [...sizes].slice(0, Math.min(AT_ONCE, sizes.size - 1))) {
      if (left <= size && (age === undefined || (await this.#ageOf(number)) <= age)) break
      due.push(number)
      left -= bytes
    }
    return due
  }

  async #record(last: number): Promise<void> {
    const { native, signer, directory, clock, limits } = this.#parts
    const { age, size } = limits
    await writePruning(native, signer, directory, {
      last: await this.#linkOf(last),
      pruned: instantText(clock.wall()),
      retention: {
        ...(age === undefined ? {} : { seconds: age / 1000 }),
        ...(size === undefined ? {} : { bytes: size }),
      },
    })
  }

  /** As the window behind it names it: what became of its file since is no reason to doubt what is kept. */
  async #linkOf(number: number): Promise<WindowLink> {
    const named = this.#factsOf(number + 1)?.previous
    return named?.number === number
      ? named
      : linkOf(number, windowFiles(this.#parts.directory, number).envelope)
  }

  /** Milliseconds since it was sealed; by its file where the envelope can't be read. */
  async #ageOf(number: number): Promise<number> {
    const now = Number(this.#parts.clock.wall() / 1_000_000n)
    const sealed = Date.parse(this.#factsOf(number)?.sealed ?? '')
    if (!Number.isNaN(sealed)) return now - sealed
    const { mtimeMs } = await stat(windowFiles(this.#parts.directory, number).envelope)
    return now - mtimeMs
  }

  #factsOf(number: number): ReturnType<typeof ownFacts> {
    return ownFacts(windowFiles(this.#parts.directory, number).envelope)
  }

  async #sizeOf(number: number): Promise<number> {
    const found = await Promise.all(
      pathsOf(windowFiles(this.#parts.directory, number)).map(file => stat(file).catch(() => undefined)),
    )
    return found.reduce((sum, file) => sum + (file?.size ?? 0), 0)
  }

  async #remove(number: number): Promise<void> {
    for (const file of pathsOf(windowFiles(this.#parts.directory, number))) {
      await unlink(file).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'ENOENT') throw thrown
      })
    }
  }
}

/** The envelope first: what has none is not looked for. */
function pathsOf({ envelope, index, alerts }: WindowFiles): string[] {
  return [envelope, index, alerts]
}
