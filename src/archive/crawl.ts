// Follows evidence through an archive: from digests to the envelopes that speak of them, on through their back-refs.
// Opens nothing itself; what can't be opened is left out, because the archive takes envelopes from anybody. Used by
// `bundle create` and `verify --enable-archivista`.
import { unlink } from 'node:fs/promises'
import { toLannerError } from '../native/failure.ts'
import type { Archivista } from './archivista.ts'
import { search, tooMany } from './search.ts'

/** How far to go. */
export interface CrawlLimits {
  /** Rounds of searching; 0 finds nothing. */
  readonly depth: number
  readonly envelopes: number
}

/** What the caller makes of an envelope that was fetched, and the digests of its back-refs. */
export interface Opened<Result> {
  readonly result: Result
  readonly backRefs: readonly string[]
}

/** An envelope as it was found. */
export interface Found<Result> {
  readonly gitoid: string
  readonly file: string
  readonly result: Result
}

/** Everything the archive has about `digests`, each envelope once, in the order of gitoids within a round. */
export async function* crawl<Result>(
  archive: Archivista,
  digests: readonly string[],
  directory: string,
  limits: CrawlLimits,
  open: (file: string, gitoid: string) => Promise<Opened<Result>>,
): AsyncGenerator<Found<Result>> {
  const asked = new Set<string>()
  const seen = new Set<string>()
  let wanted = new Set(digests)
  for (let round = 0; round < limits.depth && wanted.size > 0; round += 1) {
    for (const digest of wanted) asked.add(digest)
    const rows = await search(archive, { subjects: [...wanted] }, limits.envelopes)
    wanted = new Set()
    for (const gitoid of rows.map(row => row.gitoid).sort()) {
      if (seen.has(gitoid)) continue
      seen.add(gitoid)
      if (seen.size > limits.envelopes) throw tooMany(limits.envelopes)
      const fetched = await fetch(archive, gitoid, directory, open)
      if (fetched === undefined) continue
      const { file, opened } = fetched
      for (const digest of opened.backRefs) if (!asked.has(digest)) wanted.add(digest)
      yield { gitoid, file, result: opened.result }
    }
  }
}

/** Nothing for what is no evidence or too large to be any; a server that fails or lies is still a failure, and so is a bug. */
async function fetch<Result>(
  archive: Archivista,
  gitoid: string,
  directory: string,
  open: (file: string, gitoid: string) => Promise<Opened<Result>>,
): Promise<{ file: string; opened: Opened<Result> } | undefined> {
  let file: string | undefined
  try {
    file = await archive.download(gitoid, directory)
    return { file, opened: await open(file, gitoid) }
  } catch (thrown) {
    const { code, exit } = toLannerError(thrown)
    if (exit === 70 || (file === undefined && code !== 'ERR_ARCHIVE_TOO_LARGE')) throw thrown
    if (file !== undefined) await unlink(file)
    return undefined
  }
}
