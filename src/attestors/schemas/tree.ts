// Shapes of the material and product predicates as zod schemas.
// The one list of their fields. Used by `tree.ts` and by `attestors schema`.
import * as z from 'zod'

const hex256 = z.string().regex(/^[0-9a-f]{64}$/)
const incomplete = z.array(z.object({ path: z.string(), reason: z.string() }))

/** Files that could not be digested, with the reason of each. */
export type IncompleteFile = z.infer<typeof incomplete>[number]

/** Reads the addon's list. */
export function incompleteFiles(json: Buffer): IncompleteFile[] {
  return incomplete.parse(JSON.parse(json.toString('utf8')))
}

const leaf = z.object({
  path: z.string().describe('Relative to the working directory, with `/`'),
  fileDigest: hex256.describe('SHA-256 of the file'),
  leafHash: hex256.describe('SHA-256 of the raw file digest'),
})

const tree = z.object({
  merkleRoot: hex256,
  treeSize: z.int().nonnegative().describe('Number of distinct contents'),
  hashAlgorithm: z.literal('sha256'),
  construction: z.literal('RFC6962'),
  capture: z.literal('trace').optional().describe('From what the tracer saw, instead of a walk'),
  incomplete: incomplete.optional().describe('Files that could not be digested'),
})

/** `https://aflock.ai/attestations/material/v0.3`. */
export const materialSchema = tree.extend({ leaves: z.array(leaf) })

/** `https://aflock.ai/attestations/product/v0.3`. */
export const productSchema = tree.extend({
  leaves: z
    .array(leaf.extend({ kind: z.string().optional().describe('Kind of document, by suffix') }))
    .optional(),
})
