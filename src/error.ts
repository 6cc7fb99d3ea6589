// The one error type a person sees: a stable code, the text, the facts, and a hint kept apart from the text.
// It decides nothing about printing; `terminal/failure.ts` renders it once. Thrown by every folder below `commands/`.

/** How a failure ends the process. 1 verification or policy said no, 2 wrong usage, 3 the environment can't, 70 a bug. */
export type FailureExit = 1 | 2 | 3 | 70

/** What can be known about a failure besides its text. */
export interface FailureDetails {
  /** Exit code of the process; 3 unless said otherwise. */
  readonly exit?: FailureExit
  /** What the person can do about it: one sentence, without full stop. */
  readonly hint?: string
  /** Machine-readable facts (`file`, `line`, `expected` …), printed by `--json`. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>
  readonly cause?: unknown
}

/** An expected failure. `code` is stable (`ERR_<AREA>_<FAULT>`); `message` is lower case without full stop. */
export class LannerError extends Error {
  override readonly name = 'LannerError'
  readonly code: string
  readonly exit: FailureExit
  readonly hint: string | undefined
  readonly facts: Readonly<Record<string, string | number | boolean>>

  constructor(code: string, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.exit = details.exit ?? 3
    this.hint = details.hint
    this.facts = details.facts ?? {}
  }
}

/** What a thrown value says, whatever it is. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** A usage fault: the words on the command line are off. Exit 2. */
export function usageError(code: string, message: string, hint?: string): LannerError {
  return new LannerError(code, message, hint === undefined ? { exit: 2 } : { exit: 2, hint })
}
