// How far each followed file was read, kept in one small file, so that a restart goes on from there.
// Written after what was read is durable: a crash between repeats lines and loses none. Used by `followed-file.ts`.
import { readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FollowPlace } from '../../detect/file-follower.ts'

/** See the file. */
export class FollowedPlaces {
  readonly #file: string
  readonly #places: Map<string, FollowPlace>
  #turn: Promise<void> = Promise.resolve()

  /** Reads `file`; without one, or with one that was torn, every followed file is read from its beginning. */
  constructor(file: string) {
    this.#file = file
    this.#places = new Map(Object.entries(read(file)))
  }

  of(path: string): FollowPlace | undefined {
    return this.#places.get(path)
  }

  /** Remembers a place; resolves once it is written. */
  keep(path: string, place: FollowPlace): Promise<void> {
    this.#places.set(path, place)
    this.#turn = this.#turn.catch(() => undefined).then(() => this.#write())
    return this.#turn
  }

  async #write(): Promise<void> {
    const beside = `${this.#file}.new`
    await mkdir(dirname(this.#file), { recursive: true })
    await writeFile(beside, `${JSON.stringify(Object.fromEntries(this.#places))}\n`, { mode: 0o600 })
    await rename(beside, this.#file)
  }
}

function read(file: string): Record<string, FollowPlace> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    return Object.fromEntries(entries.filter(([, place]) => isPlace(place)))
  } catch {
    return {}
  }
}

function isPlace(value: unknown): value is FollowPlace {
  if (typeof value !== 'object' || value === null) return false
  return ['device', 'inode', 'offset'].every(name => Number.isSafeInteger(Reflect.get(value, name)))
}
