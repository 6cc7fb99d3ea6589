// Asks Archivista's index for envelopes: by the digests they speak of, by the step of their collection, by attestation types.
// Believes no row: what is found still has to be fetched and judged. Used by `archive find`, `bundle create` and `verify`.
import * as z from 'zod/mini'
import { LannerError } from '../error.ts'
import type { Archivista } from './archivista.ts'
import { isGitoid } from './gitoid.ts'

/** What is looked for; an empty list asks for nothing. */
export interface Wanted {
  /** Digest values in hex: an envelope must have one of them among its subjects. */
  readonly subjects: readonly string[]
  readonly step?: string | undefined
  readonly types?: readonly string[] | undefined
  /** Predicate types, one of which the statement must have. */
  readonly predicates?: readonly string[] | undefined
}

/** A row of the index. */
export interface Listed {
  readonly gitoid: string
  readonly predicateType: string
  /** Step and types, for those collections that Archivista indexes: of the `witness.testifysec.com` type only. */
  readonly collection: { readonly step: string; readonly types: readonly string[] } | undefined
}

const PAGE = 100

const node = z.object({
  gitoidSha256: z.string().check(z.refine(isGitoid, 'is no gitoid')),
  statement: z.nullish(
    z.object({
      predicate: z.nullish(z.string()),
      attestationCollections: z.nullish(
        z.object({
          name: z.string(),
          attestations: z.nullish(z.array(z.object({ type: z.string() }))),
        }),
      ),
    }),
  ),
})

const page = z.object({
  dsses: z.object({
    edges: z.nullish(z.array(z.object({ node }))),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.nullish(z.string()) }),
  }),
})

/** All rows that match, at most `limit`. Throws `ERR_ARCHIVE_TOO_MANY` beyond it. */
export async function search(archive: Archivista, wanted: Wanted, limit: number): Promise<Listed[]> {
  const { query, variables } = phrase(wanted)
  const found = new Map<string, Listed>()
  for (let after: string | undefined; ; ) {
    const { dsses } = await archive.query(query, { ...variables, first: PAGE, after }, page)
    const before = found.size
    for (const { node } of dsses.edges ?? []) found.set(node.gitoidSha256, listed(node))
    if (found.size > limit) throw tooMany(limit)
    // A server that repeats itself for ever ends here too.
    if (!dsses.pageInfo.hasNextPage || found.size === before) return [...found.values()]
    after = dsses.pageInfo.endCursor ?? undefined
  }
}

export function tooMany(limit: number): LannerError {
  return new LannerError('ERR_ARCHIVE_TOO_MANY', `the archive has more than ${limit} envelopes that match`, {
    facts: { limit },
    hint: 'ask for less, or raise `--max-envelopes`',
  })
}

type Node = z.output<typeof node>

function listed({ gitoidSha256, statement }: Node): Listed {
  const rows = statement?.attestationCollections
  return {
    gitoid: gitoidSha256,
    predicateType: statement?.predicate ?? '',
    collection:
      rows === null || rows === undefined
        ? undefined
        : { step: rows.name, types: (rows.attestations ?? []).map(({ type }) => type) },
  }
}

/** One condition of the search, as GraphQL with its variable. */
interface Condition {
  readonly declared: string
  readonly text: string
  readonly value: readonly [name: string, value: unknown]
}

function phrase({ subjects, step, types, predicates }: Wanted): {
  query: string
  variables: Record<string, unknown>
} {
  const statement: Condition[] = []
  const collection: Condition[] = []
  if (predicates !== undefined) statement.push(list('predicates', 'predicateIn: $predicates', predicates))
  if (subjects.length > 0) {
    const text = 'hasSubjectsWith: {hasSubjectDigestsWith: {valueIn: $subjects}}'
    statement.push(list('subjects', text, subjects))
  }
  if (step !== undefined)
    collection.push({ declared: '$step: String!', text: 'name: $step', value: ['step', step] })
  if (types !== undefined && types.length > 0) {
    collection.push(list('types', 'hasAttestationsWith: {typeIn: $types}', types))
  }
  const rows =
    collection.length === 0
      ? []
      : [`hasAttestationCollectionsWith: {${collection.map(({ text }) => text).join(', ')}}`]
  const where = [...statement.map(({ text }) => text), ...rows].join(', ')
  const all = [...statement, ...collection]
  const declared = ['$first: Int!', '$after: Cursor', ...all.map(each => each.declared)].join(', ')
  return {
    query: `query (${declared}) {
  dsses(first: $first, after: $after, where: {hasStatementWith: {${where}}}) {
    edges { node { gitoidSha256 statement { predicate attestationCollections { name attestations { type } } } } }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: Object.fromEntries(all.map(({ value }) => value)),
  }
}

function list(name: string, text: string, value: readonly string[]): Condition {
  return { declared: `$${name}: [String!]!`, text, value: [name, value] }
}
