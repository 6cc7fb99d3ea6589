// What a log lets rules see, as the addon found it: which rules could not be judged for want of what they read.
// Judges nothing. Used by `rules coverage`.
import * as z from 'zod'

const count = z.int().nonnegative()

const rule = z.object({
  rule: z.string(),
  matches: count.describe('Events it matches'),
  undecided: count.describe('Events about which it can say nothing, for the part it reads is not in them'),
  lacks: z.array(z.string()).describe('Parts of the event that were missing then: requestObject …'),
  absent: z.array(z.string()).describe('Fields it reads that no event has'),
  possible: z.boolean().describe('Whether it could match with the fields that some event has'),
})

const schema = z.object({
  source: z.string(),
  events: count,
  duplicates: count.describe('Events with the identity of one before'),
  levels: z.array(z.object({ name: z.string(), count })),
  rules: z.array(rule),
})

/** What a log lets rules see. */
export type Coverage = z.infer<typeof schema>
/** What one rule could make of it. */
export type RuleCoverage = z.infer<typeof rule>

/** Reads the addon's answer. */
export function parseCoverage(json: string): Coverage {
  return schema.parse(JSON.parse(json))
}
