// Appends alerts to a file, a line each; reopens it when somebody renamed it, and rotates it by size or time.
// A line is there whole or not at all: what a full disk took half of is cut off again. Loaded by `registry.ts`.

import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'
import { messageOf } from '../../error.ts'
import { commonOptions } from './common-options.ts'
import { joinedBytes } from './joined-bytes.ts'
import type { Opening } from './opening.ts'
import { DeliveryFault, type Output } from './output.ts'
import { duration, size } from './quantity.ts'
import { pathIn } from './secret-value.ts'
import { Template, templateText } from './template.ts'

/** Options of `type: file`. */
export const fileSchema = z.strictObject({
  ...commonOptions('file', { alerts: 1000, bytes: '8MB', wait: '0' }),
  path: z.string().min(1).describe('The file; its folder is made when it is not there'),
  template: templateText.optional().describe('A line of text instead of the alert’s JSON'),
  fsync: z.boolean().default(false).describe('Count alerts as delivered only once they are on the disk'),
  rotate: z
    .strictObject({
      size: size.optional().describe('Begin a new file before this one would be larger'),
      every: duration.optional().describe('Begin a new file at each multiple of this since 1970, in UTC'),
      keep: z.int().min(1).max(10_000).default(10).describe('Old files kept, as `path.1`, `path.2` …'),
    })
    .optional()
    .describe('When a new file is begun: `size`, `every` (in UTC), and how many old ones to `keep`'),
})

type Config = z.output<typeof fileSchema>

/** Opens it; the file itself is opened by the first delivery. */
export async function openFile(config: Config, opening: Opening): Promise<Output> {
  return new AlertFile(config, pathIn(opening.context.directory, config.path), opening.context.now)
}

class AlertFile implements Output {
  readonly #config: Config
  readonly #path: string
  readonly #now: () => number
  readonly #template: Template | undefined
  #handle: FileHandle | undefined
  /** Deliveries are written one after the other, whatever `concurrency` says. */
  #turn: Promise<void> = Promise.resolve()

  constructor(config: Config, path: string, now: () => number) {
    this.#config = config
    this.#path = path
    this.#now = now
    this.#template = config.template === undefined ? undefined : new Template(config.template)
  }

  deliver: Output['deliver'] = (alerts, signal) => {
    const template = this.#template
    // A line end inside a text would make two lines of one alert.
    const lines = alerts.map(alert =>
      template === undefined ? alert.bytes : template.render(alert).replace(/[\r\n]+/g, ' '),
    )
    const turn = this.#turn.then(() => {
      signal.throwIfAborted()
      return this.#write(joinedBytes(lines, { between: '\n', behind: '\n' }))
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async close(): Promise<void> {
    await this.#turn
    await this.#handle?.close()
    this.#handle = undefined
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      const handle = await this.#current(bytes.length)
      const before = await handle.stat()
      try {
        await writeWhole(handle, bytes)
        if (this.#config.fsync) await handle.datasync()
      } catch (cause) {
        if (before.isFile()) await handle.truncate(before.size)
        throw cause
      }
    } catch (cause) {
      const why = messageOf(cause)
      throw new DeliveryFault(`\`${this.#path}\` was not written: ${why}`, { retry: true, cause })
    }
  }

  /** The open file, once it is known to be the one at the path, and to have room for `more` bytes. */
  async #current(more: number): Promise<FileHandle> {
    const there = await stat(this.#path).catch(() => undefined)
    if (this.#handle !== undefined) {
      const ours = await this.#handle.stat()
      if (there === undefined || there.ino !== ours.ino || there.dev !== ours.dev) await this.#forget()
    }
    if (there?.isFile() && there.size > 0 && this.#isFull(there.size + more, there.mtimeMs)) {
      await this.#forget()
      await this.#rotate()
    }
    if (this.#handle === undefined) {
      await mkdir(dirname(this.#path), { recursive: true })
      this.#handle = await open(this.#path, 'a', 0o640)
    }
    return this.#handle
  }

  #isFull(bytes: number, written: number): boolean {
    const { size: most = Number.POSITIVE_INFINITY, every } = this.#config.rotate ?? {}
    if (bytes > most) return true
    return every !== undefined && every > 0 && Math.floor(written / every) < Math.floor(this.#now() / every)
  }

  async #rotate(): Promise<void> {
    const keep = this.#config.rotate?.keep ?? 1
    await rm(`${this.#path}.${keep}`, { force: true })
    for (let number = keep - 1; number >= 0; number -= 1) {
      const from = number === 0 ? this.#path : `${this.#path}.${number}`
      await rename(from, `${this.#path}.${number + 1}`).catch(missingIsFine)
    }
  }

  async #forget(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }
}

async function writeWhole(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at)
    at += bytesWritten
  }
}

function missingIsFine(cause: NodeJS.ErrnoException): void {
  if (cause.code !== 'ENOENT') throw cause
}
