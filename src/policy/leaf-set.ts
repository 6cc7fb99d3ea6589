// The files a material or product attestation lists, and whether its Merkle root is over exactly those.
// Both leaf encodings are known: by content alone, and the older one by path and content. Used for links and inclusion.
import { LannerError } from '../error.ts'
import type { LeafTable } from '../native/native.ts'
import {
  type ExactObject,
  type ExactValue,
  isExactObject,
  LeftOut,
  refuseCaseVariants,
} from './exact-json.ts'
import type { LeafReader, LeafRow } from './leaf-reader.ts'

/** What an attestation says about files. */
export interface LeafSet {
  readonly kind: 'material' | 'product'
  /** `undefined` when the attestation doesn't say: then nothing may be concluded from it. */
  readonly leaves: LeafTable | undefined
  /** The signed root; `undefined` for the plain maps of older attestations. */
  readonly root: string | undefined
  /** Why the list doesn't belong to its root; `undefined` when it does. */
  readonly fault: string | undefined
}

/** Root of no files: SHA-256 of nothing (RFC 6962 §2.1). */
export const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

const TYPE = /\/(material|product)\/v0\.([123])$/

/** Whether attestations of this type have a tree whose list of files {@link readLeafSet} reads wherever it lies. */
export function hasTree(type: string): boolean {
  return TYPE.exec(type)?.[2] === '3'
}

/** The files of a material or product attestation; `undefined` for other types. Throws `ERR_EVIDENCE_SHAPE`. */
export async function readLeafSet(
  reader: LeafReader,
  type: string,
  body: ExactValue,
  at: string,
): Promise<LeafSet | undefined> {
  const found = TYPE.exec(type)
  if (found === null) return undefined
  const kind = found[1] as 'material' | 'product'
  if (hasTree(type)) return readTree(reader, kind, body, at)
  const rows = readMap(body)
  const table = rows === undefined ? undefined : await reader.tableOfRows(rows)
  // A map has no root that a list cut short would fail to give.
  return { kind, leaves: table?.isWhole === true ? table : undefined, root: undefined, fault: undefined }
}

async function readTree(
  reader: LeafReader,
  kind: LeafSet['kind'],
  body: ExactValue,
  at: string,
): Promise<LeafSet> {
  if (body === null) return { kind, leaves: undefined, root: undefined, fault: undefined }
  refuseCaseVariants(body, ['merkleRoot', 'treeSize', 'hashAlgorithm', 'construction', 'leaves'], at)
  if (!isExactObject(body) || typeof body.merkleRoot !== 'string')
    throw malformed(`${at}.merkleRoot`, 'a string')
  const root = body.merkleRoot
  if (body.leaves === undefined || body.leaves === null) {
    // cilock leaves the key out of a product without files; a material without it says nothing.
    const none = kind === 'product' && root === EMPTY_ROOT ? await reader.tableOfRows([]) : undefined
    return { kind, leaves: none, root, fault: undefined }
  }
  const leaves = await readList(reader, body, at)
  return { kind, leaves, root, fault: await treeFault(body, root, leaves) }
}

/** The list; one in the payload that is not of the plain shape is put in its place, so that everyone sees it as it was judged. */
async function readList(reader: LeafReader, body: ExactObject, at: string): Promise<LeafTable> {
  if (body.leaves instanceof LeftOut) {
    const table = await reader.tableOf(body.leaves)
    if (table !== undefined) return table
    body.leaves = reader.value(body.leaves)
  }
  if (!Array.isArray(body.leaves)) throw malformed(`${at}.leaves`, 'an array')
  return reader.tableOfRows(body.leaves.map((leaf, index) => readLeaf(leaf, `${at}.leaves.${index}`)))
}

function readLeaf(leaf: ExactValue, at: string): LeafRow {
  refuseCaseVariants(leaf, ['path', 'fileDigest', 'leafHash'], at)
  if (!isExactObject(leaf)) throw malformed(at, 'an object')
  const { path, fileDigest, leafHash } = leaf
  if (typeof path !== 'string') throw malformed(`${at}.path`, 'a string')
  if (typeof fileDigest !== 'string') throw malformed(`${at}.fileDigest`, 'a string')
  if (leafHash != null && typeof leafHash !== 'string') throw malformed(`${at}.leafHash`, 'a string')
  return { path, fileDigest, leafHash: leafHash ?? undefined }
}

/** The first thing that doesn't fit, in words that end a sentence. */
async function treeFault(tree: ExactObject, root: string, leaves: LeafTable): Promise<string | undefined> {
  if (tree.hashAlgorithm !== 'sha256') return 'hashAlgorithm is not sha256'
  if (tree.construction !== 'RFC6962') return 'construction is not RFC6962'
  const { fault, path, size, wrongLeafHash } = await leaves.matches(root)
  switch (fault) {
    case 'many':
      return `it lists ${leaves.size} files, more than any writer makes`
    case 'digest':
      return `the digest of \`${path}\` is no SHA-256`
    case 'twice':
      return `\`${path}\` is listed twice`
    case 'root':
      return `its ${leaves.size} listed files don't give its signed root ${root}`
    case undefined:
      if (size === undefined || tree.treeSize !== size) return `treeSize doesn't say ${size}`
      if (wrongLeafHash === undefined) return undefined
      return `the leafHash of \`${wrongLeafHash}\` is not that of its digest`
  }
}

/** `{path: {alg: hex}}` of material v0.1 and `{path: {digest: {alg: hex}}}` of product v0.1. */
function readMap(body: ExactValue): LeafRow[] | undefined {
  if (!isExactObject(body)) return undefined
  const leaves: LeafRow[] = []
  for (const [path, value] of Object.entries(body)) {
    const digests = isExactObject(value) && isExactObject(value.digest) ? value.digest : value
    const digest = isExactObject(digests) ? digests.sha256 : undefined
    if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) return undefined
    leaves.push({ path, fileDigest: digest })
  }
  return leaves
}

function malformed(path: string, expected: string): LannerError {
  return new LannerError('ERR_EVIDENCE_SHAPE', `${path}: expected ${expected}`, {
    exit: 1,
    facts: { path, expected },
  })
}
