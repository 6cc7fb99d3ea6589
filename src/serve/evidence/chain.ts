// Verifies a chain of windows: every envelope under one key, every number there, every link to the one before, every alert as it was sealed.
// Reads a window at a time and keeps none. Used by `verify --chain`.
import { basename } from 'node:path'
import { toLannerError } from '../../native/failure.ts'
import { listWindows, type WindowFiles, type WindowListing, windowFiles } from './window-files.ts'
import { type ReadWindow, readWindow, sha256Of, type WindowReading, windowBytes } from './window-reading.ts'
import type { WindowLink } from './window-schema.ts'

/** What is wrong, and where. */
export interface ChainFault {
  /** Absent where it concerns no single window. */
  readonly window?: number
  readonly code: string
  readonly why: string
}

/** What was found. */
export interface ChainReport {
  readonly passed: boolean
  readonly windows: number
  /** In windows that hold. */
  readonly alerts: number
  /** When the first and the last window began and was sealed; absent where none holds. */
  readonly from?: string
  readonly to?: string
  /** The last window. */
  readonly head: WindowLink | null
  readonly faults: readonly ChainFault[]
  /** Files of windows that were never sealed, by number: one that is being sealed, or what a crash left. */
  readonly unsealed: readonly number[]
}

/** What to hold against the chain. */
export interface ChainClaim {
  readonly directory: string
  /** Digest of a window that must be there: only a head that was noted elsewhere tells that the newest windows are gone. */
  readonly head: string | undefined
}

/** Verifies the chain in a directory. Throws `ERR_CHAIN_READ` when there is nothing to look at. */
export async function verifyChain(reading: WindowReading, claim: ChainClaim): Promise<ChainReport> {
  const listing = await listWindows(claim.directory)
  const faults: ChainFault[] = outsideFaults(listing)
  let first: ReadWindow | undefined
  let last: ReadWindow | undefined
  let headSeen = false
  let alerts = 0
  let previous: WindowLink | null = null
  let expected = 1
  for (const number of listing.sealed) {
    if (number > expected) faults.push(missing(expected, number - 1))
    const files = windowFiles(claim.directory, number)
    const found: Inspected = await inspectWindow(reading, files, number === expected ? previous : undefined)
    faults.push(...found.faults.map(fault => ({ window: number, ...fault })))
    if (found.window !== undefined) {
      first ??= found.window
      last = found.window
      headSeen ||= found.window.sha256 === claim.head
      alerts += found.window.facts.alerts
    }
    previous = { number, sha256: found.sha256 }
    expected = number + 1
  }
  if (claim.head !== undefined && !headSeen) faults.push(headFault(claim.head))
  return {
    passed: faults.length === 0,
    windows: listing.sealed.length,
    alerts,
    ...(first === undefined || last === undefined ? {} : { from: first.facts.opened, to: last.facts.sealed }),
    head: previous,
    faults,
    unsealed: listing.unsealed,
  }
}

/** One window, looked at. */
interface Inspected {
  readonly sha256: string
  /** Absent when its envelope does not hold. */
  readonly window: ReadWindow | undefined
  readonly faults: readonly Omit<ChainFault, 'window'>[]
}

/** `previous` is what it must name; `undefined` when the window before it is missing. */
async function inspectWindow(
  reading: WindowReading,
  files: WindowFiles,
  previous: WindowLink | null | undefined,
): Promise<Inspected> {
  let sha256 = ''
  try {
    const bytes = windowBytes(files.envelope)
    sha256 = sha256Of(bytes)
    const window = await readWindow(reading, bytes, basename(files.envelope))
    const faults = [...placeFaults(window, files, previous), ...(await contentFaults(reading, window, files))]
    return { sha256, window, faults }
  } catch (thrown) {
    const { code, message, exit } = toLannerError(thrown)
    if (exit === 70) throw thrown
    return { sha256, window: undefined, faults: [{ code, why: message }] }
  }
}

function* placeFaults(
  { facts }: ReadWindow,
  files: WindowFiles,
  previous: WindowLink | null | undefined,
): Iterable<Omit<ChainFault, 'window'>> {
  if (facts.number !== files.number) {
    yield { code: 'ERR_CHAIN_NUMBER', why: `it was sealed as window ${facts.number}` }
  }
  if (previous === undefined) return
  const { number, sha256 } = facts.previous ?? { number: 0, sha256: 'none' }
  if (number === (previous?.number ?? 0) && sha256 === (previous?.sha256 ?? 'none')) return
  const told = facts.previous === null ? 'no window' : `window ${number}, sha256:${sha256}`
  const there = previous === null ? 'there is none' : `there it is sha256:${previous.sha256}`
  yield { code: 'ERR_CHAIN_PREVIOUS', why: `it was sealed behind ${told}, and ${there}` }
}

async function contentFaults(
  { native, work }: WindowReading,
  { facts, capture, lines }: ReadWindow,
  files: WindowFiles,
): Promise<Omit<ChainFault, 'window'>[]> {
  const parts = [
    {
      file: files.alerts,
      name: files.alertsName,
      path: capture.path,
      sha256: capture.sha256,
      code: 'ERR_CHAIN_ALERTS',
    },
    { file: files.index, name: files.indexName, ...facts.index, code: 'ERR_CHAIN_INDEX' },
  ]
  const faults: Omit<ChainFault, 'window'>[] = []
  for (const { file, name, path, sha256, code } of parts) {
    try {
      const found = await native.digestFile(file, work)
      if (found !== sha256 || path !== name)
        faults.push({ code, why: `${name} is not what was sealed: sha256:${found}, not sha256:${sha256}` })
    } catch (thrown) {
      faults.push({ code, why: `${name} can't be read: ${toLannerError(thrown).message}` })
    }
  }
  if (lines !== facts.alerts) {
    faults.push({
      code: 'ERR_CHAIN_ALERTS',
      why: `${facts.alerts} alerts were sealed in ${lines} lines`,
    })
  }
  return faults
}

function outsideFaults({ sealed, strays }: WindowListing): ChainFault[] {
  const faults = strays.map(name => ({
    code: 'ERR_CHAIN_STRAY',
    why: `${name} is none of the chain's files`,
  }))
  return sealed.length > 0 ? faults : [...faults, { code: 'ERR_CHAIN_EMPTY', why: 'there is no window' }]
}

function missing(first: number, last: number): ChainFault {
  const which = first === last ? `window ${first} is` : `windows ${first} to ${last} are`
  return { window: first, code: 'ERR_CHAIN_MISSING', why: `${which} missing` }
}

function headFault(head: string): ChainFault {
  return {
    code: 'ERR_CHAIN_HEAD',
    why: `no window that holds is sha256:${head}: the newest are missing, or others`,
  }
}
