// Rules, macros and lists as the addon describes them, in the shape of `falco -L`. The list of fields we look into.
// Compiles nothing. Used by `rules list` and `rules describe`.
import * as z from 'zod'

const names = z.array(z.string())

const rule = z.object({
  info: z.object({
    name: z.string(),
    source: z.string(),
    priority: z.string(),
    enabled: z.boolean(),
    description: z.string(),
    tags: names,
  }),
  details: z.object({
    condition_compiled: z.string(),
    output_compiled: z.string(),
    condition_fields: names,
    exception_names: names,
    macros: names,
    lists: names,
    events: names,
  }),
})

/** A macro or a list. */
const named = z.object({
  info: z.object({ name: z.string() }),
  details: z.object({ used: z.boolean() }),
})

const schema = z.object({
  rules: z.array(rule),
  macros: z.array(named),
  lists: z.array(named),
})

/** All that was loaded. */
export type Description = z.infer<typeof schema>
/** One rule of it. */
export type RuleDescription = z.infer<typeof rule>

/** Reads the addon's description; of one rule it holds that rule alone. */
export function parseDescription(json: string): Description {
  return schema.parse(JSON.parse(json))
}
