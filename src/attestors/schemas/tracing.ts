// Shapes of what the addon says about a trace as a whole: gaps and totals.
// The processes have their own reader, `trace-record.ts`. Used by `tracing.ts` and the schema of command-run.
import * as z from 'zod'

const gap = z.object({
  kind: z.string().describe('`digest`, `io_uring_refused` …'),
  path: z.string().optional(),
  pid: z.int().optional(),
  reason: z.string(),
  count: z.int().positive(),
})

/** Something that could not be seen or taken. */
export type TraceGap = z.infer<typeof gap>

const gaps = z.array(gap)
const summary = z.record(z.string(), z.unknown())

/** Reads the addon's list. */
export function traceGaps(json: Buffer): TraceGap[] {
  return gaps.parse(JSON.parse(json.toString('utf8')))
}

/** Reads the addon's totals. */
export function traceSummary(json: Buffer): Record<string, unknown> {
  return summary.parse(JSON.parse(json.toString('utf8')))
}

/** The member `tracing` of command-run. */
export const tracingSchema = z.union([
  z.object({
    traced: z.literal(true),
    backend: z.literal('ptrace+seccomp'),
    capture: z.enum(['walk', 'trace']).describe('Where materials and products come from'),
    no_new_privs: z
      .literal(true)
      .optional()
      .describe('Setuid programs and file capabilities had no effect in the step'),
    gap_count: z.int().nonnegative().describe('How often something escaped the tracer'),
    gaps: gaps.describe('What escaped the tracer, and why'),
    summary: summary.describe('Totals'),
  }),
  z.object({
    requested: z.enum(['auto', 'on']),
    traced: z.literal(false),
    reason: z.string().describe('Why the step was not traced'),
  }),
])
