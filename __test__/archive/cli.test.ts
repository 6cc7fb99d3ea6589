// Laws of the commands: a round trip through a server, evidence from it alone, and no envelope lost to a failed upload.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Bench, bench, type Outcome } from '../cli/lanner.ts'
import { gitoid, type StandIn, standIn } from './stand-in.ts'

interface Archive {
  readonly server: StandIn
  readonly at: Bench
  readonly artifact: string
  /** Runs a step that makes `app.bin`, with `words` before the `--`. */
  run(...words: string[]): Promise<Outcome>
}

async function setUp(t: ExecutionContext): Promise<Archive> {
  const server = await standIn(t)
  const at = bench(t)
  return {
    server,
    at,
    artifact: join(at.work, 'app.bin'),
    run: (...words) =>
      at.step(['-a', 'environment', ...words, '--', 'sh', '-c', 'printf unique > app.bin'], { cwd: at.work }),
  }
}

const uploading = ({ server }: Archive) => ['--enable-archivista', '--archivista-server', server.url]

/** A policy that asks for the step `test` by the bench's own key. */
async function policy(t: ExecutionContext, { at }: Archive): Promise<string> {
  const shown = await at.lanner(['keyid', 'show', '--format', 'lines', at.publicKey])
  const keyid = shown.stdout.toString().trim()
  const document = {
    expires: '2099-01-01T00:00:00Z',
    publickeys: { [keyid]: { keyid, key: readFileSync(at.publicKey).toString('base64') } },
    steps: {
      test: {
        name: 'test',
        functionaries: [{ type: 'publickey', publickeyid: keyid }],
        attestations: [{ type: 'https://aflock.ai/attestations/product/v0.3' }],
      },
    },
  }
  const plain = join(at.root, 'policy.json')
  const signed = join(at.root, 'policy.signed.json')
  writeFileSync(plain, JSON.stringify(document))
  const type = 'https://aflock.ai/policy/v0.1'
  const outcome = await at.lanner(['sign', '-k', at.key, '-f', plain, '-o', signed, '-t', type])
  t.is(outcome.code, 0, outcome.stderr)
  return signed
}

/** The digest the envelope of the step can be found by: the root of its products. */
function productTree({ at }: Archive): string {
  const subject = at.statement().subject.find(({ name }) => name.endsWith('tree:products'))
  return subject?.digest.sha256 ?? ''
}

test('run uploads what it wrote, and says under which gitoid', async t => {
  const archive = await setUp(t)
  const { code, stdout, stderr } = await archive.run('--json', ...uploading(archive))
  t.is(code, 0, stderr)
  const id = gitoid(readFileSync(archive.at.envelope))
  t.like(JSON.parse(stdout.toString()), { uploaded: true, gitoid: id })
  t.true(archive.server.index.has(id))
})

test('a failed upload keeps the envelope, ends with 3 and is made good by archive put', async t => {
  const archive = await setUp(t)
  archive.server.faults.push({ kind: 'status', status: 401 })
  const { code, stdout, stderr } = await archive.run('--json', ...uploading(archive))
  t.is(code, 3)
  t.is(JSON.parse(stdout.toString()).uploaded, false)
  t.regex(stderr, /lanner archive put .*att\.json --archivista-server/)
  const words = ['archive', 'put', archive.at.envelope, '--archivista-server', archive.server.url]
  const put = await archive.at.lanner(words)
  t.is(put.code, 0, put.stderr)
  t.true(archive.server.index.has(put.stdout.toString().slice(0, 64)))
})

test('the code of a failed step wins over that of a failed upload', async t => {
  const archive = await setUp(t)
  archive.server.faults.push({ kind: 'status', status: 401 })
  const { code } = await archive.at.step([
    ...uploading(archive),
    '-a',
    'environment',
    '--',
    'sh',
    '-c',
    'exit 7',
  ])
  t.is(code, 7)
})

test('put, find and get make a round trip', async t => {
  const archive = await setUp(t)
  await archive.run(...uploading(archive))
  const server = ['--archivista-server', archive.server.url]
  for (const filter of [
    ['--subject', productTree(archive)],
    ['--step', 'test'],
  ]) {
    const found = await archive.at.lanner(['archive', 'find', ...filter, '--format', 'lines', ...server])
    t.is(found.code, 0, found.stderr)
    const got = await archive.at.lanner(['archive', 'get', found.stdout.toString().trim(), ...server])
    t.deepEqual(got.stdout, readFileSync(archive.at.envelope))
  }
  t.is((await archive.at.lanner(['archive', 'find', '--step', 'other', ...server])).code, 1)
})

test('verify finds its evidence in the archive alone, and none where there is none', async t => {
  const archive = await setUp(t)
  await archive.run(...uploading(archive))
  const words = ['verify', '-p', await policy(t, archive), '-k', archive.at.publicKey]
  const judged = await archive.at.lanner([...words, '-s', productTree(archive), ...uploading(archive)])
  t.is(judged.code, 0, judged.stderr + judged.stdout)
  archive.server.index.clear()
  t.is((await archive.at.lanner([...words, '-s', productTree(archive), ...uploading(archive)])).code, 1)
})

test('evidence that the archive tampered with is refused', async t => {
  const archive = await setUp(t)
  await archive.run(...uploading(archive))
  const id = gitoid(readFileSync(archive.at.envelope))
  const other = Buffer.from(archive.server.stored.get(id) ?? '')
  other[other.length >> 1] = (other[other.length >> 1] ?? 0) ^ 1
  archive.server.stored.set(id, other)
  const server = ['--archivista-server', archive.server.url]
  const got = await archive.at.lanner(['archive', 'get', id, ...server])
  t.is(got.code, 1)
  t.is(got.stdout.length, 0)
  const words = ['verify', '-p', await policy(t, archive), '-k', archive.at.publicKey]
  t.is((await archive.at.lanner([...words, '-s', productTree(archive), ...uploading(archive)])).code, 1)
})

test('a bundle from files and one from the archive both satisfy verify', async t => {
  const archive = await setUp(t)
  await archive.run(...uploading(archive))
  const words = ['verify', '-p', await policy(t, archive), '-k', archive.at.publicKey, '-f', archive.artifact]
  const bundle = join(archive.at.root, 'b.tar.gz')
  for (const source of [
    [archive.at.envelope],
    ['-s', productTree(archive), '--archivista-url', archive.server.url],
  ]) {
    const created = await archive.at.lanner(['bundle', 'create', '-o', bundle, ...source])
    t.is(created.code, 0, created.stderr)
    const judged = await archive.at.lanner([...words, '--bundle', bundle])
    t.is(judged.code, 0, judged.stderr + judged.stdout)
    const shown = await archive.at.lanner(['bundle', 'inspect', '--json', bundle])
    t.like(JSON.parse(shown.stdout.toString()), { count: 1, envelopes: [{ step: 'test' }] })
  }
})

test('a file that is no envelope never leaves the machine', async t => {
  const { server, at } = await setUp(t)
  const { code } = await at.lanner(['archive', 'put', at.key, '--archivista-server', server.url])
  t.is(code, 3)
  t.deepEqual(server.log, [])
})

test('token and headers are sent, and shown in no message', async t => {
  const { server, at, run } = await setUp(t)
  await run()
  server.faults.push({ kind: 'status', status: 403 })
  const words = ['archive', 'put', at.envelope, '--archivista-server', server.url]
  const { stderr } = await at.lanner([...words, '--archivista-headers', 'X-Tenant: hush1'], {
    env: { LANNER_ARCHIVISTA_TOKEN: 'hush2' },
  })
  t.like(server.headers[0], { 'x-tenant': 'hush1', authorization: 'Bearer hush2' })
  t.false(/hush/.test(stderr))
})

test('wrong usage ends with 2 before the step runs or anything is sent', async t => {
  const { server, at } = await setUp(t)
  const url = ['--archivista-server', server.url]
  for (const words of [
    ['run', '--step', 's', '-k', at.key, '-o', at.envelope, '--enable-archivista', '--', 'touch', 'ran'],
    ['run', '--step', 's', '-k', at.key, '--enable-archivista', ...url, '--', 'touch', 'ran'],
    ['archive', 'put', at.envelope],
    ['archive', 'put', at.envelope, '--archivista-server', 'ftp://x'],
    ['archive', 'put', at.envelope, '--archivista-server', 'http://u:p@127.0.0.1'],
    ['archive', 'put', at.envelope, ...url, '--archivista-headers', 'Host: x'],
    ['archive', 'put', at.envelope, ...url, '--archivista-headers', 'no colon'],
    ['archive', 'get', '../query', ...url],
    ['archive', 'find', ...url],
    ['bundle', 'create', '-o', 'b'],
    ['bundle', 'create', '-o', 'b', '-s', 'aa', at.envelope],
  ]) {
    const { code, stderr } = await at.lanner(words)
    t.is(code, 2, `${words.join(' ')}: ${stderr}`)
  }
  t.deepEqual(server.log, [])
})
