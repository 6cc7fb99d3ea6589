// A traced command as a report shows it, read from the predicate of command-run: ours, or cilock's v0.1 and v0.2.
// Believes nothing and judges nothing: what a predicate lacks is absent here. Used by `lanner trace` and `inspect --trace`.
import * as z from 'zod'
import { internedProcessSchema, processSchema, tablesSchema } from './schemas/processes.ts'
import { type TraceGap, tracingSchema } from './schemas/tracing.ts'
import { signalName } from './step-tracer.ts'

/** A file with what it held, where that is known. */
export interface UsedFile {
  readonly path: string
  readonly sha256?: string
}

/** An address a process used. */
export interface UsedAddress {
  /** `connect`, `bind`, `sendto` … */
  readonly call: string
  readonly family: string
  readonly address: string
  readonly port?: number
  readonly count: number
}

/** A program that ran. */
export interface RunProgram {
  readonly path: string
  readonly argv: readonly string[]
  readonly sha256?: string
}

/** What was tried and refused. */
export interface RefusedCall {
  readonly call: string
  readonly subject: string
  readonly error: string
  readonly count: number
}

/** One process. */
export interface TracedProcess {
  readonly pid: number
  readonly parent: number
  /** Milliseconds since 1970. */
  readonly start?: number
  readonly end?: number
  readonly cwd?: string
  /** What it ran, in order; empty for one that never executed anything. */
  readonly programs: readonly RunProgram[]
  /** Its arguments as they were last. */
  readonly argv?: readonly string[]
  /** What else tells what it is. */
  readonly label: string
  readonly exitCode?: number
  readonly signal?: string
  readonly leftRunning: boolean
  readonly read: readonly UsedFile[]
  readonly written: readonly UsedFile[]
  readonly renamed: readonly { readonly from: string; readonly to: string }[]
  readonly deleted: readonly string[]
  readonly permissions: readonly { readonly path: string; readonly mode: string }[]
  readonly addresses: readonly UsedAddress[]
  readonly refused: readonly RefusedCall[]
}

/** A command and all it started. */
export interface TracedRun {
  readonly cmd: readonly string[]
  readonly exitCode: number
  /** By start where it is known, as listed otherwise. */
  readonly processes: readonly TracedProcess[]
  /** Where the command ran: what is not below is outside. */
  readonly directory?: string
  readonly gaps: readonly TraceGap[]
  /** Absent where the tracer does not count them. */
  readonly gapCount?: number
  readonly noNewPrivs: boolean
}

const predicateSchema = z.object({
  cmd: z
    .array(z.string())
    .nullish()
    .transform(cmd => cmd ?? []),
  // cilock leaves the exit code out when it is 0.
  exitcode: z
    .int()
    .nullish()
    .transform(code => code ?? 0),
  processes: z.array(z.unknown()).nullish(),
  tracing: tracingSchema.optional().catch(undefined),
})

type FlatProcess = z.output<typeof processSchema>

/** The run in `predicate`, of whatever version; `undefined` when it has no processes: the step was not traced. */
export function readTracedRun(predicate: unknown): TracedRun | undefined {
  const parsed = predicateSchema.safeParse(predicate)
  if (!parsed.success || parsed.data.processes == null) return undefined
  const { cmd, exitcode, processes: all, tracing } = parsed.data
  const flat = isInterned(all[0]) ? interned(predicate, all) : plain(all)
  const processes = flat.map(tracedProcess)
  const directory = processes[0]?.cwd
  return {
    cmd,
    exitCode: exitcode,
    processes: processes.every(({ start }) => start !== undefined)
      ? processes.sort((one, other) => (one.start ?? 0) - (other.start ?? 0))
      : processes,
    ...(directory === undefined ? {} : { directory }),
    gaps: tracing?.traced === true ? tracing.gaps : [],
    ...(tracing?.traced === true ? { gapCount: tracing.gap_count } : {}),
    noNewPrivs: tracing?.traced === true && tracing.no_new_privs === true,
  }
}

function isInterned(process: unknown): boolean {
  return typeof process === 'object' && process !== null && 'commId' in process
}

function plain(all: readonly unknown[]): FlatProcess[] {
  return all.flatMap(each => {
    const parsed = processSchema.safeParse(each)
    return parsed.success ? [parsed.data] : []
  })
}

/** v0.2 in the words of v0.1. */
function interned(predicate: unknown, all: readonly unknown[]): FlatProcess[] {
  const { paths, comms, cmdlines, digests } = tablesSchema.parse(predicate)
  const path = (id: number | undefined): string | undefined => at(paths, id)
  const digest = (id: number | undefined): Record<string, string> | undefined =>
    at(digests, id)?.digests ?? undefined
  const files = (
    list: readonly { pathId: number; digestId?: number | undefined }[],
  ): FlatProcess['openedfiles'] =>
    Object.fromEntries(list.map(({ pathId, digestId }) => [path(pathId) ?? '', digest(digestId)]))
  return all.flatMap(each => {
    const parsed = internedProcessSchema.safeParse(each)
    if (!parsed.success) return []
    const { openedFiles, writtenFiles, unhashedOpens, ...process } = parsed.data
    const flat = {
      ...process,
      program: path(process.execPathId),
      programdigest: digest(process.programDigestId),
      comm: at(comms, process.commId),
      cmdline: at(cmdlines, process.cmdlineId),
      exedigest: digest(process.exeDigestId),
      openedfiles: files(openedFiles),
      writtenDigests: files(writtenFiles),
      unhashedOpens: unhashedOpens.map(({ pathId, reason }) => ({ path: path(pathId) ?? '', reason })),
    }
    return [processSchema.parse(flat)]
  })
}

/** -1 stands for nothing. */
function at<Entry>(table: readonly Entry[] | null | undefined, id: number | undefined): Entry | undefined {
  return id === undefined || id < 0 ? undefined : table?.[id]
}

function tracedProcess(process: FlatProcess): TracedProcess {
  const { network, fileOps } = process
  return {
    pid: process.processid,
    parent: process.parentpid,
    ...optional('start', instant(process.start)),
    ...optional('end', instant(process.end)),
    ...optional('cwd', process.cwd),
    programs: programsOf(process),
    ...optional('argv', process.argv),
    label: process.cmdline ?? process.comm ?? process.program ?? '',
    ...optional('exitCode', process.exitcode),
    ...optional('signal', typeof process.signal === 'number' ? signalName(process.signal) : process.signal),
    leftRunning: process.left_running === true,
    read: readFiles(process),
    written: writtenFiles(process),
    renamed: (fileOps?.renames ?? []).map(({ oldPath, newPath }) => ({ from: oldPath, to: newPath })),
    deleted: (fileOps?.deletes ?? []).map(({ path }) => path),
    permissions: (fileOps?.permChanges ?? []).map(({ path, mode }) => ({ path, mode: modeText(mode) })),
    addresses: (network?.connections ?? []).map(used => ({
      call: used.syscall ?? 'connect',
      family: used.family ?? '',
      address: used.address ?? '',
      ...optional('port', used.port),
      count: used.count ?? 1,
    })),
    refused: process.attempts.map(({ call, path, address, detail, error, count }) => ({
      call,
      subject: path ?? (address === undefined ? (detail ?? '') : placeOf(address)),
      error,
      count: count ?? 1,
    })),
  }
}

function programsOf(process: FlatProcess): RunProgram[] {
  const last = {
    path: process.exe ?? process.program ?? '',
    argv: process.argv ?? [],
    ...optional('sha256', process.exedigest?.sha256 ?? process.programdigest?.sha256),
  }
  // A fork that executes nothing has its parent's binary, and ran no program.
  const ran = process.program !== undefined || process.argv !== undefined
  if (process.executions.length === 0) return ran ? [last] : []
  return process.executions.map(each => ({
    path: each.exe ?? each.program ?? '',
    argv: each.argv ?? [],
    ...optional('sha256', each.exedigest?.sha256),
  }))
}

function readFiles(process: FlatProcess): UsedFile[] {
  const opened = Object.entries(process.openedfiles ?? {}).map(([path, digest]) => ({
    path,
    ...optional('sha256', digest?.sha256),
  }))
  return [...opened, ...process.unhashedOpens.map(({ path }) => ({ path }))]
}

/** What is there at the end, with its digest, and what was written and is gone. */
function writtenFiles(process: FlatProcess): UsedFile[] {
  const files = new Map<string, UsedFile>()
  // Its output, which whoever started it sent there.
  const given = new Set(
    process.files.filter(({ uses }) => uses?.includes('inherited')).map(({ path }) => path),
  )
  for (const { path, uses } of process.files) {
    if (uses?.some(use => use === 'write' || use === 'create' || use === 'truncate'))
      files.set(path, { path })
  }
  for (const { path } of process.fileOps?.writes ?? []) files.set(path, { path })
  for (const [path, digest] of Object.entries(process.writtenDigests ?? {})) {
    files.set(path, { path, ...optional('sha256', digest?.sha256) })
  }
  return [...files.values()].filter(({ path }) => !given.has(path))
}

function instant(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

function modeText(mode: string | number | undefined): string {
  return typeof mode === 'number' ? (mode & 0o7777).toString(8).padStart(4, '0') : (mode ?? '')
}

/** `host:port`; an IPv6 address in brackets (RFC 3986 §3.2.2). */
export function placeOf({
  address = '',
  port,
}: {
  address?: string | undefined
  port?: number | undefined
}): string {
  return port === undefined ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`
}

function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value }
}
