// Turns the typed flags about tracing into what they mean: whether and how the step is traced, where its files are looked for.
// Starts nothing; whether this machine lets anyone trace is found out when the step starts. Used by `run-plan.ts`.
import type { AttestorMessages } from '../attestors/attestor.ts'
import type { RunPlan } from '../attestors/workflow.ts'
import { usageError } from '../error.ts'
import { parseList, parseSwitch } from './flag-values.ts'
import type { StepCommand } from './run-options.ts'

const DEFAULT_LINGER = 1

/** A day: longer waits are mistakes, and larger numbers overflow timers. */
const LONGEST_LINGER = 86_400

/** The flags read here. */
export type TracingFlags = Pick<
  StepCommand,
  | 'trace'
  | 'captureMode'
  | 'traceLinger'
  | 'includeOutside'
  | 'requireZeroGaps'
  | 'requireZeroDrops'
  | 'events'
  | 'hardening'
  | 'diagnose'
  | 'prewalkSkip'
  | 'prewalkInclude'
  | 'cacheAllow'
  | 'cacheNoDefaults'
  | 'cacheNoProbe'
>

/** How the step is traced and where files are looked for. Throws usage errors that name the flag. */
export function planTracing(
  flags: TracingFlags,
  messages: AttestorMessages,
): Pick<RunPlan, 'tracing' | 'capture'> {
  acceptCompatibilityFlags(flags, messages)
  const requested = requestedTracing(flags.trace)
  const mode = captureMode(flags.captureMode)
  const traces = requested !== 'off'
  if (mode === 'trace' && !traces) throw needsTrace('--capture-mode trace')
  const byTrace = mode === 'trace' || (mode === 'auto' && traces)
  const outside = parseSwitch('--include-outside', flags.includeOutside)
  if (outside && !byTrace) {
    throw usageError(
      'ERR_USAGE_TRACE',
      '`--include-outside` needs files to come from the trace',
      'pass `--trace` without `--capture-mode walk`',
    )
  }
  const capture = { by: byTrace ? 'trace' : 'walk', outside, required: mode === 'trace' } as const
  const zeroGaps = parseSwitch('--require-zero-gaps', flags.requireZeroGaps)
  const requireZeroGaps = parseSwitch('--require-zero-drops', flags.requireZeroDrops) || zeroGaps
  if (requested === 'off') {
    if (requireZeroGaps) throw needsTrace('--require-zero-gaps')
    if (flags.events !== undefined) throw needsTrace('--events')
    if (flags.traceLinger !== undefined) throw needsTrace('--trace-linger')
    return { tracing: undefined, capture }
  }
  const lingerMs = linger('--trace-linger', flags.traceLinger)
  return { tracing: { requested, lingerMs, requireZeroGaps, events: flags.events }, capture }
}

function requestedTracing(typed: string | boolean | undefined): 'off' | 'on' | 'auto' {
  if (typed === 'auto') return 'auto'
  try {
    return parseSwitch('--trace', typed) ? 'on' : 'off'
  } catch {
    throw usageError('ERR_USAGE_FLAG_VALUE', `\`--trace\` is \`${typed}\`, expected true, false or auto`)
  }
}

/** cilock writes the backend after a colon; ours is ptrace. */
function captureMode(typed: string | undefined): 'auto' | 'walk' | 'trace' {
  const [mode = '', backend, ...more] = (typed ?? 'auto').split(':')
  const fault = (reason: string): Error =>
    usageError('ERR_USAGE_UNSUPPORTED', `\`--capture-mode ${typed}\` is not supported: ${reason}`)
  if (mode === 'ima') throw fault('the kernel’s measurement log is not read; trace sees what the step opens')
  if (mode !== 'auto' && mode !== 'walk' && mode !== 'trace') throw fault('expected auto, walk or trace')
  if (backend === 'ebpf') throw fault('the tracer is ptrace with a seccomp filter, which needs no privileges')
  const known = backend === undefined || (mode !== 'walk' && (backend === 'ptrace' || backend === 'auto'))
  if (!known || more.length > 0) throw fault('after the colon comes ptrace or auto, and only for a trace')
  return mode
}

/** Seconds, with or without decimals, for `--trace-linger` of any command. */
export function linger(flag: string, typed: string | undefined): number {
  if (typed === undefined) return DEFAULT_LINGER * 1000
  const seconds = Number(typed)
  if (/^\d+(\.\d+)?$/.test(typed) && seconds <= LONGEST_LINGER) return Math.round(seconds * 1000)
  throw usageError(
    'ERR_USAGE_FLAG_VALUE',
    `\`${flag}\` is \`${typed}\`, expected seconds, at most ${LONGEST_LINGER}`,
  )
}

function needsTrace(flag: string): Error {
  return usageError('ERR_USAGE_TRACE', `\`${flag}\` needs \`--trace\``, 'the step is not traced without it')
}

/** What cilock's tracer has and ours doesn't need: what changes nothing is accepted aloud, what would be believed is refused. */
function acceptCompatibilityFlags(flags: TracingFlags, messages: AttestorMessages): void {
  if (flags.hardening !== undefined && flags.hardening !== 'off') {
    throw usageError(
      'ERR_USAGE_UNSUPPORTED',
      `\`--hardening ${flags.hardening}\` is not supported: there is no fanotify or fs-verity here`,
      'digests are always of what was opened; `--require-zero-gaps` makes anything that escaped fatal',
    )
  }
  if (parseSwitch('--diagnose', flags.diagnose)) {
    messages.warn('`--diagnose` changes nothing: gaps and totals of the trace are always recorded')
  }
  if (parseList([...(flags.prewalkSkip ?? []), ...(flags.prewalkInclude ?? [])]).length > 0) {
    messages.warn(
      '`--prewalk-*` changes nothing: whether a file was there is seen when it is opened, everywhere',
    )
  }
  parseSwitch('--cache-disable-defaults', flags.cacheNoDefaults)
  parseSwitch('--cache-disable-env-probe', flags.cacheNoProbe)
  if (parseList(flags.cacheAllow).length > 0) {
    messages.debug('`--cache-allow-pattern` asks for what happens anyway: no file is taken for a cache')
  }
}
