// Starts the process of a step and tells how it ended, in a shell's terms.
// Reads none of its output; `output-drain.ts` does. Used by `step.ts`.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import type { OutputPipe } from './output-pipe.ts'
import type { StopSignal } from './step-signals.ts'

/** Why a command never started. */
export type StartFailure = 'not_found' | 'not_executable'

/** How a command ended. */
export interface StepEnd {
  /** The command's own; 128 + n for a signal, 127 when not found, 126 when not executable, as shells report them. */
  readonly exitCode: number
  /** Name of the signal that ended it. */
  readonly signal?: string
  readonly error?: StartFailure
  /** What the system said about the failed start. */
  readonly errorText?: string
}

/** The process of a step. */
export interface StepChild {
  /** Its stdout and stderr; none when it was given ours. */
  readonly outputs: readonly Readable[]
  /** Never rejects. */
  readonly end: Promise<StepEnd>
  readonly isRunning: () => boolean
  readonly kill: (signal: StopSignal) => void
}

/** What the process is started with. */
export interface ChildOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where its output goes: our own descriptors, pipes we made, or sockets made by Node. */
  readonly output: 'inherit' | readonly [OutputPipe, OutputPipe] | 'socket'
}

/** A way to start `command`. A command that is missing or cannot be executed is an end like others, nothing else is. */
export type StartChild = (
  command: string,
  args: readonly string[],
  options: ChildOptions,
) => StepChild | Promise<StepChild>

/** Starts `argv` without a shell. A start that fails is an end like others. */
export function startChild(command: string, args: readonly string[], options: ChildOptions): StepChild {
  const pipes = typeof options.output === 'string' ? [] : options.output
  // Non-blocking is a property of the open file description (open(2)), so only of our end.
  const readers = pipes.map(pipe => new Socket({ fd: pipe.readEnd, readable: true, writable: false }))
  try {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: stdioFor(options.output),
    })
    const sockets = [child.stdout, child.stderr].filter(stream => stream != null)
    return {
      outputs: pipes.length > 0 ? readers : sockets,
      end: endOf(child, command),
      isRunning: () => child.exitCode === null && child.signalCode === null,
      kill: signal => child.kill(signal),
    }
  } catch (thrown) {
    // E2BIG, ENOTDIR and other rare faults are thrown where ENOENT and EACCES are emitted.
    const end = Promise.resolve(startFailure(command, thrown))
    return { outputs: readers, end, isRunning: () => false, kill: () => undefined }
  } finally {
    // Our copies of the write ends would keep the pipes from ever ending.
    for (const pipe of pipes) closeSync(pipe.writeEnd)
  }
}

function stdioFor(output: ChildOptions['output']): StdioOptions {
  if (output === 'inherit') return 'inherit'
  if (output === 'socket') return ['inherit', 'pipe', 'pipe']
  return ['inherit', output[0].writeEnd, output[1].writeEnd]
}

function endOf(child: ChildProcess, command: string): Promise<StepEnd> {
  return new Promise(resolve => {
    // Also emitted when a signal can't be passed to a process of another user: then the command still runs.
    child.on('error', error => {
      if (child.pid === undefined) resolve(startFailure(command, error))
    })
    child.once('exit', (code, signal) => {
      if (signal === null) resolve({ exitCode: code ?? 0 })
      else resolve({ exitCode: 128 + constants.signals[signal], signal })
    })
  })
}

/** POSIX 2.9.1.4: status 127 when the command is not found, 126 when it is found but can't be executed. */
function startFailure(command: string, thrown: unknown): StepEnd {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error'
  if (code === 'ENOENT') {
    return { exitCode: 127, error: 'not_found', errorText: `command \`${command}\` not found` }
  }
  return {
    exitCode: 126,
    error: 'not_executable',
    errorText: `command \`${command}\` can't be executed: ${code}`,
  }
}
