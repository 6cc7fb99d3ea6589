// Holds the event lines of a traced step until the envelope is written, in a file without a name.
// Reads none of them. Used by `step-tracer.ts`, which has the addon fill it, and by `run`, which gives it its name.
import { randomBytes } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../envelope/atomic-file.ts'
import { LannerError } from '../error.ts'
import type { TraceRecord } from '../native/native.ts'

/** Event lines on their way to a file. They tell more than the envelope does, hence the mode. */
export class EventSpool {
  readonly #handle: FileHandle
  readonly #file: string
  #loss: LannerError | undefined

  private constructor(handle: FileHandle, file: string) {
    this.#handle = handle
    this.#file = file
  }

  /** A spool in `directory` for what is to become `file`. A walk of that directory never sees it. */
  static async open(directory: string, file: string): Promise<EventSpool> {
    const path = join(directory, `.lanner-events-${randomBytes(6).toString('hex')}`)
    const handle = await open(path, 'wx+', 0o600)
    await unlink(path)
    return new EventSpool(handle, file)
  }

  /** To be written to by the addon. */
  get descriptor(): number {
    return this.#handle.fd
  }

  /** Appends lines, where it is not the addon that writes them. */
  async write(lines: Buffer): Promise<void> {
    await this.#handle.appendFile(lines)
  }

  /** Notes what the addon says of the lines. */
  conclude({ events }: TraceRecord): void {
    if (events == null || events.lost === 0n) return
    this.#loss = new LannerError(
      'ERR_TRACE_EVENTS',
      `${events.lost} of ${events.events} events are lost: ${events.error}`,
      {
        facts: { file: this.#file },
        hint: 'there must be room for them beside the envelope',
      },
    )
  }

  /** Writes the file whole or not at all. Throws `ERR_OUTPUT_WRITE` or `ERR_TRACE_EVENTS`. */
  async save(): Promise<void> {
    if (this.#loss !== undefined) {
      await this.close()
      throw this.#loss
    }
    const lines = this.#handle.createReadStream({ start: 0, autoClose: false })
    try {
      await writeFileAtomic(this.#file, lines, { mode: 0o600, existing: 'replace' })
    } finally {
      await this.close()
    }
  }

  /** Forgets the lines. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
  }
}
