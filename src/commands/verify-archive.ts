// Evidence for `verify --enable-archivista`: whatever the archive has about the artifacts, and about what that refers to.
// Nothing of it is believed: anybody may store there, so what can't be read is left out instead of failing the rest.
import type { Archivista } from '../archive/archivista.ts'
import { crawl } from '../archive/crawl.ts'
import type { Evidence } from '../policy/evidence.ts'

/** Rounds of following back-refs, as many as the walk of a policy takes. */
const DEPTH = 3
const MAX_ENVELOPES = 10_000

/** The envelopes that speak of `digests`, opened by `open` under their gitoid. Throws `ERR_ARCHIVE_*`. */
export async function archivedEvidence(
  archive: Archivista,
  digests: readonly string[],
  spool: string,
  open: (file: string, reference: string) => Promise<Evidence>,
): Promise<Evidence[]> {
  const limits = { depth: DEPTH, envelopes: MAX_ENVELOPES }
  const found = crawl(archive, digests, spool, limits, async (file, gitoid) => {
    const result = await open(file, gitoid)
    return { result, backRefs: linkedDigests(result) }
  })
  const evidence: Evidence[] = []
  for await (const { result } of found) evidence.push(result)
  return evidence
}

/** Digest values of the back-refs of a collection. */
export function linkedDigests({ collection }: Evidence): string[] {
  return (collection?.backRefs ?? []).flatMap(({ digest }) => Object.values(digest))
}
