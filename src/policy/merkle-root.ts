// The Merkle tree hash of RFC 6962 §2.1 over leaves that are already hashed once.
// Keeps one node for each level, so a million leaves cost no more memory than they are. Used to check listed files.
import { hash } from 'node:crypto'

const LEAF = Buffer.of(0)
const NODE = Buffer.of(1)

/** Lower-case hex of the root over `leaves` in that order. */
export function merkleRoot(leaves: Iterable<Buffer>): string {
  /** Complete subtrees from left to right, each with the number of its leaves, a falling row of powers of two. */
  const row: { size: number; root: Buffer }[] = []
  for (const leaf of leaves) {
    row.push({ size: 1, root: sha256(LEAF, leaf) })
    while (row.length > 1 && row.at(-1)?.size === row.at(-2)?.size) mergeLast(row)
  }
  while (row.length > 1) mergeLast(row)
  return (row[0]?.root ?? hash('sha256', Buffer.alloc(0), 'buffer')).toString('hex')
}

function mergeLast(row: { size: number; root: Buffer }[]): void {
  const right = row.pop()
  const left = row.pop()
  if (right === undefined || left === undefined) return
  row.push({ size: left.size + right.size, root: sha256(NODE, left.root, right.root) })
}

function sha256(...parts: readonly Buffer[]): Buffer {
  return hash('sha256', Buffer.concat(parts), 'buffer')
}
