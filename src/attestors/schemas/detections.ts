// Shape of the detections predicate as a zod schema: what was judged, by which rules, and the alerts as a capture of Falco events.
// The one list of its fields. Used by `attestors schema detections`, by `detections.ts` and by `verify --replay`.
import * as z from 'zod'
import { loadedFile } from '../../detect/load-report.ts'
import { PRIORITIES } from '../../detect/priority.ts'
import { SOURCES } from '../../detect/source.ts'
import { ruleCounts, skippedInput } from '../../detect/statistics.ts'
import { alertsShape } from './falco.ts'

const count = z.int().nonnegative()
const hex256 = z.string().regex(/^[0-9a-f]{64}$/)

const input = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    path: z.string(),
    sha256: hex256,
    size: count,
    changed_while_read: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal('trace'),
    sha256: hex256.describe("SHA-256 of the step's events as `--events` writes them"),
    size: count,
    lost: count.describe('Events that were made but not judged').optional(),
  }),
])

const choice = z.object({
  enable: z.boolean(),
  by: z.enum(['rule', 'tag']),
  pattern: z.string(),
})

/** How the rules were applied: all that a repetition needs besides the rules and the input. */
const detectionSettings = z.object({
  source: z.enum(SOURCES),
  rule_matching: z.enum(['first', 'all']),
  priority: z.enum(PRIORITIES).describe('The least urgent priority that took part'),
  choices: z.array(choice).describe('What was switched on and off, in order'),
  falco_compat: z.boolean(),
  additions: z
    .array(z.object({ list: z.string(), items: z.array(z.string()) }))
    .describe('Items added to lists of the rules'),
  hostname: z.string().describe('As the alerts have it'),
  container: z
    .object({ name: z.string(), image: z.string().optional(), privileged: z.boolean() })
    .optional()
    .describe('The container that the step was taken to run in'),
})

const notEvaluated = z.object({ rule: z.string(), reason: z.string() })

/** The detections predicate, `https://lanner.dev/attestations/detections/v0.1`. */
export const detectionsSchema = z.object({
  engine: z.object({
    name: z.string(),
    version: z.string(),
    falco_engine_version: z.string().describe('Of the rules language that is understood'),
  }),
  rules: z.object({
    files: z.array(loadedFile),
    loaded: count.describe('Rules of the source that took part'),
    warnings: z.array(z.object({ file: z.string(), code: z.string(), message: z.string() })),
  }),
  settings: detectionSettings,
  input,
  judged: z.object({
    events: count,
    alerts: count,
    duplicates: count.describe('Events whose identity another event had before'),
    skipped: skippedInput.describe('What was no event, by reason'),
  }),
  rule_counts: ruleCounts,
  not_evaluated: z.array(notEvaluated).describe('Rules that were loaded but could not be judged, and why'),
  ...alertsShape,
})

/** What the attestor writes. */
export type Detections = z.infer<typeof detectionsSchema>
