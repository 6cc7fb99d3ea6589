// Shape of the git/v0.1 predicate as a zod schema; members unknown here are let through.
// Describes, decides nothing. Used by `attestors schema git`.
import * as z from 'zod'

const digests = z.record(z.string(), z.string())
const objectId = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/)

const tag = z.looseObject({
  name: z.string(),
  taggername: z.string(),
  taggeremail: z.string(),
  when: z.string().describe('RFC 3339'),
  pgpsignature: z.string().describe('Signature of the tag, empty without one'),
  message: z.string(),
})

/** git/v0.1 as we write it. */
export const gitSchema = z.looseObject({
  gittool: z.string(),
  gitbinpath: z.string().optional(),
  gitbinhash: digests.optional(),
  commithash: z.union([objectId, z.literal('')]).describe('HEAD; empty before the first commit'),
  author: z.string(),
  authoremail: z.string(),
  committername: z.string(),
  committeremail: z.string(),
  commitdate: z.string().describe('Author time: 2026-01-02 03:04:05 -0500 -0500'),
  commitmessage: z.string(),
  status: z
    .record(z.string(), z.looseObject({ staging: z.string().optional(), worktree: z.string().optional() }))
    .optional()
    .describe('Paths that differ from HEAD, as `git status --porcelain` writes them'),
  commitdigest: digests.optional(),
  signature: z.string().optional().describe('Armored signature of the commit'),
  parenthashes: z.array(objectId).optional(),
  treehash: objectId.optional(),
  refs: z.array(z.string()).optional().describe('Refs that name the commit'),
  remotes: z.array(z.string()).optional().describe('URLs without user information'),
  tags: z.array(tag).optional().describe('Annotated tags of the commit'),
  branch: z.string().optional().describe('HEAD when detached'),
})
