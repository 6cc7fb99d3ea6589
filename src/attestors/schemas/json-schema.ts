// Turns a predicate's zod schema into JSON Schema (draft 2020-12).
// Apart from the schemas, so that only `attestors schema` pays for the converter.
import { toJSONSchema, type ZodType } from 'zod'

/** The schema of a document as it is written, under its type URI. */
export function jsonSchema(type: string, schema: ZodType): Record<string, unknown> {
  return { $id: type, ...toJSONSchema(schema, { io: 'input' }) }
}
