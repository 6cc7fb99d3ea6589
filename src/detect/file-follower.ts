// A growing file as a stream of whole lines: what is there, then what is added, through rotation and truncation.
// Wakes on changes in the file's folder and looks once a second besides, for file systems that tell nothing.
// Can go on where another one stopped, even when the file got another name meanwhile. Judges nothing. Used by `following.ts` and by
// the server's inputs.
import { type FSWatcher, watch } from 'node:fs'
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { reasonOf } from '../envelope/bounded-file.ts'
import { LannerError } from '../error.ts'
import { LineSplitter } from './line-splitter.ts'

const CHUNK = 1 << 20
/** Milliseconds between two looks when nothing wakes us. */
const LOOK = 1000

/** What a follower tells besides lines. */
export type FollowNote = 'rotated' | 'truncated'

/** How far a file was read: which one, and bytes of whole lines. */
export interface FollowPlace {
  readonly device: number
  readonly inode: number
  readonly offset: number
}

/** Follows one file from its beginning, or from where another follower was, until it is told to stop. */
export class FileFollower {
  readonly #path: string
  readonly #note: (note: FollowNote) => void
  readonly #lines = new LineSplitter()
  #handle: FileHandle | undefined
  #offset = 0
  #place: FollowPlace | undefined
  readonly #from: FollowPlace | undefined
  /** Made when there is something to read. */
  #buffer: Buffer | undefined
  #wake: () => void = () => undefined
  #stopped = false

  constructor(path: string, note: (note: FollowNote) => void = () => undefined, from?: FollowPlace) {
    this.#path = path
    this.#note = note
    this.#from = from
  }

  /** Behind the block of lines that was handed out last; `undefined` before the first. */
  get place(): FollowPlace | undefined {
    return this.#place
  }

  /** Ends `lines` once everything that is there now has been read. */
  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  /** Blocks of whole lines, each good until the next is asked for. Throws `ERR_INPUT_READ` when the file isn't there to begin with. */
  async *lines(): AsyncGenerator<Buffer> {
    this.#handle = await this.#first()
    const watchers = await this.#watch()
    try {
      while (!this.#stopped) {
        const changed = this.#change()
        yield* this.#readAll()
        if (await this.#replaced()) yield* this.#reopen()
        else await changed
      }
      yield* this.#readAll()
      yield* this.#lines.end()
    } finally {
      for (const each of watchers) each.close()
      await this.#handle.close()
    }
  }

  async *#readAll(): AsyncGenerator<Buffer> {
    const handle = this.#handle
    if (handle === undefined) return
    const { size } = await handle.stat()
    if (size < this.#offset) {
      this.#note('truncated')
      this.#offset = 0
      yield* this.#lines.end()
    }
    // What is added meanwhile waits for the next round: a fast writer must not keep us from stopping.
    while (this.#offset < size) {
      this.#buffer ??= Buffer.allocUnsafeSlow(CHUNK)
      const { bytesRead, buffer } = await handle.read(this.#buffer, 0, CHUNK, this.#offset)
      if (bytesRead === 0) return
      this.#offset += bytesRead
      for (const block of this.#lines.push(buffer.subarray(0, bytesRead))) {
        const { dev: device, ino: inode } = await handle.stat()
        this.#place = { device, inode, offset: this.#offset - this.#lines.held }
        yield block
      }
    }
  }

  /** The file to begin with: the one that was read last, if it is still somewhere beside, then the one of that name. */
  async #first(): Promise<FileHandle> {
    const named = await this.#open()
    const from = this.#from
    if (from === undefined) return named
    const { dev, ino, size } = await named.stat()
    if (dev === from.device && ino === from.inode) {
      // Shorter than what was read of it: written anew.
      this.#offset = size >= from.offset ? from.offset : 0
      return named
    }
    const left = await this.#renamed(from)
    if (left === undefined) return named
    await named.close()
    this.#offset = from.offset
    return left
  }

  /** The file that was read last under the name that rotation gave it. */
  async #renamed({ device, inode, offset }: FollowPlace): Promise<FileHandle | undefined> {
    const folder = dirname(await realpath(this.#path))
    for (const name of await readdir(folder)) {
      const facts = await stat(join(folder, name)).catch(() => undefined)
      if (facts?.dev !== device || facts.ino !== inode || facts.size < offset) continue
      return open(join(folder, name), 'r').catch(() => undefined)
    }
    return undefined
  }

  /** Whether the name now belongs to another file than the one that is open. A name that is gone may come back. */
  async #replaced(): Promise<boolean> {
    const named = await stat(this.#path).catch(() => undefined)
    const ours = await this.#handle?.stat()
    return named !== undefined && ours !== undefined && (named.ino !== ours.ino || named.dev !== ours.dev)
  }

  async *#reopen(): AsyncGenerator<Buffer> {
    const next = await this.#open().catch(() => undefined)
    if (next === undefined) return
    // Written between our last read and the rename.
    yield* this.#readAll()
    yield* this.#lines.end()
    await this.#handle?.close()
    this.#handle = next
    this.#offset = 0
    this.#note('rotated')
  }

  async #open(): Promise<FileHandle> {
    return open(this.#path, 'r').catch((cause: unknown): never => {
      throw new LannerError('ERR_INPUT_READ', `${this.#path} can't be followed: ${reasonOf(cause)}`, {
        facts: { file: this.#path },
        cause,
      })
    })
  }

  /** The folders of the name and, through links, of the file: a rename shows in the first, a write in the second. */
  async #watch(): Promise<FSWatcher[]> {
    const file = await realpath(this.#path).catch(() => this.#path)
    return [...new Set([dirname(this.#path), dirname(file)])].flatMap(folder => {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#wake())
        // What can't be watched is still looked at once a second.
        watcher.on('error', () => watcher.close())
        return [watcher]
      } catch {
        return []
      }
    })
  }

  /** Resolves at the next wake or look. Made before reading, so that a change while reading is not missed. */
  #change(): Promise<void> {
    return new Promise(done => {
      const timer = setTimeout(done, LOOK)
      this.#wake = () => {
        clearTimeout(timer)
        done()
      }
    })
  }
}
