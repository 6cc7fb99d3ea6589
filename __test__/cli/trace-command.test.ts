// `lanner trace` and `inspect --trace`: what a person sees while a command runs and afterwards, and that the command is left alone.
// The report is one renderer for both; cilock's own records are read too. Started by ava.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { readTracedRun } from '../../src/attestors/traced-run.ts'
import { bench, lanner } from './lanner.ts'
import { start, until } from './safety-probes.ts'
import { files, lannerDenied, sha256, traced } from './traced.ts'

/** A section of the report: the lines below its title, without their indent. */
function sectionOf(report: string, title: string): string[] {
  const lines = report.split('\n')
  const from = lines.indexOf(title)
  if (from === -1) return []
  const end = lines.indexOf('', from)
  return lines.slice(from + 1, end === -1 ? undefined : end).map(line => line.slice(2))
}

traced.serial(
  'the report has the tree, the programs, the files in and out of the directory, by digest',
  async t => {
    const place = bench(t)
    files(place.work, { in: 'in\n' })
    const out = join(place.root, 'report.txt')
    const script = 'cat in > out; cat in > ../beside; mv out kept; cat /no/such; exit 3'
    const { code, stdout, stderr } = await place.lanner(['trace', '-q', '-o', out, '--', 'sh', '-c', script])
    t.is(code, 3, stderr)
    t.is(stdout.length, 0)
    t.regex(stderr, /^cat: .*no\/such.*\n$/, 'quiet: only what the command says')
    const report = readFileSync(out, 'utf8')
    t.regex(report, /exit code +3\n/)
    t.regex(report, /escaped +nothing\n/)
    const tree = sectionOf(report, 'processes')
    t.is(tree.length, 5)
    t.regex(tree[0] ?? '', /^\d+ {2}sh -c 'cat in > out; .*exit 3' {2}\d+\.\d{3} s {2}exit 3$/)
    for (const line of tree.slice(1, -1)) t.regex(line, /^├─ \d+ {2}/)
    t.regex(tree.at(-1) ?? '', /^└─ \d+ {2}cat \/no\/such {2}\d+\.\d{3} s {2}exit 1$/)
    const kept = sha256(join(place.work, 'kept'))
    t.true(
      sectionOf(report, 'written').some(line => line === `${kept}  kept`),
      report,
    )
    const [outside = ''] = sectionOf(report, 'written outside of the working directory')
    t.true(outside.startsWith(kept) && outside.endsWith('/beside'), report)
    t.true(sectionOf(report, 'read').includes(`${kept}  in`))
    t.true(sectionOf(report, 'renamed and removed').some(line => /renamed .*\/out → .*\/kept$/.test(line)))
    t.true(
      sectionOf(report, 'programs by digest').some(line => /^[0-9a-f]{64} .*\/cat +3×$/.test(line)),
      report,
    )
  },
)

traced.serial(
  'the command has our own streams, and its code is ours; the report comes after its output',
  async t => {
    const place = bench(t)
    const script = 'read line; echo "out $line"; echo "err $line" >&2; kill -TERM $$'
    const { code, stdout, stderr } = await place.lanner(['trace', '-q', '--', 'sh', '-c', script], {
      input: 'x\n',
    })
    t.is(code, 143)
    t.regex(stdout.toString(), /^out x\n\nexit code +143\n/)
    t.is(stderr, 'err x\n')
  },
)

traced.serial('--format json is one object on stdout, whatever the command prints there', async t => {
  const place = bench(t)
  const env = { DEPLOY_TOKEN: 'tok-0123456789' }
  const words = [
    'trace',
    '-q',
    '--format',
    'json',
    '--',
    'sh',
    '-c',
    'echo noise; echo x > made',
    'tok-0123456789',
  ]
  const { code, stdout, stderr } = await place.lanner(words, { env })
  t.is(code, 0)
  t.is(stderr, 'noise\n')
  const object = JSON.parse(stdout.toString()) as Record<string, unknown>
  t.like(object, { exitcode: 0, tracing: { traced: true } })
  t.false(stdout.includes('tok-0123456789'), 'secrets are not for logs')
  const run = readTracedRun(object)
  t.is(run?.processes[0]?.written[0]?.sha256, sha256(join(place.work, 'made')))
})

traced.serial('while it runs, stderr shows programs, files written and connections as they come', async t => {
  const place = bench(t)
  const server = createServer(socket => socket.end())
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const connect = `use IO::Socket::INET; IO::Socket::INET->new("127.0.0.1:${port}") or die; open(F, ">", "made"); <STDIN>`
  const { child, said, ended } = start(t, place, ['trace', '--', 'perl', '-e', connect])
  await until(() => /writes .*\/made/.test(said.stderr), 'the file, while the command waits')
  t.regex(said.stderr, /^ +0\.\d{3} s {2}\d+ perl -e use IO::Socket/m)
  t.regex(said.stderr, new RegExp(`connects .*127\\.0\\.0\\.1:${port}`))
  t.false(said.stderr.includes('exit 0'))
  child.stdin?.end('\n')
  t.deepEqual(await ended, [0, null], said.stderr)
  t.regex(said.stderr, /\d+ exit 0\n/)
  t.true(
    sectionOf(said.stdout, 'local sockets').some(line => line.includes(`127.0.0.1:${port}`)),
    said.stdout,
  )
  t.deepEqual(sectionOf(said.stdout, 'left the machine'), [])
})

traced.serial('a signal to us is for the command', async t => {
  const place = bench(t)
  const script = 'trap "echo clean; exit 6" TERM; echo ready; while :; do :; done'
  const { child, said, ended } = start(t, place, ['trace', '-q', '--', 'sh', '-c', script])
  await until(() => said.stdout.includes('ready'), 'the command')
  child.kill('SIGTERM')
  t.deepEqual(await ended, [6, null], said.stderr)
  t.true(said.stdout.startsWith('ready\nclean\n'))
})

traced.serial(
  'a command that is missing is 127, one that cannot be run 126, no permission to trace 3',
  async t => {
    const place = bench(t)
    files(place.work, { plain: 'x' })
    for (const [word, wanted] of [
      ['no-such-program', 127],
      ['./plain', 126],
    ] as const) {
      const { code, stdout, stderr } = await place.lanner(['trace', '--', word])
      t.is(code, wanted)
      t.true(stderr.includes(word), stderr)
      t.is(stdout.length, 0)
    }
    const denied = await lannerDenied(place, ['trace', '--', 'touch', 'ran'])
    t.is(denied.code, 3)
    t.regex(denied.stderr, /ERR_TRACE_NOT_PERMITTED/)
    t.false(existsSync(join(place.work, 'ran')))
  },
)

traced.serial('control characters of a step reach no terminal', async t => {
  const place = bench(t)
  const { stdout } = await place.lanner([
    'trace',
    '-q',
    '--',
    'sh',
    '-c',
    'true',
    'a\u001b]0;title\u0007\u202eb',
  ])
  for (const character of ['\u001b', '\u0007', '\u202e']) t.false(stdout.includes(character))
  t.true(stdout.toString().includes(String.raw`\u{1b}]0;title\u{7}\u{202e}b`))
})

traced.serial('`inspect --trace` shows the same of an envelope; one without a trace is an error', async t => {
  const place = bench(t)
  files(place.work, { in: 'in\n' })
  t.is((await place.step(['-a', 'environment', '-r', '--', 'sh', '-c', 'cat in > out'])).code, 0)
  const { code, stdout } = await place.lanner(['inspect', place.envelope, '--trace'])
  t.is(code, 0)
  const report = stdout.toString()
  t.true(sectionOf(report, 'written').includes(`${sha256(join(place.work, 'out'))}  out`), report)
  t.true(report.includes('\ntrace\nexit code'))
  const json = JSON.parse(
    (await place.lanner(['inspect', place.envelope, '--trace', '--format', 'json'])).stdout.toString(),
  ) as {
    traced: { exitCode: number; processes: unknown[] }[]
  }
  t.is(json.traced[0]?.processes.length, 2)
  t.is((await place.step(['-a', 'environment', '--', 'true'])).code, 0)
  const plain = await place.lanner(['inspect', place.envelope, '--trace'])
  t.is(plain.code, 3)
  t.regex(plain.stderr, /no traced command.*ERR_INSPECT_NOT_TRACED/)
})

/** An envelope of cilock, as far as the report reads it: v0.2 with its tables. */
const V02 = {
  _meta: { version: 'v0.2', captureMode: 'trace', traceBackend: 'ptrace+seccomp' },
  digests: [{ digests: { sha256: 'a'.repeat(64) } }, { digests: { sha256: 'b'.repeat(64) } }],
  paths: ['/bin/sh', '/src/in', '/src/out'],
  comms: ['sh'],
  cmdlines: ['sh -c make'],
  processes: [
    {
      ...{
        processid: 12,
        parentpid: 1,
        commId: 0,
        execPathId: 0,
        cmdlineId: 0,
        programDigestId: 0,
        exeDigestId: -1,
      },
      openedFiles: [{ pathId: 1, digestId: 1 }],
      writtenFiles: [{ pathId: 2, digestId: -1 }],
      network: {
        connections: [{ syscall: 'connect', family: 'AF_INET', address: '192.0.2.1', port: 443, fd: 3 }],
      },
      exitcode: 2,
    },
    {
      processid: 13,
      parentpid: 12,
      commId: -1,
      execPathId: -1,
      cmdlineId: -1,
      programDigestId: -1,
      exeDigestId: -1,
    },
    'no process',
  ],
  cmd: ['make'],
  exitcode: 2,
}

traced.serial('cilock’s v0.1 and v0.2 are read where they have the fields', async t => {
  const place = bench(t)
  const predicate = {
    name: 's',
    attestations: [{ type: 'https://aflock.ai/attestations/command-run/v0.2', attestation: V02 }],
  }
  const statement = { _type: 'https://in-toto.io/Statement/v0.1', subject: [], predicateType: 'x', predicate }
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64')
  writeFileSync(
    join(place.root, 'cilock.json'),
    JSON.stringify({ payload, payloadType: 'x', signatures: [{ keyid: '', sig: '' }] }),
  )
  const { code, stdout, stderr } = await lanner(['inspect', join(place.root, 'cilock.json'), '--trace'])
  t.is(code, 0, stderr)
  const report = stdout.toString()
  t.deepEqual(sectionOf(report, 'processes'), ['12  sh -c make  exit 2', '└─ 13  (no program of its own)'])
  t.deepEqual(sectionOf(report, 'programs by digest'), [`${'a'.repeat(64)}  /bin/sh  1×`])
  t.deepEqual(sectionOf(report, 'left the machine'), ['connect  inet  192.0.2.1:443  1×'])
  t.deepEqual(sectionOf(report, 'read'), [`${'b'.repeat(64)}  /src/in`])
  t.deepEqual(sectionOf(report, 'written'), ['(not kept)  /src/out'])

  const v01 = readTracedRun({
    cmd: ['make'],
    processes: [
      {
        program: '/bin/sh',
        processid: 7,
        parentpid: 1,
        comm: 'sh',
        openedfiles: { '/x': { sha256: 'c' }, '/y': null },
      },
      { processid: 'seven', parentpid: 1 },
    ],
  })
  t.like(v01, { exitCode: 0, noNewPrivs: false, gapCount: undefined })
  t.deepEqual(v01?.processes[0]?.read, [{ path: '/x', sha256: 'c' }, { path: '/y' }])
  t.is(v01?.processes.length, 1)
  t.is(readTracedRun({ cmd: ['make'], exitcode: 0 }), undefined)
})
