// What the safety tests share: a running `lanner` that can be watched and killed, another user, captures of any size.
// Asserts nothing. Used by the `safety-*.test.ts` files beside it.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, closeSync, openSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { type Bench, CLI } from './lanner.ts'

/** Whether we may become other users, mount and make devices. */
export const ROOT: boolean = process.getuid?.() === 0

/** An account without rights; when we are not root, we are without rights ourselves. */
export const NOBODY: { readonly uid?: number; readonly gid?: number } = ROOT
  ? { uid: 65_534, gid: 65_534 }
  : {}

/** A `lanner` that was started and not waited for. */
export interface Running {
  readonly child: ChildProcess
  /** What it wrote so far. */
  readonly said: { stdout: string; stderr: string }
  /** Code and signal it ended with. */
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>
}

/** Starts `lanner` in the working tree of `place`; a test that fails leaves none behind. */
export function start(
  t: ExecutionContext,
  place: Bench,
  words: readonly string[],
  options: SpawnOptions = {},
): Running {
  return startProgram(t, process.execPath, [CLI, ...words], { cwd: place.work, ...options })
}

/** Starts any program the same way. */
export function startProgram(
  t: ExecutionContext,
  program: string,
  words: readonly string[],
  options: SpawnOptions,
): Running {
  const child = spawn(program, words, options)
  t.teardown(() => child.kill('SIGKILL'))
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text
  })
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  return { child, said, ended }
}

/** Resolves once `condition` holds; throws, naming `what`, when it does not within half a minute. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await setTimeout(1)
  }
}

/** Kills `running` once `condition` holds; `false` when it ended before that was seen. */
export async function killWhen({ child, ended }: Running, condition: () => boolean): Promise<boolean> {
  const over = (): boolean => child.exitCode !== null || child.signalCode !== null
  await until(() => over() || condition(), 'the moment to kill or the end')
  child.kill('SIGKILL')
  const [, signal] = await ended
  return signal === 'SIGKILL'
}

/** Gives everything in the bench to the account without rights. */
export function giveToNobody(place: Bench): void {
  const { uid, gid } = NOBODY
  if (uid === undefined || gid === undefined) return
  for (const path of [place.root, ...readdirSync(place.root).map(name => join(place.root, name))]) {
    chownSync(path, uid, gid)
  }
  chmodSync(place.root, 0o755)
}

/** One Falco event of about a kilobyte. */
export function eventLine(number: number): string {
  const fields = { 'evt.time': 1_780_051_808_717_141_000 + number, 'proc.cmdline': 'x'.repeat(850) }
  const event = {
    hostname: 'node-1',
    output: `event ${number}`,
    priority: 'Warning',
    rule: 'Read sensitive file untrusted',
    time: '2026-05-29T10:50:08.717141556Z',
    output_fields: fields,
  }
  return `${JSON.stringify(event)}\n`
}

/** Writes a capture of `megabytes` to `file`. */
export function writeCapture(file: string, megabytes: number): void {
  const block = Array.from({ length: 1000 }, (_, number) => eventLine(number)).join('')
  const descriptor = openSync(file, 'w')
  for (let written = 0; written < megabytes * 1e6; written += block.length) writeSync(descriptor, block)
  closeSync(descriptor)
}
