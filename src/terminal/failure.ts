// Turns whatever was thrown into what a person reads and the code the process ends with.
// The only place that renders an error. Used by `cli.ts`, and by commands that go on after a failure.
import type { LannerError } from '../error.ts'
import { toLannerError } from '../native/failure.ts'
import type { Paint } from './style.ts'

/** The text for stderr: `error: …`, then a blank line and the hint. Bugs show where they came from. `part` names what failed. */
export function renderFailure(thrown: unknown, paint: Paint, part?: string): string {
  const error = toLannerError(thrown)
  const where = part === undefined ? '' : `${part}: `
  const head = `${paint('bad', 'error')}: ${where}${error.message} ${paint('faint', `(${error.code})`)}\n`
  const hint = error.hint === undefined ? '' : `\n${paint('name', 'hint')}: ${error.hint}\n`
  const trace = error.exit === 70 && error.cause instanceof Error ? `\n${error.cause.stack ?? ''}\n` : ''
  return head + hint + trace
}

/** The same for `--json`: one object with the stable code, the facts and the exit code. */
export function failureObject(thrown: unknown): Record<string, unknown> {
  const error: LannerError = toLannerError(thrown)
  return {
    error: {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(Object.keys(error.facts).length === 0 ? {} : { facts: error.facts }),
    },
    exit: error.exit,
  }
}

/** The exit code a failure ends the process with. */
export function exitCodeOf(thrown: unknown): number {
  return toLannerError(thrown).exit
}
