// Verifies a chain of windows: every envelope under one key, every number there but what was pruned, every link to the one before, every alert
// as it was sealed.
// Reads a window at a time and keeps none. Used by `verify --chain`.
import { basename } from 'node:path'
import { toLannerError } from '../../native/failure.ts'
import { type ChainBeginning, hasMoved, type PrunedBeginning, readBeginning } from './chain-beginning.ts'
import {
  listWindows,
  requireFile,
  type WindowFiles,
  type WindowListing,
  windowFiles,
} from './window-files.ts'
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
  /** What retention removed before the first window; `null` when the chain begins with window 1. */
  readonly pruned: PrunedBeginning | null
  /** That are kept. */
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
  /** Pruned windows of which files are there still, by number. They are not looked at. */
  readonly leftover: readonly number[]
}

/** What to hold against the chain. */
export interface ChainClaim {
  readonly directory: string
  /** Digest of a window that must be there, or be the last that was pruned: only a head that was noted elsewhere tells that the newest windows are gone. */
  readonly head: string | undefined
}

/** Readings of a chain that is pruned meanwhile, from its new beginning each time. */
const MOST_READINGS = 5

/** Verifies the chain in a directory. Throws `ERR_CHAIN_READ` when there is nothing to look at. */
export async function verifyChain(reading: WindowReading, claim: ChainClaim): Promise<ChainReport> {
  for (let left = MOST_READINGS; ; left -= 1) {
    const beginning = await readBeginning(reading, claim.directory)
    const report = await judgeFrom(beginning, reading, claim)
    if (report.passed || left === 1 || !hasMoved(beginning, claim.directory)) return report
  }
}

async function judgeFrom(
  { pruned, fault }: ChainBeginning,
  reading: WindowReading,
  claim: ChainClaim,
): Promise<ChainReport> {
  const { leftover, ...listing } = keptOf(await listWindows(claim.directory), pruned?.number ?? 0)
  const faults: ChainFault[] = [...(fault === undefined ? [] : [fault]), ...outsideFaults(listing)]
  let first: ReadWindow | undefined
  let last: ReadWindow | undefined
  let headSeen = pruned !== null && pruned.sha256 === claim.head
  let alerts = 0
  let previous: WindowLink | null = pruned && { number: pruned.number, sha256: pruned.sha256 }
  let expected = (pruned?.number ?? 0) + 1
  for (const number of listing.sealed) {
    if (number > expected) faults.push(missing(expected, number - 1, previous === null))
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
  if (claim.head !== undefined && !headSeen) faults.push(headFault(claim.head, pruned !== null))
  return {
    passed: faults.length === 0,
    pruned,
    windows: listing.sealed.length,
    alerts,
    ...(first === undefined || last === undefined ? {} : { from: first.facts.opened, to: last.facts.sealed }),
    head: listing.sealed.length === 0 ? null : previous,
    faults,
    unsealed: listing.unsealed,
    leftover,
  }
}

/** What is behind the windows up to `pruned`, and which of those are there still. */
function keptOf(
  { sealed, unsealed, strays }: WindowListing,
  pruned: number,
): WindowListing & { readonly leftover: readonly number[] } {
  const isKept = (number: number): boolean => number > pruned
  const leftover = [...sealed, ...unsealed].filter(number => !isKept(number)).sort((a, b) => a - b)
  return { sealed: sealed.filter(isKept), unsealed: unsealed.filter(isKept), strays, leftover }
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
      requireFile(file)
      const found = await native.digestFile(file, work)
      if (found !== sha256) {
        faults.push({ code, why: `${name} is not what was sealed: sha256:${found}, not sha256:${sha256}` })
      } else if (path !== name) faults.push({ code, why: `${name} was sealed as ${path}` })
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

function missing(first: number, last: number, isBeginning: boolean): ChainFault {
  const which = first === last ? `window ${first} is` : `windows ${first} to ${last} are`
  const record = isBeginning ? ', and no signed record says that retention removed them' : ''
  return { window: first, code: 'ERR_CHAIN_MISSING', why: `${which} missing${record}` }
}

function headFault(head: string, isPruned: boolean): ChainFault {
  const why = `no window that holds is sha256:${head}: the newest are missing, or others`
  return { code: 'ERR_CHAIN_HEAD', why: isPruned ? `${why}, or it was pruned` : why }
}
