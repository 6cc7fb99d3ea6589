// Reads a statement as upstream witness does: one unknown attestation type or digest name refuses all of it, extra members pass.
// Written from its formats; shares nothing with the profile under test. Used by the tests of the witness profile.
import * as z from 'zod'

const digestSet = z.partialRecord(
  z.enum(['sha256', 'sha1', 'gitoid:sha256', 'gitoid:sha1', 'dirHash']),
  z.string(),
)

const text = z.string().optional()

const BODIES: Readonly<Record<string, z.ZodType>> = {
  'https://witness.dev/attestations/environment/v0.1': z.looseObject({
    os: text,
    hostname: text,
    username: text,
    variables: z.record(z.string(), z.string()).optional(),
  }),
  'https://witness.dev/attestations/git/v0.1': z.looseObject({
    commithash: text,
    status: z.record(z.string(), z.looseObject({ staging: text, worktree: text })).optional(),
    commitdigest: digestSet.optional(),
    parenthashes: z.array(z.string()).optional(),
    refs: z.array(z.string()).optional(),
    remotes: z.array(z.string()).optional(),
    gitbinhash: digestSet.optional(),
  }),
  'https://witness.dev/attestations/material/v0.1': z.record(z.string(), digestSet),
  'https://witness.dev/attestations/command-run/v0.1': z.looseObject({
    cmd: z.array(z.string()).optional(),
    stdout: text,
    stderr: text,
    exitcode: z.int().optional(),
    processes: z.undefined().optional(),
  }),
  'https://witness.dev/attestations/product/v0.1': z.record(
    z.string(),
    z.looseObject({ mime_type: z.string(), digest: digestSet }),
  ),
}

const statement = z.looseObject({
  _type: z.literal('https://in-toto.io/Statement/v0.1'),
  subject: z.array(z.looseObject({ name: z.string(), digest: z.record(z.string(), z.string()) })),
  predicateType: z.literal('https://witness.testifysec.com/attestation-collection/v0.1'),
  predicate: z.looseObject({
    name: z.string(),
    attestations: z.array(
      z
        .looseObject({
          type: z.string(),
          attestation: z.unknown(),
          starttime: z.iso.datetime(),
          endtime: z.iso.datetime(),
        })
        .superRefine((entry, context) => {
          const parsed = BODIES[entry.type]?.safeParse(entry.attestation)
          if (parsed?.success !== true) {
            context.addIssue({
              code: 'custom',
              message: `${entry.type}: ${parsed?.error?.message ?? 'unknown type'}`,
            })
          }
        }),
    ),
  }),
})

/** A collection as witness has it in memory. */
export interface WitnessCollection {
  readonly step: string
  readonly types: readonly string[]
  readonly subjects: ReadonlyMap<string, Readonly<Record<string, string>>>
  readonly materials: ReadonlyMap<string, string>
  readonly products: ReadonlyMap<string, string>
}

/** Reads a statement. Throws when witness would not take it, or when a subject is named twice. */
export function readAsWitness(value: unknown): WitnessCollection {
  const read = statement.parse(value)
  const subjects = new Map(read.subject.map(({ name, digest }) => [name, digest]))
  if (subjects.size !== read.subject.length) throw new Error('a subject is named twice')
  const body = (name: string): [string, unknown][] =>
    Object.entries(
      read.predicate.attestations.find(({ type }) => type.endsWith(`/${name}/v0.1`))?.attestation ?? {},
    )
  return {
    step: read.predicate.name,
    types: read.predicate.attestations.map(({ type }) => type),
    subjects,
    materials: new Map(
      body('material').map(([path, digest]) => [path, (digest as { sha256: string }).sha256]),
    ),
    products: new Map(
      body('product').map(([path, product]) => [
        path,
        (product as { digest: { sha256: string } }).digest.sha256,
      ]),
    ),
  }
}
