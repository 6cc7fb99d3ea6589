// What is signed of a window besides its alerts as a capture: its place in the chain, and when what it holds was accepted.
// The one list of its fields. Used by the sealer, by `verify --chain` and by selections.
import * as z from 'zod'

/** Predicate type of a window. */
export const WINDOW_TYPE = 'https://lanner.dev/attestations/window/v0.1'

const count = z.int().nonnegative()
const hex256 = z.string().regex(/^[0-9a-f]{64}$/)

/** Shape of a link of the chain. */
export const windowLink = z.strictObject({
  number: z.int().positive(),
  sha256: hex256.describe('SHA-256 of the envelope as a file'),
})

/** The window predicate. Times are RFC 3339 in UTC. */
export const windowSchema = z.strictObject({
  number: z.int().positive().describe('From 1, without a gap'),
  previous: windowLink.nullable().describe('The window before; null for the first'),
  opened: z.string().describe('When it began to collect'),
  sealed: z.string(),
  alerts: count,
  bytes: count.describe('Of the lines, with their ends'),
  accepted: z
    .strictObject({ from: z.string(), to: z.string() })
    .optional()
    .describe(
      'When the first and the last of the alerts were accepted, by the clock; absent when there are none',
    ),
  index: z
    .strictObject({ path: z.string(), sha256: hex256 })
    .describe(
      'For each alert its place in the queue (8 bytes, big-endian) and its UUID (16 bytes), in order',
    ),
})

/** What is signed of a window. */
export type WindowFacts = z.infer<typeof windowSchema>
/** A window by number and digest. */
export type WindowLink = z.infer<typeof windowLink>
