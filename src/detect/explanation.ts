// How a rule judged an event, as the addon explains it: the condition as a tree, each part with its outcome and the values seen.
// Judges nothing. Used by `rules explain`.
import * as z from 'zod'

/** A part of a condition. */
export interface ExplainedPart {
  readonly kind: 'and' | 'or' | 'not' | 'check'
  /** The part as it is written when compiled. */
  readonly text: string
  readonly holds: boolean
  /** Whether the outcome of the whole depends on this part. */
  readonly decides: boolean
  /** Of a check: each field it reads, with its values; `null` where the event lacks it. */
  readonly values?:
    | readonly { readonly field: string; readonly values: readonly string[] | null }[]
    | undefined
  readonly parts?: readonly ExplainedPart[] | undefined
}

/** Shape of a part. */
export const explainedPart: z.ZodType<ExplainedPart> = z.lazy(() =>
  z.object({
    kind: z.enum(['and', 'or', 'not', 'check']),
    text: z.string(),
    holds: z.boolean(),
    decides: z.boolean(),
    values: z.array(z.object({ field: z.string(), values: z.array(z.string()).nullable() })).optional(),
    parts: z.array(explainedPart).optional(),
  }),
)

const schema = z.object({
  rule: z.string(),
  source: z.string(),
  matches: z.boolean(),
  shadowed_by: z.string().nullable().describe('With `first`, the rule before it that takes the event'),
  alert: z.string().nullable().describe('What it gives, rendered'),
  condition: explainedPart,
})

/** How one rule judged one event. */
export type Explanation = z.infer<typeof schema>

/** Reads the addon's explanation. */
export function parseExplanation(json: string): Explanation {
  return schema.parse(JSON.parse(json))
}
