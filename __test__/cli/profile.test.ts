// `run --profile witness` from end to end: what the envelopes hold, that both can be used, and what is refused before anything runs.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readAsWitness } from '../envelope/witness-reader.ts'
import { type Bench, bench, statementOf } from './lanner.ts'

const EVENTS = [1, 2, 3].map(
  n => `{"time":"2026-01-02T03:04:0${n}Z","rule":"R","priority":"Error","output_fields":{"n":${n}}}`,
)
const CAPTURE = `${EVENTS.join('\n')}\n`
const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex')

async function witnessRun(it: Bench, ...words: string[]): ReturnType<Bench['lanner']> {
  mkdirSync(join(it.work, 'src'))
  writeFileSync(join(it.work, 'src', 'in "1"'), 'in')
  writeFileSync(join(it.root, 'capture'), CAPTURE)
  return it.step([
    '--profile',
    'witness',
    ...words,
    '--',
    'sh',
    '-c',
    'cp ../capture falco.jsonl; mkdir out; printf o > out/o; printf n > src/new',
  ])
}

/** Base64 and PAE done by hand: the signature must hold for any DSSE reader. */
function signatureHolds(file: string, publicKey: string): boolean {
  const { payload, payloadType, signatures } = JSON.parse(readFileSync(file, 'utf8'))
  const body = Buffer.from(payload, 'base64')
  const pae = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `),
    body,
  ])
  return verify(null, pae, createPublicKey(readFileSync(publicKey)), Buffer.from(signatures[0].sig, 'base64'))
}

test('the collection is one that witness reads, with every path and every product as a subject', async t => {
  const it = bench(t)
  const { code, stderr } = await witnessRun(it, '-a', 'environment', '--subjects', 'mine')
  t.is(code, 0, stderr)
  const read = readAsWitness(it.statement())
  t.deepEqual(
    read.types.map(type => type.split('/').at(-2)),
    ['environment', 'material', 'command-run', 'product'],
  )
  t.deepEqual([...read.materials], [['src/in "1"', sha256('in')]])
  const products = [
    ['falco.jsonl', sha256(CAPTURE)],
    ['out/o', sha256('o')],
    ['src/new', sha256('n')],
  ] as const
  t.deepEqual([...read.products], products)
  t.deepEqual(
    [...read.subjects],
    [
      ...products.map(([path, digest]) => [
        `https://witness.dev/attestations/product/v0.1/file:${path}`,
        { sha256: digest },
      ]),
      ['mine', { sha256: sha256('mine') }],
    ],
  )
  t.true(signatureHolds(it.envelope, it.publicKey))
  t.false(existsSync(`${it.envelope}-falco.json`))
})

test('the Falco capture is signed beside the collection, its events byte for byte', async t => {
  const it = bench(t)
  const { code, stdout, stderr } = await witnessRun(it, '-a', 'falco', '--json')
  t.is(code, 0, stderr)
  t.deepEqual(
    readAsWitness(it.statement()).types.map(type => type.split('/').at(-2)),
    ['material', 'command-run', 'product'],
  )
  const falco = `${it.envelope}-falco.json`
  t.deepEqual(JSON.parse(stdout.toString()).apart, [{ name: 'falco', outfile: falco }])
  t.true(signatureHolds(falco, it.publicKey))
  const { payload } = JSON.parse(readFileSync(falco, 'utf8'))
  t.true(Buffer.from(payload, 'base64').includes(`"events":[${EVENTS.join(',')}]`))
  const statement = statementOf(readFileSync(falco, 'utf8')) as unknown as {
    predicateType: string
    subject: { name: string }[]
    predicate: { source_file: { sha256: string } }
  }
  t.is(statement.predicateType, 'https://aflock.ai/attestations/falco/v0.1')
  t.is(statement.predicate.source_file.sha256, sha256(CAPTURE))
  const names = statement.subject.map(({ name }) => name)
  t.true(names.includes('https://aflock.ai/attestations/falco/v0.1/report_file:falco.jsonl'))
  t.true(names.includes('https://witness.dev/attestations/product/v0.1/file:out/o'))
})

test('inspect and events prove understand a capture that stands alone', async t => {
  const it = bench(t)
  await witnessRun(it, '-a', 'falco')
  const falco = `${it.envelope}-falco.json`
  const inspected = await it.lanner(['inspect', falco, '-k', it.publicKey, '--format', 'json'])
  t.is(inspected.code, 0, inspected.stderr)
  const shown = JSON.parse(inspected.stdout.toString())
  t.is(shown.signatures[0].state, 'valid')
  t.is(shown.falco[0].events, 'embedded')
  t.is(shown.falco[0].summary.total_events, 3)
  const proof = join(it.root, 'proof.json')
  const proven = await it.lanner([
    'events',
    'prove',
    '--envelope',
    falco,
    '--events',
    'falco.jsonl',
    '--index',
    '1',
    '-o',
    proof,
  ])
  t.is(proven.code, 0, proven.stderr)
  t.is(JSON.parse(readFileSync(proof, 'utf8')).event, EVENTS[1])
})

test('a policy in the types of witness passes, with the capture as an external attestation, and only with it', async t => {
  const it = bench(t)
  await witnessRun(it, '-a', 'falco')
  const key = readFileSync(it.publicKey)
  const keyid = createHash('sha256').update(key).digest('hex')
  const functionaries = [{ type: 'publickey', publickeyid: keyid }]
  const module = 'package f\ndeny[m] { count(input.events) != 3; m := "events" }\n'
  const policy = {
    expires: '2999-01-01T00:00:00Z',
    publickeys: { [keyid]: { keyid, key: key.toString('base64') } },
    steps: {
      test: {
        name: 'test',
        functionaries,
        attestations: ['material', 'command-run', 'product'].map(name => ({
          type: `https://witness.dev/attestations/${name}/v0.1`,
        })),
      },
    },
    externalAttestations: {
      falco: {
        name: 'falco',
        predicateType: 'https://aflock.ai/attestations/falco/v0.1',
        functionaries,
        required: true,
        regopolicies: [{ name: 'f', module: Buffer.from(module).toString('base64') }],
      },
    },
  }
  const [plain, signed] = [join(it.root, 'policy.json'), join(it.root, 'policy.signed.json')]
  writeFileSync(plain, JSON.stringify(policy))
  t.is((await it.lanner(['sign', '-k', it.key, '-f', plain, '-o', signed])).code, 0)
  const gate = (...words: string[]): ReturnType<Bench['lanner']> =>
    it.lanner(['verify', '-p', signed, '-k', it.publicKey, '-a', it.envelope, ...words])
  const falco = ['-a', `${it.envelope}-falco.json`]
  const passed = await gate(...falco, '-f', 'out/o')
  t.is(passed.code, 0, passed.stderr)
  t.is((await gate('-f', 'out/o')).code, 1)
  t.is((await gate(...falco, '-f', it.publicKey)).code, 1)
})

test('a file that cannot be digested fails its attestor, for the plain maps cannot say so', async t => {
  const it = bench(t)
  symlinkSync('loop', join(it.work, 'loop'))
  const { code, stderr } = await it.step(['--profile', 'witness', '-a', 'environment', '--', 'true'])
  t.is(code, 3)
  t.regex(stderr, /ERR_TREE_INCOMPLETE/)
  t.deepEqual(
    readAsWitness(it.statement()).types.map(type => type.split('/').at(-2)),
    ['environment', 'command-run'],
  )
})

test('wrong usage ends before the step runs', async t => {
  const it = bench(t)
  const mark = join(it.work, 'ran')
  const usages: [string[], RegExp][] = [
    [['--profile', 'in-toto'], /--profile/],
    [
      ['--profile', 'witness', '--subjects', 'https://witness.dev/attestations/product/v0.1/file:x'],
      /belong to products/,
    ],
  ]
  for (const [words, text] of usages) {
    const { code, stderr } = await it.step([...words, '--', 'touch', mark])
    t.is(code, 2, stderr)
    t.regex(stderr, text)
  }
  const { code, stderr } = await it.lanner([
    'run',
    '-s',
    'x',
    '-k',
    it.key,
    '--profile',
    'witness',
    '-a',
    'falco',
    '--',
    'touch',
    mark,
  ])
  t.is(code, 2, stderr)
  t.regex(stderr, /--outfile/)
  t.false(existsSync(mark))
})

test('thousands of files are listed each once, in order', async t => {
  const it = bench(t)
  const script = 'i=0; while [ $i -lt 3000 ]; do echo $i > f$i; i=$((i+1)); done'
  const { code, stderr } = await it.step([
    '--profile',
    'witness',
    '-a',
    'environment',
    '--',
    'sh',
    '-c',
    script,
  ])
  t.is(code, 0, stderr)
  const read = readAsWitness(it.statement())
  t.is(read.products.size, 3000)
  t.is(read.subjects.size, 3000)
  t.deepEqual([...read.subjects.keys()], [...read.subjects.keys()].sort())
})
