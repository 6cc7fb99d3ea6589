import { createHash } from 'node:crypto'
import test from 'ava'
import { parseExact } from '../../src/policy/exact-json.ts'
import { EMPTY_ROOT, type LeafSet, readLeafSet } from '../../src/policy/leaf-set.ts'
import { merkleRoot } from '../../src/policy/merkle-root.ts'

const sha256 = (...parts: (string | Buffer)[]): Buffer => {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest()
}

/** RFC 6962 §2.1 as it is written: split at the largest power of two below n. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves
  if (only === undefined) return sha256('')
  if (leaves.length === 1) return sha256(Buffer.of(0), only)
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(Buffer.of(1), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)))
}

const A = sha256('a').toString('hex')
const B = sha256('b').toString('hex')

interface Files {
  readonly root?: string
  readonly size?: number
  readonly leaves?: readonly Record<string, string>[] | null
  readonly more?: Record<string, unknown>
}

function read(type: string, { root, size, leaves, more }: Files): LeafSet | undefined {
  const body = {
    merkleRoot: root,
    treeSize: size,
    hashAlgorithm: 'sha256',
    construction: 'RFC6962',
    leaves,
    ...more,
  }
  return readLeafSet(`https://aflock.ai/attestations/${type}`, parseExact(JSON.stringify(body)), 'body')
}

const byContent = (...digests: string[]): string =>
  treeHash([...new Set(digests)].sort().map(hex => sha256(Buffer.from(hex, 'hex')))).toString('hex')
const byPath = (...leaves: [string, string][]): string =>
  treeHash(leaves.map(([path, hex]) => sha256(path, Buffer.of(0), Buffer.from(hex, 'hex')))).toString('hex')
const leaf = (path: string, fileDigest: string): Record<string, string> => ({ path, fileDigest })

test('the root equals the definition for every number of leaves', t => {
  for (let count = 0; count <= 40; count += 1) {
    const leaves = Array.from({ length: count }, (_, index) => sha256(String(index)))
    t.is(merkleRoot(leaves), treeHash(leaves).toString('hex'), String(count))
  }
})

test('two files of known contents have the published root', t => {
  t.is(byContent(A, B), 'f6cdbe88ef1b4e38233b62d5ae2d1e121b763a3f54dc6b9860c95b7fff497a5d')
  const set = read('product/v0.3', { root: byContent(A, B), size: 2, leaves: [leaf('x', A), leaf('y', B)] })
  t.is(set?.fault, undefined)
})

test('every path of an equal content counts, and the tree holds the content once', t => {
  const leaves = [leaf('x', A), leaf('copy', A), leaf('y', B)]
  const set = read('material/v0.3', { root: byContent(A, B), size: 2, leaves })
  t.is(set?.fault, undefined)
  t.is(set?.leaves?.length, 3)
})

test('the encoding by path and content is known too', t => {
  const root = byPath(['x', A], ['y', B])
  t.is(read('product/v0.3', { root, size: 2, leaves: [leaf('y', B), leaf('x', A)] })?.fault, undefined)
  t.regex(
    read('product/v0.3', { root, size: 2, leaves: [leaf('z', B), leaf('x', A)] })?.fault ?? '',
    /signed root/,
  )
})

const WRONG: Record<string, Files> = {
  'a digest that the root is not over': { root: byContent(A), size: 1, leaves: [leaf('x', B)] },
  'a file too many': { root: byContent(A), size: 1, leaves: [leaf('x', A), leaf('y', B)] },
  'a path listed twice': { root: byContent(A), size: 1, leaves: [leaf('x', A), leaf('x', A)] },
  'another tree size': { root: byContent(A), size: 2, leaves: [leaf('x', A)] },
  'another algorithm': {
    root: byContent(A),
    size: 1,
    leaves: [leaf('x', A)],
    more: { hashAlgorithm: 'sha512' },
  },
  'another construction': { root: byContent(A), size: 1, leaves: [leaf('x', A)], more: { construction: '' } },
  'a leaf hash of something else': {
    root: byContent(A),
    size: 1,
    leaves: [{ ...leaf('x', A), leafHash: B }],
  },
  'no files under the root of some': { root: byContent(A), size: 0, leaves: [] },
  'an upper-case root': { root: byContent(A).toUpperCase(), size: 1, leaves: [leaf('x', A)] },
  'a digest cut short': { root: byContent(A), size: 1, leaves: [leaf('x', A.slice(2))] },
}

for (const [what, files] of Object.entries(WRONG)) {
  test(`a tree with ${what} has a fault`, t => {
    t.not(read('product/v0.3', files)?.fault, undefined)
    t.not(read('material/v0.3', files)?.fault, undefined)
  })
}

test('no files have the empty root', t => {
  t.is(merkleRoot([]), EMPTY_ROOT)
  t.deepEqual(read('material/v0.3', { root: EMPTY_ROOT, size: 0, leaves: [] })?.leaves, [])
})

test('a list that is left out says nothing', t => {
  t.is(read('material/v0.3', { root: byContent(A), size: 1, leaves: null })?.leaves, undefined)
  t.is(read('product/v0.3', { root: byContent(A), size: 1 })?.leaves, undefined)
})

test('a list of another shape is malformed evidence', t => {
  t.throws(() => read('product/v0.3', { root: A, more: { leaves: {} } }), { code: 'ERR_EVIDENCE_SHAPE' })
  t.throws(() => read('product/v0.3', { size: 1, leaves: [] }), { code: 'ERR_EVIDENCE_SHAPE' })
})
