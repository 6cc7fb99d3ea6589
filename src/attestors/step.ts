// Runs the wrapped command: without a shell, with our stdin, its output streamed through and recorded, its end told exactly.
// Judges nothing: any way a command can end is a result. Used by the workflow; `command-run.ts` makes the predicate of it.
import { stat } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { PASSPHRASE_VARIABLES } from '../envelope/passphrase.ts'
import { LannerError, usageError } from '../error.ts'
import { drainOutput, type OutputDrain } from './output-drain.ts'
import { type OpenOutputPipes, openOutputPipes } from './output-pipe.ts'
import { OutputRecorder, type RecordedOutput } from './output-recorder.ts'
import { createRedactor, type Redactor, secretValues } from './redaction.ts'
import {
  type ChildOptions,
  type StartChild,
  type StartFailure,
  type StepChild,
  type StepEnd,
  startChild,
} from './step-child.ts'
import { forwardSignals, StartingTarget, type StopSignal } from './step-signals.ts'

/** Bytes of text recorded of each output unless told otherwise. */
export const DEFAULT_OUTPUT_LIMIT: number = 1024 * 1024

const DEFAULT_WAIT_AFTER_EXIT = 10_000

/** How to run a step. */
export interface StepOptions {
  readonly argv: readonly string[]
  readonly cwd: string
  /** Our environment. The step gets it without the passphrases of signing keys; its secrets are not recorded. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Hand the step our own stdin, stdout and stderr, and record neither output. */
  readonly tty?: boolean
  /** Bytes of text recorded of each output. */
  readonly outputLimit?: number
  /** Where the output is streamed; nowhere unless given. */
  readonly onStdout?: Writable
  readonly onStderr?: Writable
  /** Milliseconds to wait, after the command ended, for processes it left that still hold its output; 10 s unless given. */
  readonly waitAfterExit?: number
  /** Whether the signals of a terminal reach the step by themselves: by default, when our stdin is one. */
  readonly fromTerminal?: boolean
  readonly openPipes?: OpenOutputPipes
  /** How the process is started: without a tracer unless given. */
  readonly start?: StartChild
}

/** How a step went. Its texts are free of the secrets in its environment. */
export interface StepResult {
  readonly cmd: readonly string[]
  readonly exitCode: number
  /** Name of the signal that ended it. */
  readonly signal?: string
  readonly error?: StartFailure
  readonly errorText?: string
  readonly tty: boolean
  /** Absent with `tty`, or when the command never started. */
  readonly stdout?: RecordedOutput
  readonly stderr?: RecordedOutput
  /** Whether a process that outlived the command held an output open until we closed it. */
  readonly outputIncomplete: boolean
  /** Signals that came for us meanwhile. */
  readonly received: readonly StopSignal[]
}

interface Recording {
  readonly recorder: OutputRecorder
  readonly drain: OutputDrain
}

/** Runs one command to its end. Throws for a missing command or working directory, and what `start` throws. */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const [command, ...args] = options.argv
  if (command === undefined)
    throw usageError('ERR_STEP_NO_COMMAND', 'no command to run', 'put the command after `--`')
  await requireDirectory(options.cwd)
  const redactor = createRedactor(secretValues(options.env))
  const recordings: Recording[] = []
  // With the command gone, a signal can only mean: stop waiting for what it left behind.
  const target = new StartingTarget(() => closeAll(recordings))
  const forwarding = forwardSignals(target, options.fromTerminal ?? process.stdin.isTTY === true)
  try {
    const child = await (options.start ?? startChild)(command, args, await childOptions(options))
    recordings.push(...recordOutputs(child, options, redactor))
    target.started(child)
    const end = await child.end
    const wait = end.error === undefined ? (options.waitAfterExit ?? DEFAULT_WAIT_AFTER_EXIT) : 0
    const complete = await settle(recordings, wait)
    return result(options, redactor, end, recordings, complete, forwarding.received)
  } finally {
    forwarding.stop()
  }
}

function recordOutputs(child: StepChild, options: StepOptions, redactor: Redactor): Recording[] {
  return child.outputs.map((source, index) => {
    const recorder = new OutputRecorder(options.outputLimit ?? DEFAULT_OUTPUT_LIMIT, redactor)
    const sink = index === 0 ? options.onStdout : options.onStderr
    return { recorder, drain: drainOutput(source, recorder, sink) }
  })
}

/** spawn(2) says ENOENT for a missing directory as for a missing command. */
async function requireDirectory(path: string): Promise<void> {
  const isDirectory = await stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
  if (isDirectory) return
  throw new LannerError('ERR_STEP_NO_DIRECTORY', `working directory \`${path}\` not found`, {
    facts: { path },
  })
}

async function childOptions(options: StepOptions): Promise<ChildOptions> {
  const hidden = new Set<string>(PASSPHRASE_VARIABLES)
  const env = Object.fromEntries(Object.entries(options.env).filter(([name]) => !hidden.has(name)))
  if (options.tty === true) return { cwd: options.cwd, env, output: 'inherit' }
  const openPipes = options.openPipes ?? openOutputPipes
  return { cwd: options.cwd, env, output: (await openPipes()) ?? 'socket' }
}

/**
 * Waits for the ends of the outputs, at most `wait` milliseconds. Resolves to whether all were seen. Time in which a reader
 * of ours held us up does not count: what is missing then is in the pipe, and not with a process left behind.
 */
async function settle(recordings: readonly Recording[], wait: number): Promise<boolean> {
  const blocked = (): number => Math.max(0, ...recordings.map(({ drain }) => drain.blockedFor()))
  const start = performance.now() - blocked()
  let timer: NodeJS.Timeout | undefined
  const watch = (remaining: number): void => {
    timer = setTimeout(() => {
      const left = wait - (performance.now() - start - blocked())
      if (left > 0) watch(Math.ceil(left))
      else closeAll(recordings)
    }, remaining)
  }
  watch(wait)
  const ends = await Promise.all(recordings.map(({ drain }) => drain.done))
  clearTimeout(timer)
  return ends.every(Boolean)
}

function closeAll(recordings: readonly Recording[]): void {
  for (const { drain } of recordings) drain.close()
}

function result(
  options: StepOptions,
  redactor: Redactor,
  end: StepEnd,
  recordings: readonly Recording[],
  complete: boolean,
  received: readonly StopSignal[],
): StepResult {
  const started = end.error === undefined
  const [stdout, stderr] = started ? recordings.map(({ recorder }) => recorder.finish()) : []
  return {
    ...end,
    ...(end.errorText === undefined ? {} : { errorText: redactor.text(end.errorText) }),
    cmd: options.argv.map(argument => redactor.text(argument)),
    tty: options.tty === true,
    ...(stdout === undefined ? {} : { stdout }),
    ...(stderr === undefined ? {} : { stderr }),
    outputIncomplete: started && !complete,
    received,
  }
}
