// What is signed of alerts that somebody chose: each with its way to the root of the window that holds it, and those windows.
// The one list of its fields. Used by whoever makes selections and whoever checks them.
import * as z from 'zod'
import { proofSchema } from '../../envelope/event-proof.ts'

/** Predicate type of a selection. */
export const SELECTION_TYPE = 'https://lanner.dev/attestations/selection/v0.1'

/** The selection predicate. */
export const selectionSchema = z.strictObject({
  selected: z.string().describe('When, RFC 3339'),
  windows: z
    .array(
      z.strictObject({
        number: z.int().positive(),
        sha256: z.string().describe('SHA-256 of the envelope as a file'),
        envelope: z.unknown().describe('The envelope'),
      }),
    )
    .describe('By number'),
  alerts: z
    .array(
      z.strictObject({
        id: z.uuid(),
        window: z.int().positive(),
        proof: proofSchema.omit({ envelope: true }),
      }),
    )
    .describe('In the order asked for'),
  absent: z.array(z.string()).describe('Ids asked for that no sealed window holds'),
  pruned: z
    .int()
    .positive()
    .optional()
    .describe('Windows up to this one had been pruned by retention; what is absent may have been in them'),
})

/** What is signed of a selection. */
export type Selection = z.infer<typeof selectionSchema>
