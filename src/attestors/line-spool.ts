// Holds lines until they are written or attested: on disk, without a name where the system allows, for they may be many.
// Looks at none of them. Used for the events and the alerts of a step.
import { randomBytes } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../envelope/atomic-file.ts'

/** Lines on their way to a predicate or a file. They tell more than the envelope does, hence the mode. */
export class LineSpool {
  /** Where the addon reads them. */
  readonly path: string
  readonly #handle: FileHandle

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.path = path
  }

  /** A spool in `directory` for `what`. Where it has no name, a walk of that directory never sees it. */
  static async open(directory: string, what: 'events' | 'alerts'): Promise<LineSpool> {
    const named = join(directory, `.lanner-${what}-${randomBytes(6).toString('hex')}`)
    const handle = await open(named, 'wx+', 0o600)
    // Only Linux opens what a descriptor has under a name of its own: proc_pid_fd(5).
    if (process.platform !== 'linux') return new LineSpool(handle, named)
    await unlink(named)
    return new LineSpool(handle, `/proc/self/fd/${handle.fd}`)
  }

  /** To be written to by the addon. */
  get descriptor(): number {
    return this.#handle.fd
  }

  /** Appends whole lines. */
  async append(lines: Buffer): Promise<void> {
    await this.#handle.appendFile(lines)
  }

  /** Writes them to `file`, whole or not at all. Throws `ERR_OUTPUT_WRITE`. */
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
