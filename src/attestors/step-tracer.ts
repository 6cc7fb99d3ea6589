// Starts the process of a step under the addon's tracer, and gives the record it leaves.
// Traces nothing itself and writes no predicate. Used by the workflow in place of `startChild`, and by `lanner trace`.
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import type { LannerError } from '../error.ts'
import { toLannerError } from '../native/failure.ts'
import type {
  Native,
  StepTrace,
  TraceEnd,
  TraceRecord,
  TraceSettings,
  TraceStart,
  Triage,
} from '../native/native.ts'
import type { OutputPipe } from './output-pipe.ts'
import type { ChildOptions, StartChild, StepChild, StepEnd } from './step-child.ts'
import { forwardSignals } from './step-signals.ts'

/** How to trace. */
export interface TracerOptions {
  /** Milliseconds to go on tracing what the command left behind. */
  readonly lingerMs: number
  /** Descriptor to write event lines to. */
  readonly events?: number
  /** Rules of which one must be able to match what is written. */
  readonly triage?: Triage
  /** Values that no event may show. */
  readonly secrets?: readonly string[]
  /** Descriptors for a step that is given ours. */
  readonly inherited?: readonly [number, number, number]
  /** Told why tracing is not permitted here; starts the step some other way. Without it such a step does not start. */
  readonly otherwise?: (refusal: LannerError, ...start: Parameters<StartChild>) => ReturnType<StartChild>
}

/** What became of tracing a step. */
export type StepTracing =
  | { readonly traced: true; readonly record: TraceRecord; readonly noNewPrivs: boolean }
  /** Not permitted here. */
  | { readonly traced: false; readonly refusal: LannerError }
  /** There was nothing to trace: the command did not start. */
  | { readonly traced: false; readonly notStarted: true }
  /** The tracer failed on the way, and the step was ended. */
  | { readonly traced: false; readonly failure: LannerError }

const END_OF_START: Readonly<Record<string, Pick<StepEnd, 'exitCode' | 'error'>>> = {
  ERR_TRACE_NOT_FOUND: { exitCode: 127, error: 'not_found' },
  ERR_TRACE_NOT_EXECUTABLE: { exitCode: 126, error: 'not_executable' },
}

/** The code of every refusal by the system to let us trace. */
export const NOT_PERMITTED = 'ERR_TRACE_NOT_PERMITTED'

/** Traces one step. */
export class StepTracer {
  readonly #native: Native
  readonly #options: TracerOptions
  #tracing: Promise<StepTracing> = Promise.resolve({ traced: false, notStarted: true })
  #stopLingering: () => void = () => undefined

  constructor(native: Native, options: TracerOptions) {
    this.#native = native
    this.#options = options
  }

  /** Pipes for its outputs; the addon can make them, where Node has to ask another program. */
  readonly openPipes = async (): Promise<readonly [OutputPipe, OutputPipe]> => {
    return [this.#native.openPipe(), this.#native.openPipe()]
  }

  /** Starts the step, traced. Throws `ERR_TRACE_*`, with nothing run. */
  readonly start: StartChild = async (command, args, options) => {
    let trace: StepTrace
    let start: TraceStart
    try {
      trace = this.#trace([command, ...args], options)
      start = await trace.started()
    } catch (thrown) {
      return this.#notStarted(toLannerError(thrown), command, args, options)
    }
    this.#tracing = recordOf(trace, start.noNewPrivs)
    this.#stopLingering = () => trace.stopLingering()
    return runningChild(trace, options.output)
  }

  /** Waits until all is recorded; the step itself has ended by then. A signal to stop cuts the lingering short. Never rejects. */
  async finish(): Promise<StepTracing> {
    const nothing = { isRunning: () => false, kill: () => undefined }
    const forwarding = forwardSignals({ ...nothing, afterExit: this.#stopLingering }, false)
    try {
      return await this.#tracing
    } finally {
      forwarding.stop()
    }
  }

  /** Throws at once where there is no tracer at all. */
  #trace(argv: string[], options: ChildOptions): StepTrace {
    const env = Object.entries(options.env)
    const settings: TraceSettings = {
      argv,
      env: env.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
      directory: options.cwd,
      stdio: this.#streams(options),
      lingerMs: this.#options.lingerMs,
      secrets: [...(this.#options.secrets ?? [])],
      ...(this.#options.events === undefined ? {} : { events: this.#options.events }),
    }
    return this.#native.startTrace(settings, this.#options.triage)
  }

  #streams({ output }: ChildOptions): number[] {
    if (output === 'inherit') return [...(this.#options.inherited ?? [0, 1, 2])]
    if (output === 'socket') throw new TypeError('a traced step needs pipes')
    return [0, output[0].writeEnd, output[1].writeEnd]
  }

  #notStarted(
    failure: LannerError,
    command: string,
    args: readonly string[],
    options: ChildOptions,
  ): ReturnType<StartChild> {
    const { otherwise } = this.#options
    if (failure.code === NOT_PERMITTED && otherwise !== undefined) {
      this.#tracing = Promise.resolve({ traced: false, refusal: failure })
      return otherwise(failure, command, args, options)
    }
    closeAll(options.output, ['readEnd', 'writeEnd'])
    const end = END_OF_START[failure.code]
    if (end === undefined) throw failure
    const ended = Promise.resolve({ ...end, errorText: failure.message })
    return { outputs: [], end: ended, isRunning: () => false, kill: () => undefined }
  }
}

function recordOf(trace: StepTrace, noNewPrivs: boolean): Promise<StepTracing> {
  return trace.finished().then(
    record => ({ traced: true, record, noNewPrivs }),
    thrown => ({ traced: false, failure: toLannerError(thrown) }),
  )
}

function runningChild(trace: StepTrace, output: ChildOptions['output']): StepChild {
  const pipes = typeof output === 'string' ? [] : output
  const readers = pipes.map(pipe => new Socket({ fd: pipe.readEnd, readable: true, writable: false }))
  // Our copies of the write ends would keep the pipes from ever ending.
  closeAll(output, ['writeEnd'])
  let running = true
  const end = trace
    .ended()
    // A tracer that fails takes the step with it (ptrace(2), PTRACE_O_EXITKILL).
    .then(stepEnd, () => stepEnd({ signal: constants.signals.SIGKILL }))
    .finally(() => {
      running = false
    })
  return {
    outputs: readers,
    end,
    isRunning: () => running,
    kill: signal => trace.kill(constants.signals[signal]),
  }
}

function stepEnd({ code, signal }: TraceEnd): StepEnd {
  if (signal === undefined) return { exitCode: code ?? 0 }
  return { exitCode: 128 + signal, signal: signalName(signal) }
}

/** As Node names them; it has no names for real-time signals. */
export function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`
}

function closeAll(output: ChildOptions['output'], ends: readonly (keyof OutputPipe)[]): void {
  if (typeof output === 'string') return
  for (const pipe of output) for (const end of ends) closeSync(pipe[end])
}
