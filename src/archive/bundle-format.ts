// The bundle: a gzipped tar with `bundle.json`, which lists the envelopes, and `attestations.jsonl`, one envelope a line.
// Unsigned: only the envelopes inside carry weight. Shared by reader and writer.
import * as z from 'zod/mini'
import { LannerError } from '../error.ts'

export const BUNDLE_TYPE = 'https://aflock.ai/bundle/v0.1'
export const MANIFEST = 'bundle.json'
export const ENVELOPES = 'attestations.jsonl'

/** Limits of the format, unpacked; a bundle beyond them can't be read by anyone. */
export const MAX_BUNDLE: number = 512 << 20
export const MAX_ENVELOPES = 100_000
export const MAX_LINE: number = 32 << 20
/** 100,000 entries with a handful of signers each fit. */
export const MAX_MANIFEST: number = 64 << 20

const entry = z.looseObject({
  sha256: z.string(),
  payloadType: z.nullish(z.string()),
  signerKeyIDs: z.nullish(z.array(z.string())),
})

/** `bundle.json` as others write it. */
export const manifestSchema = z.looseObject({
  schemaVersion: z.literal(BUNDLE_TYPE),
  createdAt: z.nullish(z.string()),
  source: z.nullish(z.string()),
  sourceURL: z.nullish(z.string()),
  subjects: z.nullish(z.array(z.string())),
  count: z.nullish(z.int().check(z.nonnegative())),
  envelopes: z.nullish(z.array(entry)),
})

/** A manifest that was read. */
export type BundleManifest = z.output<typeof manifestSchema>

/** What is wrong with `bundle`. */
export function bundleFault(bundle: string, why: string, cause?: unknown): LannerError {
  const details = { exit: 1, facts: { file: bundle } } as const
  return new LannerError(
    'ERR_BUNDLE',
    `bundle \`${bundle}\` ${why}`,
    cause === undefined ? details : { ...details, cause },
  )
}
