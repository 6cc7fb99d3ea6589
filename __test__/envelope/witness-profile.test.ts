// The witness profile over attestations made up for it: types, trees, subjects, and what has to stay apart.
import test from 'ava'
import type { Attestation } from '../../src/attestors/attestor.ts'
import { type JsonSink, writeJson } from '../../src/envelope/splice.ts'
import { runStatements } from '../../src/envelope/wire-profile.ts'
import { assertNoFileSubject } from '../../src/envelope/witness-profile.ts'
import type { Payload, TreeScan } from '../../src/native/native.ts'
import { readAsWitness } from './witness-reader.ts'

const AFLOCK = 'https://aflock.ai/attestations/'
const WITNESS = 'https://witness.dev/attestations/'
const HEX = 'ab'.repeat(32)
const TIME = new Date('2026-01-02T03:04:05.006Z')

function attestation(name: string, version: string, more: Partial<Attestation> = {}): Attestation {
  return {
    name,
    type: `${AFLOCK}${name}/${version}`,
    predicate: {},
    subjects: new Map(),
    backRefs: new Map(),
    warnings: [],
    startTime: TIME,
    endTime: TIME,
    ...more,
  }
}

/** Stands for the addon's tree: the same texts, written into a list of pieces. */
function tree(paths: readonly string[], of: 'materials' | 'products'): Partial<Attestation> {
  const body = of === 'products' ? { mime_type: 'x/y', digest: { sha256: HEX } } : { sha256: HEX }
  const push = (payload: Payload, text: string): void => void (payload as unknown as string[]).push(text)
  const scan = {
    leafCount: paths.length,
    appendMapTo: (payload: Payload) =>
      push(payload, JSON.stringify(Object.fromEntries(paths.map(path => [path, body])))),
    appendSubjectsTo: (payload: Payload, prefix: string) =>
      push(
        payload,
        paths.map(path => JSON.stringify({ name: prefix + path, digest: { sha256: HEX } })).join(','),
      ),
  }
  const root = new Map([[`tree:${of}`, { sha256: HEX }]])
  return {
    predicate: { merkleRoot: HEX },
    subjects: root,
    backRefs: root,
    tree: scan as unknown as TreeScan,
  }
}

function written(value: unknown): unknown {
  const pieces: string[] = []
  const sink: JsonSink<Payload> = {
    text: json => void pieces.push(json),
    splice: source => source.appendTo(pieces as unknown as Payload),
  }
  writeJson(value, sink)
  return JSON.parse(pieces.join(''))
}

const NONE = new Map<string, Record<string, string>>()

const RUN: readonly Attestation[] = [
  attestation('environment', 'v0.1', { predicate: { os: 'linux', variables: { A: 'b' } } }),
  attestation('git', 'v0.1', {
    predicate: {
      commithash: HEX,
      commitdigest: { 'gitoid:sha256': 'gitoid:commit:sha256:00' },
      branch: 'main',
    },
    subjects: new Map([['commithash:1', { sha1: '1' }]]),
    backRefs: new Map([['commithash:1', { sha1: '1' }]]),
  }),
  attestation('material', 'v0.3', tree(['src/a', 'src/b'], 'materials')),
  attestation('command-run', 'v0.1', {
    predicate: { cmd: ['make'], exitcode: 0, stdout_digest: { sha256: HEX }, tty: true },
  }),
  attestation('product', 'v0.3', tree(['out/a', 'out/b'], 'products')),
]
const FALCO = attestation('falco', 'v0.1', {
  predicate: { summary: { total_events: 1 } },
  subjects: new Map([['report_file:falco.jsonl', { sha256: 'cd'.repeat(32) }]]),
})

test('witness reads the whole collection under its own types', t => {
  const { collection, apart } = runStatements('witness', 'build', RUN, NONE)
  const read = readAsWitness(written(collection))
  t.deepEqual(
    read.types,
    ['environment', 'git', 'material', 'command-run', 'product'].map(name => `${WITNESS}${name}/v0.1`),
  )
  t.is(read.step, 'build')
  t.deepEqual([...read.materials.keys()], ['src/a', 'src/b'])
  t.deepEqual([...read.products.keys()], ['out/a', 'out/b'])
  t.deepEqual(apart, [])
})

test('the stand-in for witness refuses the cilock profile and any type it does not know', t => {
  const cilock = runStatements('cilock', 'build', RUN.slice(0, 1), NONE).collection
  t.throws(() => readAsWitness(written(cilock)))
  const { collection } = runStatements('witness', 'build', RUN, NONE)
  const value = written(collection) as { predicate: { attestations: { type: string }[] } }
  ;(value.predicate.attestations[0] as { type: string }).type = `${AFLOCK}falco/v0.1`
  t.throws(() => readAsWitness(value), { message: /unknown type/ })
})

test('every product is a subject, in order by name among the others; a tree has no root there', t => {
  const user = new Map([
    ['a-first', { sha256: HEX }],
    ['https://witness.dev/attestations/zz', { sha256: HEX }],
  ])
  const read = readAsWitness(written(runStatements('witness', 'build', RUN, user).collection))
  t.deepEqual(
    [...read.subjects.keys()],
    [
      'a-first',
      `${WITNESS}git/v0.1/commithash:1`,
      `${WITNESS}product/v0.1/file:out/a`,
      `${WITNESS}product/v0.1/file:out/b`,
      `${WITNESS}zz`,
    ],
  )
})

test('back-refs carry the types of the collection and no tree', t => {
  const { collection } = runStatements('witness', 'build', RUN, NONE)
  t.deepEqual(collection.predicate.backrefs, { [`${WITNESS}git/v0.1/commithash:1`]: { sha1: '1' } })
})

test('falco becomes a statement of its own with the subjects of both', t => {
  const { collection, apart } = runStatements('witness', 'build', [...RUN, FALCO], NONE)
  t.is(readAsWitness(written(collection)).types.length, RUN.length)
  t.deepEqual(
    apart.map(({ name }) => name),
    ['falco'],
  )
  const statement = written(apart[0]?.statement) as {
    predicateType: string
    predicate: unknown
    subject: { name: string }[]
  }
  t.is(statement.predicateType, `${AFLOCK}falco/v0.1`)
  t.deepEqual(statement.predicate, { summary: { total_events: 1 } })
  t.deepEqual(
    statement.subject.map(({ name }) => name),
    [
      `${AFLOCK}falco/v0.1/report_file:falco.jsonl`,
      `${WITNESS}git/v0.1/commithash:1`,
      `${WITNESS}product/v0.1/file:out/a`,
      `${WITNESS}product/v0.1/file:out/b`,
    ],
  )
})

test('a run without products has an empty map and no product subject', t => {
  const run = [...RUN.slice(0, 4), attestation('product', 'v0.3', tree([], 'products'))]
  const read = readAsWitness(written(runStatements('witness', 'build', run, NONE).collection))
  t.is(read.products.size, 0)
  t.deepEqual([...read.subjects.keys()], [`${WITNESS}git/v0.1/commithash:1`])
})

test('a subject of the user cannot take the name of a product', t => {
  const name = `${WITNESS}product/v0.1/file:out/a`
  t.throws(() => assertNoFileSubject(new Map([[name, { sha256: HEX }]])), { code: 'ERR_USAGE_SUBJECT' })
  t.notThrows(() => assertNoFileSubject(new Map([['file:out/a', { sha256: HEX }]])))
})

test('the cilock profile keeps everything in one collection', t => {
  const { collection, apart } = runStatements('cilock', 'build', [FALCO], NONE)
  t.deepEqual(apart, [])
  t.is(collection.predicateType, 'https://aflock.ai/attestation-collection/v0.1')
  t.is(collection.predicate.attestations[0]?.type, `${AFLOCK}falco/v0.1`)
})
