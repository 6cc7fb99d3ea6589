// Passes the signals that ask us to stop on to the step, so that it can end its own way and the envelope still be written.
// Ends nothing itself. Used by `step.ts` while a step runs.

/** Signals that ask a program to stop. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** One of the four signals that are passed on. */
export type StopSignal = (typeof STOP_SIGNALS)[number]

/** Signals a terminal sends to every process of its foreground group, hence to the step as well as to us. */
const TERMINAL_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGQUIT']

/** Where the signals go. */
export interface SignalTarget {
  /** Whether the process still runs. */
  readonly isRunning: () => boolean
  readonly kill: (signal: StopSignal) => void
  /** Called for a signal that comes when there is nothing left to pass it to. */
  readonly afterExit: () => void
}

/** A process that is about to start: signals that come before it is there are passed on as soon as it is. */
export class StartingTarget implements SignalTarget {
  readonly afterExit: () => void
  readonly #early: StopSignal[] = []
  #process: Pick<SignalTarget, 'isRunning' | 'kill'> | undefined

  constructor(afterExit: () => void = () => undefined) {
    this.afterExit = afterExit
  }

  readonly isRunning = (): boolean => this.#process?.isRunning() ?? true

  readonly kill = (signal: StopSignal): void => {
    if (this.#process === undefined) this.#early.push(signal)
    else this.#process.kill(signal)
  }

  /** The process has started. */
  started(process: Pick<SignalTarget, 'isRunning' | 'kill'>): void {
    this.#process = process
    for (const signal of this.#early.splice(0)) process.kill(signal)
  }
}

/** An ongoing forwarding. */
export interface SignalForwarding {
  /** What came so far, in order. */
  readonly received: readonly StopSignal[]
  /** Removes our handlers. */
  readonly stop: () => void
}

/**
 * Starts to pass signals on. The step shares our process group, as it must to read the terminal; so with `fromTerminal`
 * an interrupt typed there has reached it already, and a second one would make many programs give up their clean-up.
 */
export function forwardSignals(target: SignalTarget, fromTerminal: boolean): SignalForwarding {
  const received: StopSignal[] = []
  const handlers = STOP_SIGNALS.map(signal => {
    const handler = (): void => {
      received.push(signal)
      if (!target.isRunning()) target.afterExit()
      else if (!fromTerminal || !TERMINAL_SIGNALS.includes(signal)) target.kill(signal)
    }
    process.on(signal, handler)
    return { signal, handler }
  })
  const stop = (): void => {
    for (const { signal, handler } of handlers) process.off(signal, handler)
  }
  return { received, stop }
}

/**
 * Keeps the signals that ask us to stop from ending the process until it has nothing left to do: once a step has run, its
 * envelope gets written. `forwardSignals` still hands them to a running step.
 */
export function holdSignals(): void {
  for (const signal of STOP_SIGNALS) process.on(signal, () => undefined)
}
