// What verification is asked about: digests of artifacts, and the tree roots they are leaves of.
// Reads files to digest them and judges nothing. Used by the walk, which looks for collections that speak of them.
import type { Evidence, NamedDigest } from './evidence.ts'

/** One thing asked about. */
export interface Seed {
  readonly kind: 'artifact' | 'directory' | 'digest'
  /** As it was named. */
  readonly name: string
  /** Lower-case hex, or the text of `-s` as it was typed. */
  readonly digest: string
}

/** Digests a subject can be found by. Values are compared as they are, without the algorithm's name. */
export function matchableDigests(digest: Readonly<Record<string, string>>): string[] {
  return Object.entries(digest)
    .filter(([algorithm, value]) =>
      algorithm === 'sha256'
        ? /^[0-9a-fA-F]{64}$/.test(value)
        : algorithm === 'gitoid:sha256' || algorithm === 'dirHash',
    )
    .map(([, value]) => value)
}

/** Whether any of `subjects` has one of the digests; gives the first that has. */
export function findSubject(
  subjects: readonly NamedDigest[],
  digests: { has(digest: string): boolean },
): NamedDigest | undefined {
  return subjects.find(({ digest }) => matchableDigests(digest).some(value => digests.has(value)))
}

/**
 * The digests to look for: those asked about, and the root of every tree that has one of them as a leaf. The root commits to its
 * leaves, so an envelope need not be trusted for this: only a signed statement with that very root can be found by it.
 */
export function searchDigests(seeds: readonly Seed[], evidence: readonly Evidence[]): Set<string> {
  const digests = new Set(seeds.map(({ digest }) => digest))
  const roots = new Set<string>()
  for (const { collection } of evidence) {
    for (const { leaves } of collection?.entries ?? []) {
      if (leaves?.root === undefined || leaves.fault !== undefined) continue
      const { leaves: table, root } = leaves
      if (table !== undefined && seeds.some(({ digest }) => table.has(digest))) roots.add(root)
    }
  }
  for (const root of roots) digests.add(root)
  return digests
}
