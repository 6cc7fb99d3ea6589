// Tells when the text of a file has changed: woken by its folder, and looking now and then besides, for file systems that tell nothing.
// Reads nothing into the text. Used by the server for its configuration.
import { createHash } from 'node:crypto'
import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from './clock.ts'

/** Milliseconds: between two looks, and after a change until whoever writes is likely done. */
const LOOK = 5000
const SETTLE = 100

/** See the file. */
export class ConfigWatch {
  readonly #file: string
  readonly #clock: Clock
  readonly #changed: () => void
  readonly #watcher: FSWatcher | undefined
  #digest: string | undefined
  #cancel: () => void = () => undefined
  #settling = false
  #closed = false

  /** `changed` is called once for each text that differs from the one before. */
  constructor(file: string, clock: Clock, changed: () => void) {
    this.#file = file
    this.#clock = clock
    this.#changed = changed
    this.#digest = digestNow(file)
    this.#watcher = watchFolder(dirname(file), () => this.#settle())
    this.#plan(LOOK)
  }

  close(): void {
    this.#closed = true
    this.#cancel()
    this.#watcher?.close()
  }

  /** Looks soon, however often it is woken until then. */
  #settle(): void {
    if (this.#settling) return
    this.#settling = true
    this.#plan(SETTLE)
  }

  #plan(milliseconds: number): void {
    if (this.#closed) return
    this.#cancel()
    this.#cancel = this.#clock.after(milliseconds, () => void this.#look())
  }

  async #look(): Promise<void> {
    this.#settling = false
    // A file that is being replaced may be missing for a moment: what counts is what comes then.
    const bytes = await readFile(this.#file).catch(() => undefined)
    const digest = bytes === undefined ? this.#digest : digestOf(bytes)
    const differs = digest !== this.#digest
    this.#digest = digest
    this.#plan(LOOK)
    if (differs && !this.#closed) this.#changed()
  }
}

function digestNow(file: string): string | undefined {
  try {
    return digestOf(readFileSync(file))
  } catch {
    return undefined
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function watchFolder(folder: string, wake: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, wake)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
