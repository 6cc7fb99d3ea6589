// What `run` signs: the order of subjects, digests and members, and that JSON written in pieces is JSON written whole.
import test from 'ava'
import * as fc from 'fast-check'
import type { Attestation, DigestSet } from '../../src/attestors/attestor.ts'
import { Splice, type SpliceSource, writeJson } from '../../src/envelope/splice.ts'
import { collectionStatement } from '../../src/envelope/statement.ts'

/** A source that appends the JSON text of a value, as the addon would. */
function sourceOf(value: unknown): SpliceSource<string[]> {
  return { appendTo: target => void target.push(JSON.stringify(value)) }
}

function written(value: unknown): string {
  const pieces: string[] = []
  writeJson<string[]>(value, {
    text: json => void pieces.push(json),
    splice: source => source.appendTo(pieces),
  })
  return pieces.join('')
}

/** A JSON value, and the same with any of its parts spliced. */
const spliced = fc.letrec<{ node: { plain: unknown; pieces: unknown } }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.jsonValue().map(plain => ({ plain, pieces: plain })),
    fc.jsonValue().map(plain => ({ plain, pieces: new Splice(sourceOf(plain)) })),
    fc.array(tie('node')).map(nodes => ({
      plain: nodes.map(({ plain }) => plain),
      pieces: nodes.map(({ pieces }) => pieces),
    })),
    fc.dictionary(fc.string(), tie('node')).map(members => {
      const entries = Object.entries(members)
      return {
        plain: Object.fromEntries(entries.map(([key, { plain }]) => [key, plain])),
        pieces: Object.fromEntries(entries.map(([key, { pieces }]) => [key, pieces])),
      }
    }),
  ),
})).node

/** Names of the subjects that are there as objects; others are spliced in by the addon. */
function namesOf(subjects: readonly object[]): string[] {
  return subjects.flatMap(subject =>
    'name' in subject && typeof subject.name === 'string' ? [subject.name] : [],
  )
}

test('pieces joined are JSON.stringify of the whole, wherever the splices stand', t => {
  fc.assert(
    fc.property(spliced, ({ plain, pieces }) => {
      t.is(written(pieces), JSON.stringify(plain))
    }),
    { numRuns: 500 },
  )
})

test('undefined members are left out and undefined elements are null, beside a splice too', t => {
  const splice = new Splice(sourceOf([1]))
  t.is(written({ a: undefined, s: splice, b: undefined }), '{"s":[1]}')
  t.is(written({ a: { c: undefined, s: splice } }), '{"a":{"s":[1]}}')
  t.is(written([undefined, splice, undefined]), '[null,[1],null]')
  t.is(written(undefined), 'null')
})

function attestation(
  name: string,
  subjects: readonly string[],
  backRefs: readonly string[] = [],
): Attestation {
  const map = (names: readonly string[]): Map<string, DigestSet> =>
    new Map(names.map(each => [each, { sha256: '00', sha1: '11' }]))
  const time = new Date(0)
  return {
    name,
    type: `https://aflock.ai/attestations/${name}/v0.1`,
    predicate: { name },
    subjects: map(subjects),
    backRefs: map(backRefs),
    warnings: [],
    startTime: time,
    endTime: time,
  }
}

test('subjects are sorted by their UTF-8 bytes, whatever order they came in', t => {
  // In UTF-16 the first is after the second: U+1F426 is a pair from D83D on, U+FF21 is one unit.
  const names = fc.uniqueArray(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u{1F426}', '\uFF21', 'a', 'A')),
  )
  fc.assert(
    fc.property(names, names, (subjects, own) => {
      const user = new Map(own.map(name => [name, { sha256: 'ff' }]))
      const { subject } = collectionStatement('s', [attestation('x', subjects)], user)
      const bytes = namesOf(subject).map(name => Buffer.from(name))
      const sorted = [...bytes].sort(Buffer.compare)
      t.deepEqual(bytes, sorted)
    }),
  )
  const { subject } = collectionStatement(
    's',
    [],
    new Map([
      ['\uFF21', {}],
      ['\u{1F426}', {}],
    ]),
  )
  t.deepEqual(namesOf(subject), ['\uFF21', '\u{1F426}'])
})

test('attested subjects carry their type before them, the user’s own none, and digests are sorted', t => {
  const statement = collectionStatement(
    'step',
    [attestation('git', ['b:1'], ['b:1'])],
    new Map([['mine', { sha256: 'aa' }]]),
  )
  const name = 'https://aflock.ai/attestations/git/v0.1/b:1'
  t.is(
    JSON.stringify(statement.subject),
    JSON.stringify([
      { name, digest: { sha1: '11', sha256: '00' } },
      { name: 'mine', digest: { sha256: 'aa' } },
    ]),
  )
  t.deepEqual(Object.keys(statement.predicate.backrefs ?? {}), [name])
  t.is(collectionStatement('s', [attestation('x', [])], new Map()).predicate.backrefs, undefined)
})

test('attestations keep the order they are given, members the order they are written in', t => {
  const given = ['environment', 'git', 'material', 'command-run', 'product', 'falco']
  const statement = collectionStatement(
    'step',
    given.map(name => attestation(name, [])),
    new Map(),
  )
  t.deepEqual(
    statement.predicate.attestations.map(({ attestation }) => (attestation as { name?: unknown }).name),
    given,
  )
  t.deepEqual(Object.keys(statement), ['_type', 'subject', 'predicateType', 'predicate'])
  t.deepEqual(Object.keys(statement.predicate), ['name', 'attestations', 'backrefs'])
  const [entry] = statement.predicate.attestations
  t.deepEqual(Object.keys(entry ?? {}), ['type', 'attestation', 'starttime', 'endtime'])
  t.is(entry?.starttime, '1970-01-01T00:00:00.000Z')
})
