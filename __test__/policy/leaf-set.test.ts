import { sha256 as digest } from '@noble/hashes/sha2.js'
import test, { type ExecutionContext } from 'ava'
import { openNative } from '../../src/native/native.ts'
import { type ExactValue, isExactObject, LeftOut, parseExact } from '../../src/policy/exact-json.ts'
import { LeafReader } from '../../src/policy/leaf-reader.ts'
import { EMPTY_ROOT, type LeafSet, readLeafSet } from '../../src/policy/leaf-set.ts'

const native = await openNative()

const sha256 = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.from(digest(Buffer.concat(parts.map(part => Buffer.from(part)))))

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
  /** An array, or JSON that no array could be turned into. */
  readonly leaves?: readonly Record<string, unknown>[] | string | null
  readonly more?: Record<string, unknown>
}

/** The set with its list in the statement, which the same list left in the payload must equal in everything. */
async function read(t: ExecutionContext, type: string, files: Files): Promise<LeafSet | undefined> {
  const [within, apart] = await Promise.allSettled([readWithin(type, files), readApart(type, files)])
  t.deepEqual(await outline(apart), await outline(within), 'in the payload as in the statement')
  if (within.status === 'rejected') throw within.reason
  return within.value
}

async function outline(outcome: PromiseSettledResult<LeafSet | undefined>): Promise<unknown> {
  if (outcome.status === 'rejected') return [outcome.reason.code, outcome.reason.message]
  const { kind, root, fault, leaves } = outcome.value ?? {}
  const found = [A, B].map(each => [leaves?.has(each), leaves?.pathOf(each, 'any/y')])
  return { kind, root, fault, size: leaves?.size, found }
}

const readWithin = async (type: string, files: Files): Promise<LeafSet | undefined> => {
  const reader = new LeafReader(native, new native.Payload(), new native.Work())
  return readLeafSet(reader, `https://aflock.ai/attestations/${type}`, bodyOf(files), 'body')
}

async function readApart(type: string, files: Files): Promise<LeafSet | undefined> {
  const list = Buffer.from(files.leaves == null ? '' : listOf(files.leaves))
  // Only arrays are left in the payload.
  if (list[0] !== 0x5b) return readWithin(type, files)
  const payload = new native.Payload()
  payload.pushBytes(Buffer.concat([Buffer.from('..'), list, Buffer.from('..')]))
  const body = bodyOf(files)
  if (isExactObject(body)) body.leaves = new LeftOut(2n, BigInt(list.length), 0n, 'files')
  const reader = new LeafReader(native, payload, new native.Work())
  return readLeafSet(reader, `https://aflock.ai/attestations/${type}`, body, 'body')
}

const listOf = (leaves: NonNullable<Files['leaves']>): string =>
  typeof leaves === 'string' ? leaves : JSON.stringify(leaves)

function bodyOf({ root, size, leaves, more }: Files): ExactValue {
  const rest = { merkleRoot: root, treeSize: size, hashAlgorithm: 'sha256', construction: 'RFC6962', ...more }
  const list = leaves === undefined ? '' : `,"leaves":${leaves === null ? null : listOf(leaves)}`
  return parseExact(`${JSON.stringify(rest).slice(0, -1)}${list}}`)
}

const byContent = (...digests: string[]): string =>
  treeHash([...new Set(digests)].sort().map(hex => sha256(Buffer.from(hex, 'hex')))).toString('hex')
const byPath = (...leaves: [string, string][]): string =>
  treeHash(leaves.map(([path, hex]) => sha256(path, Buffer.of(0), Buffer.from(hex, 'hex')))).toString('hex')
const leaf = (path: string, fileDigest: string): Record<string, string> => ({ path, fileDigest })

test('both encodings give the root of the definition for every number of files', async t => {
  for (let count = 0; count <= 40; count += 1) {
    const files = Array.from({ length: count }, (_, index): [string, string] => [
      `d${index % 7}/\u00e9 "${index}`,
      sha256(String(index % 23)).toString('hex'),
    ])
    const leaves = files.map(([path, hex]) => leaf(path, hex)).reverse()
    const contents = new Set(files.map(([, hex]) => hex))
    const content = { root: byContent(...contents), size: contents.size, leaves }
    t.is((await read(t, 'product/v0.3', content))?.fault, undefined, String(count))
    const ordered = files.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const path = { root: byPath(...ordered), size: count, leaves }
    t.is((await read(t, 'material/v0.3', path))?.fault, undefined, String(count))
  }
})

test('two files of known contents have the published root', async t => {
  t.is(byContent(A, B), 'f6cdbe88ef1b4e38233b62d5ae2d1e121b763a3f54dc6b9860c95b7fff497a5d')
  const set = await read(t, 'product/v0.3', {
    root: byContent(A, B),
    size: 2,
    leaves: [leaf('x', A), leaf('y', B)],
  })
  t.is(set?.fault, undefined)
})

test('every path of an equal content counts, and the tree holds the content once', async t => {
  const leaves = [leaf('x', A), leaf('copy', A), leaf('y', B)]
  const set = await read(t, 'material/v0.3', { root: byContent(A, B), size: 2, leaves })
  t.is(set?.fault, undefined)
  t.is(set?.leaves?.size, 3)
  t.deepEqual(set?.leaves?.pathOf(A, 'elsewhere/copy'), { path: 'copy', named: true })
  t.deepEqual(set?.leaves?.pathOf(A, 'none'), { path: 'x', named: false })
})

test('the encoding by path and content is known too', async t => {
  const root = byPath(['x', A], ['y', B])
  const files = { root, size: 2, leaves: [leaf('y', B), leaf('x', A)] }
  t.is((await read(t, 'product/v0.3', files))?.fault, undefined)
  t.regex(
    (await read(t, 'product/v0.3', { ...files, leaves: [leaf('z', B), leaf('x', A)] }))?.fault ?? '',
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
  test(`a tree with ${what} has a fault`, async t => {
    t.not((await read(t, 'product/v0.3', files))?.fault, undefined)
    t.not((await read(t, 'material/v0.3', files))?.fault, undefined)
  })
}

test('no files have the empty root', async t => {
  const set = await read(t, 'material/v0.3', { root: EMPTY_ROOT, size: 0, leaves: [] })
  t.is(set?.fault, undefined)
  t.is(set?.leaves?.size, 0)
})

test('a list that is left out says nothing', async t => {
  t.is((await read(t, 'material/v0.3', { root: byContent(A), size: 1, leaves: null }))?.leaves, undefined)
  t.is((await read(t, 'product/v0.3', { root: byContent(A), size: 1 }))?.leaves, undefined)
})

test('what a leaf says besides is passed over', async t => {
  for (const besides of [
    '"kind":"text/plain"',
    '"n":[1.50,{"x":null}]',
    '"\\u00e9":1',
    `"${'k'.repeat(400)}":1`,
  ]) {
    const leaves = `[{"path":"x","fileDigest":"${A}",${besides}}]`
    t.is((await read(t, 'product/v0.3', { root: byContent(A), size: 1, leaves }))?.fault, undefined, besides)
  }
})

const MALFORMED: Record<string, string> = {
  'is no list': 'ERR_EVIDENCE_SHAPE {}',
  'lists no object': 'ERR_EVIDENCE_SHAPE [1]',
  'lists a file without a path': `ERR_EVIDENCE_SHAPE [{"fileDigest":"${A}"}]`,
  'lists a file without a digest': 'ERR_EVIDENCE_SHAPE [{"path":"x"}]',
  'has a number for a path': `ERR_EVIDENCE_SHAPE [{"path":1,"fileDigest":"${A}"}]`,
  'has a number for a leaf hash': `ERR_EVIDENCE_SHAPE [{"path":"x","fileDigest":"${A}","leafHash":1}]`,
  'writes a key in other letters': `ERR_JSON_KEY_CASE [{"path":"x","fileDigest":"${A}","leafhash":"${A}"}]`,
}

for (const [what, text] of Object.entries(MALFORMED)) {
  test(`a tree that ${what} is malformed evidence`, async t => {
    const [code = '', ...json] = text.split(' ')
    const files = { root: byContent(A), size: 1, leaves: json.join(' ') }
    await t.throwsAsync(read(t, 'product/v0.3', files), { code })
    await t.throwsAsync(read(t, 'material/v0.3', files), { code })
  })
}

test('a key that comes twice in a leaf is refused wherever the list lies', async t => {
  for (const twice of [
    '"path":"y"',
    `"fileDigest":"${B}"`,
    '"k":1,"k":2',
    '"k":{"n":1,"n":1}',
    '"\\u0070ath":"y"',
  ]) {
    const leaves = `[{"path":"x","fileDigest":"${A}",${twice}}]`
    const files = { root: byContent(A), size: 1, leaves }
    await t.throwsAsync(readApart('product/v0.3', files), { code: 'ERR_JSON_DUPLICATE_KEY' }, twice)
    t.throws(() => bodyOf(files), { code: 'ERR_JSON_DUPLICATE_KEY' }, twice)
  }
})

test('a tree without a root is malformed evidence', async t => {
  await t.throwsAsync(read(t, 'product/v0.3', { size: 1, leaves: [] }), { code: 'ERR_EVIDENCE_SHAPE' })
})

test('lists that memory would not do for are refused', async t => {
  const payload = new native.Payload()
  payload.pushBytes(Buffer.from(JSON.stringify([leaf('x'.repeat(1000), A)])))
  const table = native.readLeaves(payload, 0n, payload.size, 1000, new native.Work())
  await t.throwsAsync(table, { code: 'ERR_STATEMENT_TOO_LARGE' })
  const reader = new LeafReader(native, payload, new native.Work())
  t.throws(() => reader.value(new LeftOut(0n, 1n << 30n, 1n)), { code: 'ERR_STATEMENT_TOO_LARGE' })
})

test('plain maps are lists without a root', async t => {
  const reader = new LeafReader(native, new native.Payload(), new native.Work())
  const material = parseExact(JSON.stringify({ x: { sha256: A }, y: { sha256: B } }))
  const set = await readLeafSet(reader, 'https://aflock.ai/attestations/material/v0.1', material, 'body')
  t.deepEqual([set?.root, set?.fault, set?.leaves?.size], [undefined, undefined, 2])
  t.deepEqual(set?.leaves?.pathOf(B, 'y'), { path: 'y', named: true })
})
