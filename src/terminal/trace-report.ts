// Shows a traced command to a person: who started whom, which programs, what was read, written, reached and refused, what was missed.
// Computes totals and widths only. Used by `lanner trace` and `inspect --trace`, for one model.
import { placeOf, type TracedProcess, type TracedRun } from '../attestors/traced-run.ts'
import { describeGap } from '../attestors/tracing.ts'
import { harmless } from './shell-words.ts'
import type { Paint } from './style.ts'
import { renderTable } from './table.ts'
import { duration, renderTree } from './trace-tree.ts'

/** Rows of one section; a report is to be read. */
const MOST_ROWS = 40

/** The whole report. */
export function renderTracedRun(run: TracedRun, paint: Paint): string {
  const files = usedFiles(run)
  return [
    header(run, paint),
    section('processes', renderTree(run.processes, paint), paint),
    section('programs by digest', rows(programRows(run.processes)), paint),
    section('left the machine', rows(addressRows(run.processes, true)), paint),
    section('local sockets', rows(addressRows(run.processes, false)), paint),
    section('written outside of the working directory', rows(files.writtenOutside), paint),
    section('written', rows(files.written), paint),
    section('renamed and removed', rows(nameRows(run.processes)), paint),
    section('read outside of the working directory, by folder', rows(files.readOutside), paint),
    section('read', rows(files.read), paint),
    section('refused', rows(refusedRows(run.processes)), paint),
    section('escaped the trace', rows(run.gaps.map(gap => [harmless(describeGap(gap))])), paint),
  ].join('')
}

function header(run: TracedRun, paint: Paint): string {
  const [first] = run.processes
  const state = run.exitCode === 0 ? paint('good', '0') : paint('bad', String(run.exitCode))
  const lines: [string, string][] = [
    ['exit code', state],
    ['processes', `${run.processes.length}${first === undefined ? '' : `, ${duration(first)}`}`],
  ]
  if (run.directory !== undefined) lines.push(['directory', harmless(run.directory)])
  if (run.gapCount !== undefined) {
    lines.push([
      'escaped',
      run.gapCount === 0 ? paint('good', 'nothing') : paint('bad', String(run.gapCount)),
    ])
  }
  if (run.noNewPrivs) lines.push(['privileges', 'setuid programs and file capabilities had no effect'])
  return lines.map(([label, text]) => `${paint('strong', label.padEnd(10))} ${text}\n`).join('')
}

/** Left out when there is nothing to show. */
function section(title: string, body: string, paint: Paint): string {
  return body === '' ? '' : `\n${paint('strong', title)}\n${body.replaceAll(/^(?=.)/gm, '  ')}`
}

function rows(all: readonly (readonly string[])[]): string {
  if (all.length === 0) return ''
  const shown = all.slice(0, MOST_ROWS)
  const more = all.length - shown.length
  return renderTable([], more > 0 ? [...shown, [`… and ${more} more`]] : shown)
}

/** Counts by key, most often first, then by key. */
class Tally {
  readonly #counts = new Map<string, number>()

  add(key: string, count = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count)
  }

  rows(): string[][] {
    return [...this.#counts]
      .sort(([one, few], [other, many]) => many - few || (one < other ? -1 : 1))
      .map(([key, count]) => [...key.split('\0'), `${count}×`])
  }
}

function programRows(processes: readonly TracedProcess[]): string[][] {
  const tally = new Tally()
  for (const { programs } of processes) {
    for (const { path, sha256 } of programs) tally.add(`${sha256 ?? '(no digest)'}\0${harmless(path)}`)
  }
  return tally.rows()
}

/** Calls that reach somebody, by address; those that wait for others are local. */
function addressRows(processes: readonly TracedProcess[], away: boolean): string[][] {
  const tally = new Tally()
  for (const { addresses } of processes) {
    for (const { call, family, address, port, count } of addresses) {
      if ((isAway(family, address) && !WAITING.includes(call)) !== away) continue
      const place = placeOf({ address, port })
      tally.add(`${call}\0${family.replace(/^AF_/, '').toLowerCase()}\0${harmless(place)}`, count)
    }
  }
  return tally.rows()
}

const WAITING = ['bind', 'listen', 'accept', 'accept4']

function isAway(family: string, address: string): boolean {
  if (!/inet/i.test(family)) return false
  return !/^(127\.|::1$|::ffff:127\.|0\.0\.0\.0$|::$|$)/.test(address)
}

interface FileRows {
  readonly read: string[][]
  readonly readOutside: string[][]
  readonly written: string[][]
  readonly writtenOutside: string[][]
}

function usedFiles({ processes, directory }: TracedRun): FileRows {
  const inside = (path: string): boolean =>
    directory === undefined || path === directory || path.startsWith(`${directory}/`)
  const shown = (path: string): string =>
    harmless(directory !== undefined && inside(path) ? path.slice(directory.length + 1) : path)
  const reads = new Map<string, string>()
  const writes = new Map<string, string>()
  for (const process of processes) {
    for (const { path, sha256 } of process.read) reads.set(path, sha256 ?? reads.get(path) ?? '(no digest)')
    for (const { path, sha256 } of process.written)
      writes.set(path, sha256 ?? writes.get(path) ?? '(not kept)')
  }
  const listed = (files: Map<string, string>, within: boolean): string[][] =>
    [...files]
      .filter(([path]) => inside(path) === within)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([path, digest]) => [digest, shown(path)])
  const folders = new Tally()
  for (const path of reads.keys()) if (!inside(path)) folders.add(harmless(folderOf(path)))
  return {
    read: listed(reads, true),
    readOutside: folders.rows(),
    written: listed(writes, true),
    writtenOutside: listed(writes, false),
  }
}

function folderOf(path: string): string {
  return path.split('/').slice(0, -1).slice(0, 4).join('/') || '/'
}

function nameRows(processes: readonly TracedProcess[]): string[][] {
  return processes.flatMap(({ renamed, deleted, permissions }) => [
    ...renamed.map(({ from, to }) => ['renamed', `${harmless(from)} → ${harmless(to)}`]),
    ...deleted.map(path => ['removed', harmless(path)]),
    ...permissions.map(({ path, mode }) => ['mode', `${mode} ${harmless(path)}`]),
  ])
}

/** What was not there is looked for all the time and says little. */
function refusedRows(processes: readonly TracedProcess[]): string[][] {
  const tally = new Tally()
  for (const { refused } of processes) {
    for (const { call, subject, error, count } of refused) {
      if (error !== 'ENOENT') tally.add(`${error}\0${call}\0${harmless(subject)}`, count)
    }
  }
  return tally.rows()
}
