// The shapes of the attestations that judging relies on; what doesn't fit is malformed evidence, not evidence to the contrary.
// Unknown keys and unknown types pass: others may know them. Used when evidence is read.
import * as z from 'zod'
import { LannerError } from '../error.ts'
import { type ExactValue, LeftOut, refuseCaseVariants } from './exact-json.ts'

const text = z.string().nullish()
const count = z.int().nullish()
const counts = z.record(z.string(), z.int()).nullish()

const falco = z.looseObject({
  report_file: text,
  report_digest_set: z.record(z.string(), z.string()).nullish(),
  cluster_name: text,
  hostname: text,
  summary: z.looseObject({
    total_events: z.int(),
    priorities: counts,
    rule_hits: z.array(z.looseObject({ rule: text, count, highest_priority: text })).nullish(),
    distinct_rules: count,
    distinct_hosts: count,
    window_start: text,
    window_end: text,
  }),
  events: z.union([z.array(z.unknown()), z.instanceof(LeftOut)]).nullish(),
})

const environment = z.looseObject({
  os: text,
  hostname: text,
  username: text,
  variables: z.record(z.string(), z.string()).nullish(),
})

const commandRun = z.looseObject({
  cmd: z.array(z.string()).nullish(),
  exitcode: count,
  stdout: text,
  stderr: text,
})

const git = z.looseObject({
  commithash: text,
  author: text,
  authoremail: text,
  committername: text,
  committeremail: text,
  commitmessage: text,
  branch: text,
  status: z.record(z.string(), z.unknown()).nullish(),
  refs: z.array(z.string()).nullish(),
  remotes: z.array(z.string()).nullish(),
})

/** By the end of the canonical type. */
const SHAPES: ReadonlyMap<string, z.ZodObject> = new Map<string, z.ZodObject>([
  ['https://aflock.ai/attestations/falco/v0.1', falco],
  ['https://aflock.ai/attestations/environment/v0.1', environment],
  ['https://aflock.ai/attestations/command-run/v0.1', commandRun],
  ['https://aflock.ai/attestations/command-run/v0.2', commandRun],
  ['https://aflock.ai/attestations/git/v0.1', git],
])

/** Throws `ERR_EVIDENCE_SHAPE` when the body of a known attestation has another shape; `null` is judged by who requires it. */
export function assertShape(type: string, body: ExactValue, at: string): void {
  const shape = SHAPES.get(type)
  if (shape === undefined || body === null) return
  refuseCaseVariants(body, Object.keys(shape.shape), at)
  const parsed = shape.safeParse(body)
  if (parsed.success) return
  const [issue] = parsed.error.issues
  const path = [at, ...(issue?.path ?? [])].map(String).join('.')
  throw new LannerError('ERR_EVIDENCE_SHAPE', `${path}: ${issue?.message ?? 'malformed'}`, {
    exit: 1,
    facts: { path, type },
  })
}
