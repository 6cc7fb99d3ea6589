// The way of a capture through an archive as a user goes it: run with upload, find by subject, verify from the archive alone.
// Also with the server failing in the middle of the upload and of the download. The commands are the built ones.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Bench, bench, type Outcome } from '../cli/lanner.ts'
import { gitoid, type StandIn, standIn } from './stand-in.ts'

const EVENTS = [
  '{"rule":"Read sensitive file untrusted","priority":"Warning","time":"2026-05-29T10:50:08.717141556Z"}',
  '{"rule":"Terminal shell in container","priority":"Notice","time":"2026-05-29T10:50:09.000000001Z"}',
]
const FALCO = 'https://aflock.ai/attestations/falco/v0.1'

/** A bench with a capture to record, a signed policy that asks for it, and a server. */
interface Way {
  readonly at: Bench
  readonly server: StandIn
  readonly url: readonly string[]
  readonly capture: string
  readonly policy: string
  /** TMPDIR of `verifyFromArchive`. */
  readonly scratch: string
  /** `lanner run` that records the capture and uploads the envelope. */
  record(): Promise<Outcome>
  /** `lanner verify` with no envelope named: what the archive has must do. */
  verifyFromArchive(): Promise<Outcome>
}

async function begin(t: ExecutionContext): Promise<Way> {
  const [at, server] = [bench(t), await standIn(t)]
  const url = ['--archivista-server', server.url]
  const capture = join(at.work, 'falco-events.jsonl')
  writeFileSync(join(at.root, 'capture.jsonl'), `${EVENTS.join('\n')}\n`)
  const policy = await signedPolicy(t, at)
  const scratch = join(at.root, 'scratch')
  mkdirSync(scratch)
  const verify = ['verify', '-p', policy, '-k', at.publicKey, '-f', capture, '--enable-archivista', ...url]
  return {
    at,
    server,
    url,
    capture,
    policy,
    scratch,
    record: () =>
      at.step(['-a', 'falco', '--enable-archivista', ...url, '--', 'cp', '../capture.jsonl', capture]),
    verifyFromArchive: () => at.lanner(verify, { env: { TMPDIR: scratch } }),
  }
}

async function signedPolicy(t: ExecutionContext, at: Bench): Promise<string> {
  const shown = await at.lanner(['keyid', 'show', '--format', 'lines', at.publicKey])
  const keyid = shown.stdout.toString().trim()
  const [plain, signed] = [join(at.root, 'policy.json'), join(at.root, 'policy.signed.json')]
  const step = {
    name: 'test',
    functionaries: [{ type: 'publickey', publickeyid: keyid }],
    attestations: [{ type: FALCO }],
  }
  const key = readFileSync(at.publicKey).toString('base64')
  const document = {
    expires: '2099-01-01T00:00:00Z',
    publickeys: { [keyid]: { keyid, key } },
    steps: { test: step },
  }
  writeFileSync(plain, JSON.stringify(document))
  const words = ['sign', '-k', at.key, '-f', plain, '-o', signed, '-t', 'https://aflock.ai/policy/v0.1']
  const { code, stderr } = await at.lanner(words)
  t.is(code, 0, stderr)
  return signed
}

/** The subject by which the archive knows the capture. */
function captureDigest({ at }: Way): string {
  return at.statement().subject.find(({ name }) => name.includes('report_file'))?.digest.sha256 ?? ''
}

test('run uploads, find names it by its subject, verify passes from the archive alone', async t => {
  const way = await begin(t)
  const recorded = await way.record()
  t.is(recorded.code, 0, recorded.stderr)
  const id = gitoid(readFileSync(way.at.envelope))
  const subject = captureDigest(way)
  rmSync(way.at.envelope)

  const found = await way.at.lanner([
    'archive',
    'find',
    '--subject',
    subject,
    '--format',
    'lines',
    ...way.url,
  ])
  t.is(found.stdout.toString(), `${id}\n`, found.stderr)
  const judged = await way.verifyFromArchive()
  t.is(judged.code, 0, judged.stderr + judged.stdout)
  t.regex(judged.stdout.toString(), /pass +step test/)

  // The same words say no as soon as the capture is another one.
  writeFileSync(way.capture, `${EVENTS[1]}\n`)
  t.is((await way.verifyFromArchive()).code, 1)
})

test('an upload that dies in the middle keeps the envelope, and the command it names resumes', async t => {
  const way = await begin(t)
  for (let attempt = 0; attempt < 4; attempt++) way.server.faults.push({ kind: 'cut', when: 'receiving' })
  const { code, stderr } = await way.record()
  t.is(code, 3)
  t.deepEqual(way.server.faults, [], 'every attempt was cut')
  t.is(way.server.stored.size, 0)
  t.regex(stderr, /the connection was cut/)
  const kept = readFileSync(way.at.envelope)
  t.is((await way.at.lanner(['inspect', '-k', way.at.publicKey, way.at.envelope])).code, 0)
  t.is((await way.verifyFromArchive()).code, 1, 'nothing is in the archive yet')

  const resume = /lanner (archive put \S+ --archivista-server \S+)/.exec(stderr)?.[1] ?? ''
  const put = await way.at.lanner(resume.replaceAll('`', '').split(' '))
  t.is(put.code, 0, put.stderr)
  t.deepEqual(way.server.stored.get(gitoid(kept)), kept)
  rmSync(way.at.envelope)
  const judged = await way.verifyFromArchive()
  t.is(judged.code, 0, judged.stderr + judged.stdout)
})

test('an upload cut after it was stored is known for what it is, and not stored twice', async t => {
  const way = await begin(t)
  way.server.faults.push({ kind: 'cut', when: 'stored' })
  const { code, stderr } = await way.record()
  t.is(code, 0, stderr)
  t.is(way.server.index.size, 1)
})

test('a download that dies in the middle once is started again', async t => {
  const way = await begin(t)
  await way.record()
  rmSync(way.at.envelope)
  way.server.faults.push({ on: 'download', kind: 'cut', when: 'answering' })
  const judged = await way.verifyFromArchive()
  t.is(judged.code, 0, judged.stderr + judged.stdout)
  t.deepEqual(way.server.faults, [])
})

test('a download that always dies is a refusal that says so, and leaves nothing behind', async t => {
  const way = await begin(t)
  await way.record()
  rmSync(way.at.envelope)
  for (let attempt = 0; attempt < 4; attempt++) {
    way.server.faults.push({ on: 'download', kind: 'cut', when: 'answering' })
  }
  const { code, stdout, stderr } = await way.verifyFromArchive()
  t.is(code, 1, stdout.toString())
  t.regex(stderr + stdout, /127\.0\.0\.1.*(?:cut|aborted|closed)/)
  t.deepEqual(readdirSync(way.scratch), [])

  const judged = await way.verifyFromArchive()
  t.is(judged.code, 0, judged.stderr + judged.stdout)
})
