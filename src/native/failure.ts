// Gives every thrown thing the one shape people see: errors of the addon carry `code`, `hint` and facts of their own;
// anything unforeseen is a bug (exit 70). Parses no message. Used by `terminal/` and by the stage runner.
import { type FailureExit, LannerError, messageOf } from '../error.ts'

const INTERNAL = 'ERR_INTERNAL'

/** The same failure as a `LannerError`; never throws. */
export function toLannerError(thrown: unknown): LannerError {
  if (thrown instanceof LannerError) return thrown
  const code = stringProperty(thrown, 'code')
  if (thrown instanceof Error && code !== undefined && isOurs(thrown, code)) {
    const hint = stringProperty(thrown, 'hint')
    const details = { exit: exitFor(code), cause: thrown, facts: factsOf(thrown) }
    return new LannerError(code, thrown.message, hint === undefined ? details : { ...details, hint })
  }
  if (thrown instanceof Error && code !== undefined && stringProperty(thrown, 'syscall') !== undefined) {
    return new LannerError(`ERR_SYSTEM_${code}`, thrown.message, { exit: 3, cause: thrown })
  }
  const message = messageOf(thrown)
  const hint = 'this is a bug in lanner: please report it with the command line and the lines below'
  return new LannerError(INTERNAL, `unforeseen: ${message}`, { exit: 70, cause: thrown, hint })
}

/** The addon marks its errors with the property `lanner`, so that a code of Node itself is never taken for one of ours. */
function isOurs(thrown: Error, code: string): boolean {
  return code.startsWith('ERR_') && 'lanner' in thrown && thrown.lanner === true
}

function exitFor(code: string): FailureExit {
  return code === INTERNAL ? 70 : code.startsWith('ERR_USAGE_') ? 2 : code.startsWith('ERR_PROOF_') ? 1 : 3
}

function factsOf(thrown: Error): Record<string, string | number | boolean> {
  const facts: Record<string, string | number | boolean> = {}
  for (const name of ['file', 'line', 'offset', 'expected'] as const) {
    const value: unknown = Reflect.get(thrown, name)
    if (typeof value === 'string' || typeof value === 'number') facts[name] = value
  }
  return facts
}

function stringProperty(thrown: unknown, name: string): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  const value: unknown = Reflect.get(thrown, name)
  return typeof value === 'string' ? value : undefined
}
