// The fields of the sources, in the shape of `falco --list` in JSON. The list of its members.
// Knows no field. Used by `fields`.
import * as z from 'zod'

const field = z.object({
  name: z.string(),
  type: z.string(),
  is_list: z.boolean(),
  argument: z.object({ required: z.boolean(), type: z.array(z.enum(['INDEX', 'KEY'])) }).nullable(),
  desc: z.string(),
})

const schema = z.object({
  fieldclasses: z.array(
    z.object({
      name: z.string(),
      desc: z.string().optional(),
      event_sources: z.array(z.string()),
      fields: z.array(field),
    }),
  ),
})

/** Fields by class. */
export type FieldList = z.infer<typeof schema>
/** One field. */
export type ListedField = z.infer<typeof field>

/** Reads the addon's list. */
export function parseFieldList(json: string): FieldList {
  return schema.parse(JSON.parse(json))
}
