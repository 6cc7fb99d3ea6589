// The shapes of the attestations that judging relies on; what doesn't fit is malformed evidence, not evidence to the contrary.
// Unknown keys and unknown types pass: others may know them. Used when evidence is read.
import * as z from 'zod/mini'
import { READABLE } from '../envelope/shape.ts'
import { LannerError } from '../error.ts'
import { type ExactValue, LeftOut, refuseCaseVariants } from './exact-json.ts'

const text = z.nullish(z.string())
const count = z.nullish(z.int())
const counts = z.nullish(z.record(z.string(), z.int()))

const falco = (): z.ZodMiniObject =>
  z.looseObject({
    report_file: text,
    report_digest_set: z.nullish(z.record(z.string(), z.string())),
    cluster_name: text,
    hostname: text,
    summary: z.looseObject({
      total_events: z.int(),
      priorities: counts,
      rule_hits: z.nullish(z.array(z.looseObject({ rule: text, count, highest_priority: text }))),
      distinct_rules: count,
      distinct_hosts: count,
      window_start: text,
      window_end: text,
    }),
    events: z.nullish(z.union([z.array(z.unknown()), z.instanceof(LeftOut)])),
  })

const environment = (): z.ZodMiniObject =>
  z.looseObject({
    os: text,
    hostname: text,
    username: text,
    variables: z.nullish(z.record(z.string(), z.string())),
  })

const commandRun = (): z.ZodMiniObject =>
  z.looseObject({
    cmd: z.nullish(z.array(z.string())),
    exitcode: count,
    stdout: text,
    stderr: text,
  })

const git = (): z.ZodMiniObject =>
  z.looseObject({
    commithash: text,
    author: text,
    authoremail: text,
    committername: text,
    committeremail: text,
    commitmessage: text,
    branch: text,
    status: z.nullish(z.record(z.string(), z.unknown())),
    refs: z.nullish(z.array(z.string())),
    remotes: z.nullish(z.array(z.string())),
  })

/** By the canonical type; made when there is such an attestation. */
const SHAPES: ReadonlyMap<string, () => z.ZodMiniObject> = new Map([
  ['https://aflock.ai/attestations/falco/v0.1', falco],
  ['https://aflock.ai/attestations/environment/v0.1', environment],
  ['https://aflock.ai/attestations/command-run/v0.1', commandRun],
  ['https://aflock.ai/attestations/command-run/v0.2', commandRun],
  ['https://aflock.ai/attestations/git/v0.1', git],
])

/** Throws `ERR_EVIDENCE_SHAPE` when the body of a known attestation has another shape; `null` is judged by who requires it. */
export function assertShape(type: string, body: ExactValue, at: string): void {
  const shape = SHAPES.get(type)?.()
  if (shape === undefined || body === null) return
  refuseCaseVariants(body, Object.keys(shape.shape), at)
  const parsed = shape.safeParse(body, READABLE)
  if (parsed.success) return
  const [issue] = parsed.error.issues
  const path = [at, ...(issue?.path ?? [])].map(String).join('.')
  throw new LannerError('ERR_EVIDENCE_SHAPE', `${path}: ${issue?.message ?? 'malformed'}`, {
    exit: 1,
    facts: { path, type },
  })
}
