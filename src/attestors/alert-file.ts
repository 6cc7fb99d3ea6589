// Holds the alerts of a step until they are attested: on disk, without a name where the system allows, for they may be many.
// Looks at none of them. Used by `step-detection.ts`.
import { randomBytes } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../envelope/atomic-file.ts'

/** Alert lines on their way to a predicate. */
export class AlertFile {
  /** Where the addon reads them. */
  readonly path: string
  readonly #handle: FileHandle

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.path = path
  }

  /** A file in `directory`. */
  static async open(directory: string): Promise<AlertFile> {
    const named = join(directory, `.lanner-alerts-${randomBytes(6).toString('hex')}`)
    const handle = await open(named, 'wx+', 0o600)
    // Only Linux opens what a descriptor has under a name of its own: proc_pid_fd(5).
    if (process.platform !== 'linux') return new AlertFile(handle, named)
    await unlink(named)
    return new AlertFile(handle, `/proc/self/fd/${handle.fd}`)
  }

  /** Appends whole lines. */
  async append(alerts: Buffer): Promise<void> {
    await this.#handle.appendFile(alerts)
  }

  /** Writes them to `file`, whole or not at all. */
  async save(file: string): Promise<void> {
    const lines = this.#handle.createReadStream({ start: 0, autoClose: false })
    await writeFileAtomic(file, lines, { mode: 0o600, existing: 'replace' })
  }

  /** Forgets them. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
    if (!this.path.startsWith('/proc/')) await unlink(this.path).catch(() => undefined)
  }
}
