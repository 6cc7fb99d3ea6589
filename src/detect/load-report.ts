// What the addon tells of rule files it loaded: which they were, by digest, and what it warned of in them.
// The one list of those fields. Used by whatever applies rules, and by what is signed about them.
import * as z from 'zod'

/** A rule file as it was read. */
export const loadedFile = z.object({
  path: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().nonnegative(),
})

/** A rule file as it was read. */
export type LoadedFile = z.infer<typeof loadedFile>

/** A member of `falco_load_results`, as far as we look into it. */
const result = z.object({
  name: z.string(),
  warnings: z.array(
    z.object({
      code: z.string(),
      message: z.string(),
      context: z.object({
        locations: z.array(z.object({ item_type: z.string(), item_name: z.string() })),
      }),
    }),
  ),
})

const files = z.array(loadedFile)
const report = z.object({ falco_load_results: z.array(result) })

/** What was warned of while loading. */
export interface LoadWarning {
  readonly file: string
  /** Falco's, as `LOAD_UNKNOWN_FILTER`. */
  readonly code: string
  readonly message: string
  /** The rule it is about, if it is about one. */
  readonly rule: string | undefined
}

/** Reads the addon's list of files, in loading order. */
export function parseLoadedFiles(json: string): LoadedFile[] {
  return files.parse(JSON.parse(json))
}

/** The warnings in the addon's report of all files. */
export function loadWarnings(json: string): LoadWarning[] {
  return report.parse(JSON.parse(json)).falco_load_results.flatMap(({ name, warnings }) =>
    warnings.map(({ code, message, context: { locations } }) => ({
      file: name,
      code,
      message,
      rule: locations.find(({ item_type }) => item_type === 'rule')?.item_name,
    })),
  )
}
