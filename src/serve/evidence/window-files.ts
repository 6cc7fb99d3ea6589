// The files of windows in their directory: for each number an envelope, its alerts as they were received, and the index of their ids.
// The envelope comes last; without it the others are leftovers. Used by everything that reads or writes windows.
import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf } from '../../envelope/bounded-file.ts'
import { LannerError } from '../../error.ts'

/** Names and places of the files of one window. */
export interface WindowFiles {
  readonly number: number
  readonly envelope: string
  readonly alerts: string
  readonly index: string
  /** Names of alerts and index, as they are signed. */
  readonly alertsName: string
  readonly indexName: string
}

/** What a directory holds of windows. */
export interface WindowListing {
  /** Numbers that have an envelope, rising. */
  readonly sealed: readonly number[]
  /** Numbers that have other files but no envelope, rising. */
  readonly unsealed: readonly number[]
  /** Names like those of windows that are none: a copy, another spelling of a number. */
  readonly strays: readonly string[]
}

const NAME = /^window-(\d{8,15})\.(json|jsonl|index)$/
/** Names of files that are being written. */
const UNFINISHED = /^\.window-.*\.part$/

/** The files of window `number` in `directory`. Eight digits let names sort as numbers do. */
export function windowFiles(directory: string, number: number): WindowFiles {
  const stem = `window-${String(number).padStart(8, '0')}`
  return {
    number,
    envelope: join(directory, `${stem}.json`),
    alerts: join(directory, `${stem}.jsonl`),
    index: join(directory, `${stem}.index`),
    alertsName: `${stem}.jsonl`,
    indexName: `${stem}.index`,
  }
}

/** Looks into `directory`. Throws `ERR_CHAIN_READ`. */
export async function listWindows(directory: string): Promise<WindowListing> {
  const names = await namesIn(directory)
  const envelopes = new Set<number>()
  const others = new Set<number>()
  const strays: string[] = []
  for (const name of names) {
    const [, digits, kind] = NAME.exec(name) ?? []
    if (digits !== undefined && digits === String(Number(digits)).padStart(8, '0') && Number(digits) > 0) {
      ;(kind === 'json' ? envelopes : others).add(Number(digits))
    } else if (name.startsWith('window')) strays.push(name)
  }
  return {
    sealed: rising(envelopes),
    unsealed: rising(others).filter(number => !envelopes.has(number)),
    strays: strays.sort(),
  }
}

/** Refuses a pipe or a device under the name of a file: whoever reads it would wait for ever. Throws an error with `code`. */
export function requireFile(file: string, code = 'ERR_CHAIN_READ'): void {
  const there = statSync(file, { throwIfNoEntry: false })
  if (there === undefined || there.isFile()) return
  throw new LannerError(code, `\`${file}\` is no file`, { exit: 1, facts: { file } })
}

/** What an interrupted window left in `directory`, as paths. */
export async function unfinishedFiles(directory: string): Promise<string[]> {
  return (await namesIn(directory)).filter(name => UNFINISHED.test(name)).map(name => join(directory, name))
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((cause: unknown): never => {
    throw new LannerError('ERR_CHAIN_READ', `\`${directory}\` can't be read: ${reasonOf(cause)}`, {
      facts: { file: directory },
      cause,
    })
  })
}

function rising(numbers: ReadonlySet<number>): number[] {
  return [...numbers].sort((a, b) => a - b)
}
