// The files a material or product attestation lists, and whether its Merkle root is over exactly those.
// Both leaf encodings are known: by content alone, and the older one by path and content. Used for links and inclusion.
import { hash } from 'node:crypto'
import { LannerError } from '../error.ts'
import { type ExactValue, isExactObject, refuseCaseVariants } from './exact-json.ts'
import { merkleRoot } from './merkle-root.ts'

/** One listed file; the digest is lower-case hex SHA-256. */
export interface Leaf {
  readonly path: string
  readonly digest: string
}

/** What an attestation says about files. */
export interface LeafSet {
  readonly kind: 'material' | 'product'
  /** `undefined` when the attestation doesn't say: then nothing may be concluded from it. */
  readonly leaves: readonly Leaf[] | undefined
  /** The signed root; `undefined` for the plain maps of older attestations. */
  readonly root: string | undefined
  /** Why the list doesn't belong to its root; `undefined` when it does. */
  readonly fault: string | undefined
}

/** Root of no files: SHA-256 of nothing (RFC 6962 §2.1). */
export const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** More leaves than any writer makes; a limit on what a hostile envelope can cost. */
const MAX_LEAVES = 1 << 20

interface Tree {
  readonly root: string
  readonly treeSize: unknown
  readonly hashAlgorithm: unknown
  readonly construction: unknown
}

interface RawLeaf extends Leaf {
  readonly leafHash: string | undefined
}

/** The files of a material or product attestation; `undefined` for other types. Throws `ERR_EVIDENCE_SHAPE`. */
export function readLeafSet(type: string, body: ExactValue, at: string): LeafSet | undefined {
  const found = /\/(material|product)\/v0\.([123])$/.exec(type)
  if (found === null) return undefined
  const kind = found[1] as 'material' | 'product'
  if (found[2] === '3') return readTree(kind, body, at)
  return { kind, leaves: readMap(body), root: undefined, fault: undefined }
}

function readTree(kind: LeafSet['kind'], body: ExactValue, at: string): LeafSet {
  if (body === null) return { kind, leaves: undefined, root: undefined, fault: undefined }
  refuseCaseVariants(body, ['merkleRoot', 'treeSize', 'hashAlgorithm', 'construction', 'leaves'], at)
  if (!isExactObject(body) || typeof body.merkleRoot !== 'string')
    throw malformed(`${at}.merkleRoot`, 'a string')
  const root = body.merkleRoot
  if (body.leaves === undefined || body.leaves === null) {
    // cilock leaves the key out of a product without files; a material without it says nothing.
    const none = kind === 'product' && root === EMPTY_ROOT ? [] : undefined
    return { kind, leaves: none, root, fault: undefined }
  }
  if (!Array.isArray(body.leaves)) throw malformed(`${at}.leaves`, 'an array')
  const leaves = body.leaves.map((leaf, index) => readLeaf(leaf, `${at}.leaves.${index}`))
  const { treeSize, hashAlgorithm, construction } = body
  return { kind, leaves, root, fault: treeFault({ root, treeSize, hashAlgorithm, construction }, leaves) }
}

function readLeaf(leaf: ExactValue, at: string): RawLeaf {
  refuseCaseVariants(leaf, ['path', 'fileDigest', 'leafHash'], at)
  if (!isExactObject(leaf)) throw malformed(at, 'an object')
  const { path, fileDigest, leafHash } = leaf
  if (typeof path !== 'string') throw malformed(`${at}.path`, 'a string')
  if (typeof fileDigest !== 'string') throw malformed(`${at}.fileDigest`, 'a string')
  if (leafHash != null && typeof leafHash !== 'string') throw malformed(`${at}.leafHash`, 'a string')
  return { path, digest: fileDigest.toLowerCase(), leafHash: leafHash ?? undefined }
}

/** The first thing that doesn't fit, in words that end a sentence. */
function treeFault(tree: Tree, leaves: readonly RawLeaf[]): string | undefined {
  if (tree.hashAlgorithm !== 'sha256') return 'hashAlgorithm is not sha256'
  if (tree.construction !== 'RFC6962') return 'construction is not RFC6962'
  if (leaves.length > MAX_LEAVES) return `it lists more than ${MAX_LEAVES} files`
  const paths = new Set<string>()
  for (const { path, digest } of leaves) {
    if (!/^[0-9a-f]{64}$/.test(digest)) return `the digest of \`${path}\` is no SHA-256`
    if (paths.has(path)) return `\`${path}\` is listed twice`
    paths.add(path)
  }
  const distinct = byContent(leaves)
  if (merkleRoot(distinct.map(contentHash)) === tree.root)
    return detailFault(tree, leaves, distinct.length, contentHash)
  const ordered = byPath(leaves)
  if (leaves.length > 0 && merkleRoot(ordered.map(pathHash)) === tree.root) {
    return detailFault(tree, leaves, leaves.length, pathHash)
  }
  return `its ${leaves.length} listed files don't give its signed root ${tree.root}`
}

function detailFault(
  tree: Tree,
  leaves: readonly RawLeaf[],
  size: number,
  leafHash: (leaf: Leaf) => Buffer,
): string | undefined {
  if (tree.treeSize !== size) return `treeSize doesn't say ${size}`
  const wrong = leaves.find(
    leaf => leaf.leafHash !== undefined && leaf.leafHash !== leafHash(leaf).toString('hex'),
  )
  return wrong === undefined ? undefined : `the leafHash of \`${wrong.path}\` is not that of its digest`
}

/** One leaf for each content, ordered by content. */
function byContent(leaves: readonly RawLeaf[]): RawLeaf[] {
  const first = new Map<string, RawLeaf>()
  for (const leaf of leaves) if (!first.has(leaf.digest)) first.set(leaf.digest, leaf)
  return [...first.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1))
}

function byPath(leaves: readonly RawLeaf[]): RawLeaf[] {
  const keyed = leaves.map(leaf => ({ leaf, bytes: Buffer.from(leaf.path) }))
  return keyed.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ leaf }) => leaf)
}

/** The encoding in use: the content alone. */
function contentHash({ digest }: Leaf): Buffer {
  return hash('sha256', Buffer.from(digest, 'hex'), 'buffer')
}

/** The encoding before June 2026, under the same type: path, a zero byte, content. */
function pathHash({ path, digest }: Leaf): Buffer {
  return hash(
    'sha256',
    Buffer.concat([Buffer.from(path), Buffer.of(0), Buffer.from(digest, 'hex')]),
    'buffer',
  )
}

/** `{path: {alg: hex}}` of material v0.1 and `{path: {digest: {alg: hex}}}` of product v0.1. */
function readMap(body: ExactValue): Leaf[] | undefined {
  if (!isExactObject(body)) return undefined
  const leaves: Leaf[] = []
  for (const [path, value] of Object.entries(body)) {
    const digests = isExactObject(value) && isExactObject(value.digest) ? value.digest : value
    const digest = isExactObject(digests) ? digests.sha256 : undefined
    if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) return undefined
    leaves.push({ path, digest })
  }
  return leaves
}

function malformed(path: string, expected: string): LannerError {
  return new LannerError('ERR_EVIDENCE_SHAPE', `${path}: expected ${expected}`, {
    exit: 1,
    facts: { path, expected },
  })
}
