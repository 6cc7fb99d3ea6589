// What is left in the payload is judged as if it had been read: lists of files by their trees, everything else as a value.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { openNative } from '../../src/native/native.ts'
import { linkHolds } from '../../src/policy/artifact-links.ts'
import { type Evidence, readEvidence } from '../../src/policy/evidence.ts'
import { isExactObject, LeftOut } from '../../src/policy/exact-json.ts'
import { regoInput } from '../../src/policy/rego-input.ts'

const native = await openNative()
const URI = 'https://aflock.ai/attestations'
const A = 'a'.repeat(64)
const B = 'b'.repeat(64)

/** The attestations of a collection, as JSON, read from an envelope. */
async function evidenceOf(t: ExecutionContext, ...attestations: string[]): Promise<Evidence> {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-evidence-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const statement = `{"predicateType":"${URI.replace('attestations', 'attestation-collection')}/v0.1","predicate":{"name":"s","attestations":[${attestations.join()}]}}`
  const file = join(folder, 'envelope.json')
  const payload = Buffer.from(statement).toString('base64')
  writeFileSync(file, JSON.stringify({ payload, payloadType: 'x', signatures: [] }))
  return readEvidence(native, file, file, folder, new native.Work())
}

const tree = (kind: string, leaves: string): string =>
  `{"type":"${URI}/${kind}/v0.3","attestation":{"merkleRoot":"${A}","treeSize":1,"hashAlgorithm":"sha256","construction":"RFC6962","leaves":${leaves}}}`
const map = (kind: string, files: Record<string, string>): string =>
  `{"type":"${URI}/${kind}/v0.1","attestation":${JSON.stringify(
    Object.fromEntries(Object.entries(files).map(([path, sha256]) => [path, { sha256 }])),
  )}}`
const row = (path: string, digest: string): string => `{"path":"${path}","fileDigest":"${digest}"}`

test('a list of files stays in the payload and a policy sees it as it was written', async t => {
  const leaves = `[ ${row('x', A)},\n{"fileDigest":"${B}","path":"\\u0079","size":1.50} ]`
  const { collection, envelope } = await evidenceOf(t, tree('material', leaves))
  const [entry] = collection?.entries ?? []
  t.is(entry?.leaves?.leaves?.size, 2)
  t.true(isExactObject(entry?.body) && entry.body.leaves instanceof LeftOut)
  const input = regoInput({ value: entry?.body ?? null, payload: envelope.payload }, false).toString()
  t.true(input.includes(`"leaves":${leaves}`), input)
})

test('a list that has to be looked at as a value is a value for everyone', async t => {
  const leaves = `[{"path":"x","fileDigest":"${A}","more":{"n":1}}]`
  const { collection, envelope } = await evidenceOf(t, tree('product', leaves))
  const [entry] = collection?.entries ?? []
  t.is(entry?.leaves?.leaves?.size, 1)
  t.true(isExactObject(entry?.body) && Array.isArray(entry.body.leaves))
  const input = regoInput({ value: entry?.body ?? null, payload: envelope.payload }, false).toString()
  t.true(input.includes(`"leaves":${leaves}`), input)
})

test('what another attestation calls leaves is a value, and a key in it comes once', async t => {
  const other = (leaves: string): string =>
    `{"type":"https://example.org/t","attestation":{"leaves":${leaves}}}`
  const { collection } = await evidenceOf(t, other('[1.50,{"a":[]}]'))
  const [entry] = collection?.entries ?? []
  t.true(isExactObject(entry?.body) && Array.isArray(entry.body.leaves))
  t.is(entry?.leaves, undefined)
  await t.throwsAsync(evidenceOf(t, other('[{"a":1,"a":2}]')), { code: 'ERR_JSON_DUPLICATE_KEY' })
})

test('a file of a tree with a key twice is refused wherever the list lies', async t => {
  const leaves = `[{"path":"x","path":"y","fileDigest":"${A}"}]`
  await t.throwsAsync(evidenceOf(t, tree('product', leaves)), { code: 'ERR_JSON_DUPLICATE_KEY' })
})

test('an input is given whole when what was left out is larger than one reading', async t => {
  const payload = new native.Payload()
  const text = Buffer.from(JSON.stringify(['x'.repeat(40 << 20), 'end']))
  payload.pushBytes(Buffer.concat([Buffer.from('....'), text]))
  const value = new LeftOut(4n, BigInt(text.length), 2n)
  t.true(regoInput({ value, payload }, true).equals(text))
})

test('links hold over files that both steps list with one content, products over materials', async t => {
  const taker = await evidenceOf(t, map('material', { x: A, own: A }))
  const agree = async (...giver: string[]): Promise<unknown> => {
    const answer = await linkHolds(native, taker, await evidenceOf(t, ...giver))
    return answer.ok ? true : answer.why.replace(/^\S+ has/, 'it has')
  }
  t.is(await agree(map('material', { x: A })), true)
  t.is(await agree(map('material', { x: B }), map('product', { x: A })), true)
  t.is(await agree(map('product', { x: B })), '`x` is aaaaaaaaaaaa… but was bbbbbbbbbbbb…')
  t.is(await agree(map('product', { y: A })), 'they have no file in common')
  t.is(await agree(), 'they have no file in common')
  t.is(await agree(tree('product', `[${row('x', A)}]`)), 'it has a tree without the list of its files')
})

test('a step that does not say what it took in is linked to nothing, one that took nothing to everything', async t => {
  const giver = await evidenceOf(t, map('product', { x: A }))
  t.false((await linkHolds(native, await evidenceOf(t), giver)).ok)
  t.true((await linkHolds(native, await evidenceOf(t, map('material', {})), giver)).ok)
})
