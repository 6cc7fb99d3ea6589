// Finds envelopes by step and type although Archivista indexes only collections of one old predicate type: what the index has
// no rows for is fetched and looked into. Judges no signature. Used by `archive find`.
import type { ReadEnvelope } from '../envelope/reading.ts'
import { COLLECTION_TYPE } from '../envelope/statement.ts'
import { toLannerError } from '../native/failure.ts'
import { canonicalType } from '../policy/type-aliases.ts'
import type { Archivista } from './archivista.ts'
import { type Listed, search } from './search.ts'
import { summarise } from './summary.ts'

/** What `archive find` is asked; at least one of them. */
export interface Query {
  readonly subjects: readonly string[]
  readonly step: string | undefined
  readonly types: readonly string[]
}

/** An envelope that fits. */
export interface Match {
  readonly gitoid: string
  readonly predicateType: string
  readonly step?: string
  readonly types?: readonly string[]
}

/** Every predicate type under which collections are stored. */
const COLLECTION_TYPES = [COLLECTION_TYPE, 'https://witness.testifysec.com/attestation-collection/v0.1']

/** The envelopes that fit `query`, `limit` candidates at most; `open` reads an envelope that was fetched. */
export async function findEnvelopes(
  archive: Archivista,
  query: Query,
  limit: number,
  directory: string,
  open: (file: string) => Promise<ReadEnvelope>,
): Promise<Match[]> {
  const bySubject = query.subjects.length > 0
  const byCollection = query.step !== undefined || query.types.length > 0
  const rows = await search(
    archive,
    bySubject ? { subjects: query.subjects } : { subjects: [], predicates: COLLECTION_TYPES },
    limit,
  )
  const matches: Match[] = []
  for (const row of rows) {
    const collection =
      row.collection ?? (byCollection ? await fetched(archive, row, directory, open) : undefined)
    if (byCollection && !fits(collection, query)) continue
    matches.push({ gitoid: row.gitoid, predicateType: row.predicateType, ...collection })
  }
  return matches
}

function fits(collection: Listed['collection'], { step, types }: Query): boolean {
  if (collection === undefined || (step !== undefined && collection.step !== step)) return false
  const present = new Set(collection.types.map(canonicalType))
  return types.length === 0 || types.some(type => present.has(canonicalType(type)))
}

/** The collection inside the envelope itself; nothing for what is none, for anybody may store anything. */
async function fetched(
  archive: Archivista,
  { gitoid }: Listed,
  directory: string,
  open: (file: string) => Promise<ReadEnvelope>,
): Promise<Listed['collection']> {
  const file = await archive.download(gitoid, directory)
  try {
    const { step, types } = summarise(await open(file))
    return step === undefined ? undefined : { step, types }
  } catch (thrown) {
    if (toLannerError(thrown).exit === 70) throw thrown
    return undefined
  }
}
