// Runs the step of a plan: as it is, or under the tracer, or as it is after all where tracing is not permitted and need not be.
// Records nothing itself. Used by the workflow alone.
import type { Native } from '../native/native.ts'
import { EventSpool } from './event-spool.ts'
import { secretValues } from './redaction.ts'
import { runStep, type StepResult } from './step.ts'
import { startChild } from './step-child.ts'
import type { StepDetection } from './step-detection.ts'
import { StepTracer, type StepTracing, type TracerOptions } from './step-tracer.ts'
import type { RunPlan, TracingPlan } from './workflow.ts'

/** A step that was run. */
export interface RanStep {
  readonly step: StepResult
  readonly startTime: Date
  /** Absent when tracing was not asked for. */
  readonly tracing?: StepTracing
  /** Absent when no events were asked for, or none could be had. */
  readonly events?: EventSpool
}

/**
 * Runs the step. `beforeUntraced` is called when it is about to run untraced although tracing was asked for. Throws
 * `ERR_TRACE_*` when it cannot be traced and has to be; nothing has run then.
 */
export async function runPlannedStep(
  plan: RunPlan,
  native: Native,
  beforeUntraced: () => Promise<void>,
  detection?: StepDetection,
): Promise<RanStep> {
  const startTime = new Date()
  if (plan.tracing === undefined) return { step: await runStep(plan.step), startTime }
  const { lingerMs, events: file } = plan.tracing
  const events = file === undefined ? undefined : await EventSpool.open(plan.spoolDirectory, file)
  try {
    const tracer = new StepTracer(native, {
      lingerMs,
      secrets: secretValues(plan.step.env),
      ...eventsTo(native, events, detection),
      ...(mayRunUntraced(plan, plan.tracing)
        ? {
            otherwise: async (_, ...start) => {
              await beforeUntraced()
              return startChild(...start)
            },
          }
        : {}),
    })
    const step = await runStep({ ...plan.step, start: tracer.start, openPipes: tracer.openPipes })
    const tracing = await tracer.finish()
    await detection?.heard()
    if (events !== undefined && tracing.traced) {
      events.conclude(tracing.record)
      return { step, startTime, tracing, events }
    }
    await events?.close()
    return { step, startTime, tracing }
  } catch (thrown) {
    await detection?.heard()
    await events?.close()
    throw thrown
  }
}

/** What demands a trace cannot do without it. */
function mayRunUntraced(plan: RunPlan, tracing: TracingPlan): boolean {
  return tracing.requested === 'auto' && !tracing.requireZeroGaps && !plan.capture.required
}

/** Where the tracer writes events: to the file itself, or to the rules, which pass them on. */
function eventsTo(
  native: Native,
  events: EventSpool | undefined,
  detection: StepDetection | undefined,
): Pick<TracerOptions, 'events' | 'triage'> {
  if (detection !== undefined) return detection.listen(native, events)
  return events === undefined ? {} : { events: events.descriptor }
}
