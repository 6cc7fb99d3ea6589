// A window that still collects: lines and index go to files without their final names; they are renamed once they are on disk.
// Signs nothing. Used by the sealer.
import { createHash } from 'node:crypto'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncDirectory } from '../../envelope/atomic-file.ts'
import type { AlertBatch } from '../queue/queue.ts'
import type { WindowFiles } from './window-files.ts'
import { indexOf } from './window-index.ts'

/** What a window holds so far. */
export interface Collected {
  readonly alerts: number
  readonly bytes: number
  /** Nanoseconds since 1970 at which the first and the last of them were accepted, by the clock. */
  readonly from: bigint | undefined
  readonly to: bigint | undefined
}

/** See the file. */
export class OpenWindow {
  readonly files: WindowFiles
  /** Nanoseconds since 1970. */
  readonly opened: bigint
  readonly #alerts: FileHandle
  readonly #index: FileHandle
  readonly #indexDigest = createHash('sha256')
  readonly #positions: BigUint64Array[] = []
  #count = 0
  #bytes = 0
  #from: bigint | undefined
  #to: bigint | undefined

  private constructor(files: WindowFiles, opened: bigint, alerts: FileHandle, index: FileHandle) {
    this.files = files
    this.opened = opened
    this.#alerts = alerts
    this.#index = index
  }

  /** Begins window `files`; what an attempt before left is overwritten. */
  static async open(files: WindowFiles, opened: bigint): Promise<OpenWindow> {
    const alerts = await open(partOf(files.alerts), 'w', 0o600)
    try {
      return new OpenWindow(files, opened, alerts, await open(partOf(files.index), 'w', 0o600))
    } catch (thrown) {
      await alerts.close()
      throw thrown
    }
  }

  get collected(): Collected {
    return { alerts: this.#count, bytes: this.#bytes, from: this.#from, to: this.#to }
  }

  /** Where the lines are until `finish`. */
  get alertsPath(): string {
    return partOf(this.files.alerts)
  }

  /** What to settle once the window is sealed. */
  get positions(): readonly BigUint64Array[] {
    return this.#positions
  }

  /** Takes what was accepted. */
  async append(batch: AlertBatch): Promise<void> {
    const entries = indexOf(batch)
    await this.#alerts.appendFile(batch.lines)
    await this.#index.appendFile(entries)
    this.#indexDigest.update(entries)
    this.#positions.push(batch.positions)
    this.#count += batch.count
    this.#bytes += batch.lines.length
    for (const accepted of batch.accepted) {
      if (this.#from === undefined || accepted < this.#from) this.#from = accepted
      if (this.#to === undefined || accepted > this.#to) this.#to = accepted
    }
  }

  /** Makes what was collected survive a power cut. Nothing may be appended from here on. Gives the digest of the index, in hex. */
  async flush(): Promise<string> {
    await this.#alerts.sync()
    await this.#index.sync()
    return this.#indexDigest.digest('hex')
  }

  /** Gives the files their names. */
  async finish(): Promise<void> {
    await this.#close()
    await rename(partOf(this.files.alerts), this.files.alerts)
    await rename(partOf(this.files.index), this.files.index)
    await syncDirectory(dirname(this.files.alerts))
  }

  /** Forgets what was collected. */
  async discard(): Promise<void> {
    await this.#close()
    for (const file of [this.files.alerts, this.files.index])
      await unlink(partOf(file)).catch(() => undefined)
  }

  async #close(): Promise<void> {
    await this.#alerts.close().catch(() => undefined)
    await this.#index.close().catch(() => undefined)
  }
}

function partOf(file: string): string {
  return join(dirname(file), `.${basename(file)}.part`)
}
