// Runs the step of a plan: as it is, or under the tracer, or as it is after all where tracing is not permitted and need not be.
// Records nothing itself. Used by the workflow alone.
import { LannerError } from '../error.ts'
import type { Native, TraceRecord } from '../native/native.ts'
import { LineSpool } from './line-spool.ts'
import { secretValues } from './redaction.ts'
import { runStep, type StepResult } from './step.ts'
import { startChild } from './step-child.ts'
import type { StepDetection } from './step-detection.ts'
import { StepTracer, type StepTracing, type TracerOptions } from './step-tracer.ts'
import type { RunPlan, TracingPlan } from './workflow.ts'

/** Events of a step, whose file is written once the envelope is. */
export interface StepEvents {
  /** Writes the file whole or not at all, and forgets the events. Throws `ERR_OUTPUT_WRITE` or `ERR_TRACE_EVENTS`. */
  save(): Promise<void>
}

/** A step that was run. */
export interface RanStep {
  readonly step: StepResult
  readonly startTime: Date
  /** Absent when tracing was not asked for. */
  readonly tracing?: StepTracing
  /** Absent when no events were asked for, or none could be had. */
  readonly events?: StepEvents
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
  const spool = file === undefined ? undefined : await LineSpool.open(plan.spoolDirectory, 'events')
  try {
    const tracer = new StepTracer(native, {
      lingerMs,
      secrets: secretValues(plan.step.env),
      ...eventsTo(native, spool, detection),
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
    if (spool !== undefined && file !== undefined && tracing.traced) {
      return { step, startTime, tracing, events: eventsFor(file, spool, tracing.record) }
    }
    await spool?.close()
    return { step, startTime, tracing }
  } catch (thrown) {
    await detection?.heard()
    await spool?.close()
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
  spool: LineSpool | undefined,
  detection: StepDetection | undefined,
): Pick<TracerOptions, 'events' | 'triage'> {
  if (detection !== undefined) return detection.listen(native, spool)
  return spool === undefined ? {} : { events: spool.descriptor }
}

function eventsFor(file: string, spool: LineSpool, { events }: TraceRecord): StepEvents {
  const save = async (): Promise<void> => {
    try {
      if (events != null && events.lost > 0n) throw lostEvents(file, events)
      await spool.save(file)
    } finally {
      await spool.close()
    }
  }
  return { save }
}

function lostEvents(file: string, { lost, events, error }: NonNullable<TraceRecord['events']>): LannerError {
  return new LannerError('ERR_TRACE_EVENTS', `${lost} of ${events} events are lost: ${error}`, {
    facts: { file },
    hint: 'there must be room for them beside the envelope',
  })
}
