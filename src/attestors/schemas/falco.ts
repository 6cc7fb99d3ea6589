// Shapes of the falco predicate and of the report the addon makes of a capture, as zod schemas.
// The one list of their fields. Used by `falco.ts`, `attestors schema falco` and `inspect`.
import * as z from 'zod'

const count = z.int().nonnegative()
const hex256 = z.string().regex(/^[0-9a-f]{64}$/)

const skippedReason = z.object({
  count: count.describe('Lines of this kind'),
  first: z.array(count).describe('Numbers of the first such lines, from 1'),
  lengths: z.array(count).optional().describe('Lengths in bytes of the lines in `first`; too_long only'),
})

const reasons = [
  'not_json',
  'not_utf8',
  'not_object',
  'no_rule',
  'trailing_content',
  'too_deep',
  'too_long',
] as const

const skippedLinesSchema = z.partialRecord(z.enum(reasons), skippedReason)

const ruleHit = z.object({
  rule: z.string(),
  count,
  highest_priority: z.string().describe('Original spelling of the first event with the highest priority'),
})

const priorities = [
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'informational',
  'debug',
] as const

const summarySchema = z.object({
  total_events: count,
  priorities: z.partialRecord(z.enum(priorities), count).describe('Events by priority; zeros are left out'),
  rule_hits: z.array(ruleHit).optional().describe('By count descending, then rule'),
  distinct_rules: count.optional(),
  distinct_hosts: count.optional(),
  window_start: z.string().optional().describe('Earliest event time, as the event wrote it'),
  window_end: z.string().optional().describe('Latest event time, as the event wrote it'),
  unknown_priorities: count.optional().describe('Events whose priority is none of the eight'),
  duplicate_keys: count.optional().describe('Events in which some object has a key twice'),
  without_time: count.optional().describe('Events without a valid RFC 3339 time'),
})

const eventsTree = z.object({
  root: hex256.describe('RFC 6962 root over the event lines'),
  size: count,
  hashAlgorithm: z.literal('sha256'),
  construction: z.literal('RFC6962'),
})

const reportShape = {
  summary: summarySchema,
  lines: count,
  blank_lines: count,
  skipped_lines: skippedLinesSchema,
  truncated_last_line: z.boolean().optional(),
  events_tree: eventsTree,
}

const reportSchema = z.object(reportShape)

/** What the addon's pass over a capture found. */
export type CaptureReport = z.infer<typeof reportSchema>
/** Lines that are no events, by reason. */
export type SkippedLines = z.infer<typeof skippedLinesSchema>
/** Counts over the events of a capture. */
export type FalcoSummary = z.infer<typeof summarySchema>

/** Reads the addon's report. */
export function captureReport(json: Buffer): CaptureReport {
  return reportSchema.parse(JSON.parse(json.toString('utf8')))
}

const digestSet = z.record(z.string(), z.string())

const events = z
  .array(z.looseObject({}))
  .nullish()
  .describe('The event lines, byte for byte; absent when only digested')

/** Alerts as a capture of events: what the falco predicate says of its capture. */
export const alertsShape = {
  report_digest_set: digestSet.describe('Digest of the alerts as lines'),
  ...reportShape,
  events,
}

/** The falco predicate, `https://aflock.ai/attestations/falco/v0.1`: the published names beside cilock's. */
export const falcoSchema = z.object({
  report_file: z.string().optional(),
  report_digest_set: digestSet.optional(),
  cluster_name: z.string().optional(),
  cluster: z.string().optional().describe('FALCO_CLUSTER_NAME, empty when unset'),
  source_file: z.object({ path: z.string(), sha256: hex256, size: count.optional() }).optional(),
  hostname: z.string().optional().describe('The host that attested'),
  summary: summarySchema,
  lines: count.optional(),
  blank_lines: count.optional(),
  skipped_lines: skippedLinesSchema.optional(),
  truncated_last_line: z.boolean().optional(),
  changed_while_read: z.boolean().optional(),
  unchanged_by_step: z.boolean().optional().describe('The step left the file with the bytes it had before'),
  events_tree: eventsTree.optional(),
  events,
})
