// What was said of rule files while loading, in the shape of Falco's `falco_load_results`, as far as we look into it.
// Judges no rule. Used by the commands about rules.
import * as z from 'zod'

const schema = z.object({
  falco_load_results: z.array(
    z.object({
      name: z.string(),
      successful: z.boolean(),
      errors: z.array(z.unknown()),
      warnings: z.array(z.unknown()),
    }),
  ),
})

/** What was said, counted. */
export interface LoadReport {
  readonly errors: number
  readonly warnings: number
}

/** Counts what the addon's report says of all files. */
export function parseLoadReport(json: string): LoadReport {
  const { falco_load_results: files } = schema.parse(JSON.parse(json))
  const count = (what: 'errors' | 'warnings'): number =>
    files.reduce((sum, file) => sum + file[what].length, 0)
  return { errors: count('errors'), warnings: count('warnings') }
}
