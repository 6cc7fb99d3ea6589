// The material and product attestors: a Merkle tree over what the step had and what it made or changed.
// Walks and hashes nothing; the addon does. Used by the workflow.
import { Splice } from '../envelope/splice.ts'
import type { TreeScan } from '../native/native.ts'
import { type Finding, finding } from './attestor.ts'
import { incompleteFiles } from './schemas/tree.ts'
import type { TreeCapture } from './tree-passes.ts'

/** Predicate type of the tree before the step. */
export const MATERIAL_TYPE = 'https://aflock.ai/attestations/material/v0.3'
/** Predicate type of what the step made or changed. */
export const PRODUCT_TYPE = 'https://aflock.ai/attestations/product/v0.3'

/** The finding over the tree before the step, or over what the step read of it; `leaves` is written even when empty, which says: consumed nothing. */
export function attestMaterials(scan: TreeScan, by: TreeCapture['by'] = 'walk'): Finding {
  return treeFinding('tree:materials', scan, by, true)
}

/** The finding over what the step made or changed; `leaves` is left out when empty, as cilock does. */
export function attestProducts(scan: TreeScan, by: TreeCapture['by'] = 'walk'): Finding {
  return treeFinding('tree:products', scan, by, scan.leafCount > 0)
}

function treeFinding(subject: string, scan: TreeScan, by: TreeCapture['by'], withLeaves: boolean): Finding {
  const incomplete = incompleteFiles(scan.incompleteJson())
  const subjects = new Map([[subject, { sha256: scan.root }]])
  const predicate = {
    merkleRoot: scan.root,
    treeSize: scan.treeSize,
    hashAlgorithm: 'sha256',
    construction: 'RFC6962',
    ...(withLeaves ? { leaves: new Splice(scan) } : {}),
    ...(by === 'walk' ? {} : { capture: by }),
    ...(incomplete.length === 0 ? {} : { incomplete }),
  }
  const warnings = incomplete
    .slice(0, 10)
    .map(({ path, reason }) => `${path} is not in ${subject}: ${reason}`)
  if (incomplete.length > 10) warnings.push(`${incomplete.length - 10} more files are not in ${subject}`)
  return finding(predicate, { subjects, backRefs: subjects, warnings, tree: scan })
}
