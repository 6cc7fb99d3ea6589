// What the flags of `detect` mean, checked before a rule is loaded or a byte is read.
// Opens nothing. Used by `detect`.
import type { Readable } from 'node:stream'
import type { EngineOptions } from '../detect/engine-options.ts'
import type { Priority } from '../detect/priority.ts'
import { parsePriority, type Source } from '../detect/source.ts'
import { usageError } from '../error.ts'
import { parseChoice, parseSwitch } from './flag-values.ts'

/** A checked command line. */
export interface DetectPlan {
  readonly options: EngineOptions
  readonly source: Source | undefined
  /** Paths; `-` is stdin, at most once. */
  readonly inputs: readonly string[]
  readonly outfile: string | undefined
  readonly follow: boolean
  readonly failOn: Priority | undefined
  readonly quiet: boolean
}

/** As typed. */
export interface DetectFlags {
  readonly format: string | undefined
  readonly outfile: string | undefined
  readonly failOn: string | undefined
  readonly follow: string | boolean | undefined
  readonly quiet: string | boolean | undefined
  readonly inputs: readonly string[]
  engineOptions(): EngineOptions
  namedSource(): Source | undefined
}

/** Throws usage errors. Without an input it is stdin, unless a person sits there. */
export function planDetection(flags: DetectFlags, stdin: Readable): DetectPlan {
  const options = flags.engineOptions()
  const json =
    flags.format === undefined
      ? options.json
      : parseChoice('--format', flags.format, ['json', 'text']) === 'json'
  return {
    options: { ...options, json },
    source: flags.namedSource(),
    inputs: inputsOf(flags.inputs, stdin),
    outfile: flags.outfile === '-' ? undefined : flags.outfile,
    follow: parseSwitch('--follow', flags.follow),
    failOn: flags.failOn === undefined ? undefined : parsePriority('--fail-on', flags.failOn),
    quiet: parseSwitch('--quiet', flags.quiet),
  }
}

function inputsOf(typed: readonly string[], stdin: Readable): readonly string[] {
  if (typed.length === 0) {
    const person = 'isTTY' in stdin && stdin.isTTY === true
    if (person)
      throw usageError('ERR_USAGE_INPUT', 'no input is named', 'name files or directories, or `-` for stdin')
    return ['-']
  }
  if (typed.filter(input => input === '-').length > 1) {
    throw usageError('ERR_USAGE_INPUT', '`-` is named more than once: stdin can be read only once')
  }
  return typed
}
