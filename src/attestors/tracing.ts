// What command-run says about tracing: the processes, what escaped the tracer, or why the step was not traced.
// Holds no process in JavaScript; the addon appends them to the payload. Used by `command-run.ts` and the workflow.
import { Splice } from '../envelope/splice.ts'
import { LannerError } from '../error.ts'
import type { Payload } from '../native/native.ts'
import { type TraceGap, traceGaps, traceSummary } from './schemas/tracing.ts'
import type { StepTracing } from './step-tracer.ts'
import type { TreeCapture } from './tree-passes.ts'

/** The name cilock has for this way of tracing. */
const BACKEND = 'ptrace+seccomp'

const MOST_WARNINGS = 10

/** The member `tracing` of the predicate. */
export type TracingMember =
  | {
      readonly traced: true
      readonly backend: typeof BACKEND
      /** Where materials and products come from. */
      readonly capture: TreeCapture['by']
      /** Setuid programs and file capabilities had no effect in the step. */
      readonly no_new_privs?: true
      readonly gap_count: number
      readonly gaps: readonly TraceGap[]
      readonly summary: Readonly<Record<string, unknown>>
    }
  | { readonly requested: 'auto' | 'on'; readonly traced: false; readonly reason: string }

/** What a traced step has beside the members of any. */
export interface TracingMembers {
  readonly processes?: Splice<Payload>
  readonly tracing?: TracingMember
}

/** The members for how tracing went. Values in `secrets` are in no argument of any process. */
export function tracingMembers(
  tracing: StepTracing,
  capture: TreeCapture['by'],
  secrets: readonly string[],
): TracingMembers {
  if (!tracing.traced) {
    if ('refusal' in tracing) return untraced('auto', tracing.refusal.message)
    return 'failure' in tracing ? untraced('on', tracing.failure.message) : {}
  }
  const { record, noNewPrivs } = tracing
  return {
    processes: new Splice<Payload>({
      appendTo: payload => record.appendProcessesTo(payload, [...secrets]),
    }),
    tracing: {
      traced: true,
      backend: BACKEND,
      capture,
      ...(noNewPrivs ? { no_new_privs: true } : {}),
      gap_count: Number(record.gapCount),
      gaps: traceGaps(record.gapsJson()),
      summary: traceSummary(record.summaryJson()),
    },
  }
}

function untraced(requested: 'auto' | 'on', reason: string): TracingMembers {
  return { tracing: { requested, traced: false, reason } }
}

/** What the person should know: that nothing was traced, or what was missed. */
export function tracingWarnings({ tracing }: TracingMembers): string[] {
  if (tracing === undefined) return []
  if (!tracing.traced)
    return tracing.requested === 'auto' ? [`the step is not traced: ${tracing.reason}`] : []
  const shown = tracing.gaps.slice(0, MOST_WARNINGS).map(gap => `not in the trace: ${describeGap(gap)}`)
  const more = tracing.gaps.length - MOST_WARNINGS
  return more > 0 ? [...shown, `${more} more kinds of things are not in the trace`] : shown
}

/** One gap in words. */
export function describeGap({ kind, path, pid, reason, count }: TraceGap): string {
  const where = path ?? (pid === undefined ? undefined : `process ${pid}`)
  const times = count > 1 ? ` (${count} times)` : ''
  return `${where === undefined ? kind.replaceAll('_', ' ') : where}: ${reason}${times}`
}

/** Throws what makes command-run a failure although its predicate is there. */
export function assertTraced(tracing: StepTracing | undefined, requireZeroGaps: boolean): void {
  if (tracing === undefined) return
  if (!tracing.traced) {
    if ('failure' in tracing) throw tracing.failure
    return
  }
  const { gapCount } = tracing.record
  if (!requireZeroGaps || gapCount === 0n) return
  throw new LannerError('ERR_TRACE_GAPS', `${gapCount} things escaped the trace`, {
    facts: { gaps: Number(gapCount) },
    hint: 'they are listed in `tracing.gaps` of command-run; without --require-zero-gaps they are recorded only',
  })
}
