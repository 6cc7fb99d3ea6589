// Judges `artifactsFrom`: that what a step took in is what the named step had or made, path by path.
// Trusts only lists that gave their signed root. Used by the walk, after the collections themselves have passed.
import type { Evidence } from './evidence.ts'
import type { Leaf, LeafSet } from './leaf-set.ts'

/** Holds, or why not. */
export type LinkAnswer = { readonly ok: true } | { readonly ok: false; readonly why: string }

/** Whether the materials of `taker` agree with what `giver` lists. */
export function linkHolds(taker: Evidence, giver: Evidence): LinkAnswer {
  const taken = listed(taker, 'material')
  if (taken === undefined)
    return { ok: false, why: `${taker.reference} does not say which files the step took in` }
  const given = givenFiles(giver)
  if (given === undefined)
    return { ok: false, why: `${giver.reference} has a tree without the list of its files` }
  if (taken.length === 0) return { ok: true }
  let shared = 0
  for (const { path, digest } of taken) {
    const before = given.get(path)
    if (before === undefined) continue
    if (before !== digest) {
      return { ok: false, why: `\`${path}\` is ${digest.slice(0, 12)}… but was ${before.slice(0, 12)}…` }
    }
    shared += 1
  }
  return shared > 0 ? { ok: true } : { ok: false, why: 'they have no file in common' }
}

/** Materials, overlaid by products: the state the giving step left behind, as far as it is listed. */
function givenFiles(giver: Evidence): Map<string, string> | undefined {
  const materials = listed(giver, 'material', 'optional')
  const products = listed(giver, 'product', 'optional')
  if (materials === undefined || products === undefined) return undefined
  return new Map([...materials, ...products].map(({ path, digest }) => [path, digest]))
}

function listed(evidence: Evidence, kind: LeafSet['kind'], absent?: 'optional'): readonly Leaf[] | undefined {
  const sets = (evidence.collection?.entries ?? []).flatMap(({ leaves }) =>
    leaves?.kind === kind ? [leaves] : [],
  )
  if (sets.length === 0) return absent === 'optional' ? [] : undefined
  const all: Leaf[] = []
  for (const { leaves, fault } of sets) {
    if (leaves === undefined || fault !== undefined) return undefined
    for (const leaf of leaves) all.push(leaf)
  }
  return all
}
