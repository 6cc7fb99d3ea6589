// What a detection counted, as the addon tells it at the end. The one list of its fields.
// Counts nothing. Used by `detect`, by the renderer of statistics and by the schema of what is signed.
import * as z from 'zod'
import { PRIORITIES, type Priority, reaches } from './priority.ts'

const count = z.int().nonnegative()

/** Input that was no event, by reason. */
export const skippedInput = z.array(
  z.object({
    reason: z.string(),
    count,
    first: z.array(z.object({ input: z.string(), offset: count })),
  }),
)

/** Alerts by rule. */
export const ruleCounts = z
  .array(z.object({ rule: z.string(), count }))
  .describe('In the order of definition')

const schema = z.object({
  events: count.describe('Events that were judged'),
  alerts: count,
  bytes: count.describe('Bytes of input, decompressed'),
  priorities: z.array(z.object({ priority: z.enum(PRIORITIES), count })),
  rules: ruleCounts,
  skipped: skippedInput,
  duplicates: count.describe('Events whose identity another event had before'),
})

/** Counts over everything a detection read. */
export type Statistics = z.infer<typeof schema>

/** Reads the addon's counts. */
export function parseStatistics(json: string): Statistics {
  return schema.parse(JSON.parse(json))
}

/** Whether any alert was as urgent as `threshold`, or more. */
export function alertsReach({ priorities }: Statistics, threshold: Priority): boolean {
  return priorities.some(({ priority, count: alerts }) => alerts > 0 && reaches(priority, threshold))
}
