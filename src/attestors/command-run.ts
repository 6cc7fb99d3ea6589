// The command-run attestor: turns how a step went into the command-run/v0.1 predicate.
// Runs nothing (`step.ts` does); what a tracer saw is put in by `tracing.ts`. Used by the workflow.
import { type Finding, finding } from './attestor.ts'
import type { RecordedOutput } from './output-recorder.ts'
import type { StepResult } from './step.ts'
import type { StepTracing } from './step-tracer.ts'
import { tracingMembers, tracingWarnings } from './tracing.ts'
import type { TreeCapture } from './tree-passes.ts'

export const COMMAND_RUN_TYPE = 'https://aflock.ai/attestations/command-run/v0.1'

/** The predicate of any step. `cmd`, `exitcode`, `stdout` and `stderr` are cilock's; the rest is ours. */
export interface CommandRunPredicate {
  readonly cmd: readonly string[]
  /** Present on success too: a policy that demands zero must be able to see it. */
  readonly exitcode: number
  /** Omitted when empty, as are all members of no value below. */
  readonly stdout?: string
  readonly stdout_digest?: { readonly sha256: string }
  readonly stdout_bytes?: number
  readonly stdout_truncated?: true
  readonly stderr?: string
  readonly stderr_digest?: { readonly sha256: string }
  readonly stderr_bytes?: number
  readonly stderr_truncated?: true
  readonly output_incomplete?: true
  readonly signal?: string
  readonly error?: 'not_found' | 'not_executable'
  readonly tty?: true
}

/** Attests a step; `capture` and `secrets` are for one that was to be traced. */
export function commandRunFinding(
  step: StepResult,
  tracing?: StepTracing,
  capture: TreeCapture['by'] = 'walk',
  secrets: readonly string[] = [],
): Finding {
  const traced = tracing === undefined ? {} : tracingMembers(tracing, capture, secrets)
  const warnings = [...warningsOf(step), ...tracingWarnings(traced)]
  return finding({ ...commandRunPredicate(step), ...traced }, { warnings })
}

/** The predicate for a step. Pure. */
export function commandRunPredicate(step: StepResult): CommandRunPredicate {
  return {
    cmd: step.cmd,
    exitcode: step.exitCode,
    ...outputMembers('stdout', step.stdout),
    ...outputMembers('stderr', step.stderr),
    ...(step.outputIncomplete ? { output_incomplete: true } : {}),
    ...(step.signal === undefined ? {} : { signal: step.signal }),
    ...(step.error === undefined ? {} : { error: step.error }),
    ...(step.tty ? { tty: true } : {}),
  }
}

function outputMembers(
  name: 'stdout' | 'stderr',
  output: RecordedOutput | undefined,
): Partial<CommandRunPredicate> {
  if (output === undefined) return {}
  return {
    ...(output.text === '' ? {} : { [name]: output.text }),
    [`${name}_digest`]: { sha256: output.sha256 },
    [`${name}_bytes`]: output.bytes,
    ...(output.truncated ? { [`${name}_truncated`]: true } : {}),
  }
}

function warningsOf(step: StepResult): string[] {
  if (!step.outputIncomplete) return []
  return ['a process the command left behind held its output open: what it printed later is not recorded']
}
