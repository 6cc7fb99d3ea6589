// Judges `artifactsFrom`: that what a step took in is what the named step had or made, path by path.
// Trusts only lists that gave their signed root. Used by the walk, after the collections themselves have passed.
import type { LeafTable, Native } from '../native/native.ts'
import type { Evidence } from './evidence.ts'
import type { LeafSet } from './leaf-set.ts'

/** Holds, or why not. */
export type LinkAnswer = { readonly ok: true } | { readonly ok: false; readonly why: string }

/** Whether the materials of `taker` agree with what `giver` lists. */
export async function linkHolds(native: Native, taker: Evidence, giver: Evidence): Promise<LinkAnswer> {
  const taken = listed(taker, 'material')
  if (taken === undefined || taken.length === 0)
    return { ok: false, why: `${taker.reference} does not say which files the step took in` }
  // Materials, overlaid by products: the state the giving step left behind, as far as it is listed.
  const [materials, products] = [listed(giver, 'material'), listed(giver, 'product')]
  if (materials === undefined || products === undefined)
    return { ok: false, why: `${giver.reference} has a tree without the list of its files` }
  if (taken.every(({ size }) => size === 0)) return { ok: true }
  const { shared, conflict } = await native.compareLeafTables(taken, [...materials, ...products])
  if (conflict !== undefined) {
    const { path, taken: now, given: before } = conflict
    return { ok: false, why: `\`${path}\` is ${now.slice(0, 12)}… but was ${before.slice(0, 12)}…` }
  }
  return shared > 0 ? { ok: true } : { ok: false, why: 'they have no file in common' }
}

/** The lists of that kind, none when there is no such attestation; `undefined` when one is absent or not to be believed. */
function listed(evidence: Evidence, kind: LeafSet['kind']): LeafTable[] | undefined {
  const all: LeafTable[] = []
  for (const { leaves: set } of evidence.collection?.entries ?? []) {
    if (set?.kind !== kind) continue
    if (set.leaves === undefined || set.fault !== undefined) return undefined
    all.push(set.leaves)
  }
  return all
}
