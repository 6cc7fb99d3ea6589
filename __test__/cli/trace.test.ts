// Traced runs of the built command: what is recorded, how a traced step ends, where tracing is denied, and that nothing else changes.
// Materials and products are in trace-trees.test.ts, `lanner trace` in trace-command.test.ts. Started by ava.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { bench, CLI, predicateOf, programOnPath, statementOf } from './lanner.ts'
import { giveToNobody, NOBODY, start, startProgram, until } from './safety-probes.ts'
import { files, lannerDenied, leavesOf, processesOf, processWith, sha256, traced } from './traced.ts'

const TRACED = ['-a', 'environment', '--trace', '--'] as const

traced.serial(
  'processes are recorded with their parents, programs and files by digest, and the signature holds',
  async t => {
    const place = bench(t)
    files(place.work, { in: 'input\n' })
    const work = realpathSync(place.work)
    const { code, stderr } = await place.step([...TRACED, 'sh', '-c', 'cat in > out; echo more >> out'])
    t.is(code, 0, stderr)
    const shell = processWith(place, 'sh', '-c', 'cat in > out; echo more >> out')
    const cat = processWith(place, 'cat', 'in')
    t.is(cat?.parentpid, shell?.processid)
    t.is(shell?.exedigest?.sha256, sha256(realpathSync('/bin/sh')))
    t.is(cat?.exe, realpathSync(spawnSync('which', ['cat'], { encoding: 'utf8' }).stdout.trim()))
    t.is(cat?.openedfiles?.[join(work, 'in')]?.sha256, sha256(join(work, 'in')))
    t.is(shell?.writtenDigests?.[join(work, 'out')]?.sha256, sha256(join(work, 'out')))
    const { tracing } = predicateOf(place.statement(), 'command-run')
    t.like(tracing, { traced: true, backend: 'ptrace+seccomp', capture: 'trace', gap_count: 0, gaps: [] })
    t.is((await place.lanner(['inspect', place.envelope, '-k', place.publicKey])).code, 0)
  },
)

traced.serial('the collection keeps its order, and says that its trees come from the trace', async t => {
  const place = bench(t)
  files(place.work, { 'e.jsonl': '{"rule":"R","priority":"Notice"}\n' })
  spawnSync('git', ['init', '-q', place.work])
  const script = 'cat e.jsonl > capture.jsonl'
  const words = ['-a', 'falco,environment', '--trace', '--', 'sh', '-c', script]
  const { code, stderr } = await place.step(words)
  t.is(code, 0, stderr)
  const types = place.statement().predicate.attestations.map(({ type }) => type.split('/').at(-2))
  t.deepEqual(types, ['environment', 'material', 'command-run', 'product', 'falco'])
  for (const name of ['material', 'product']) t.is(predicateOf(place.statement(), name).capture, 'trace')
  t.is(predicateOf(place.statement(), 'falco').summary.total_events, 1)
  t.is(predicateOf(place.statement(), 'falco').source_file.path, 'capture.jsonl')
})

/** Step, its code, and what command-run says besides: the same as untraced. */
const ENDS: readonly (readonly [step: string[], code: number, recorded: Record<string, unknown>])[] = [
  [['true'], 0, {}],
  [['sh', '-c', 'echo out; echo err >&2; exit 7'], 7, { stdout: 'out\n', stderr: 'err\n' }],
  [['sh', '-c', 'kill -9 $$'], 137, { signal: 'SIGKILL' }],
  [['sh', '-c', 'kill -15 $$'], 143, { signal: 'SIGTERM' }],
  [['no-such-program'], 127, { error: 'not_found', processes: undefined, tracing: undefined }],
  [['./plain.txt'], 126, { error: 'not_executable', processes: undefined, tracing: undefined }],
]

traced.serial(
  'a traced step ends as an untraced one: its own code, 127, 126, 128+n; its record is kept',
  async t => {
    for (const [step, wanted, recorded] of ENDS) {
      const place = bench(t)
      files(place.work, { 'plain.txt': 'not a program' })
      const { code, stderr } = await place.step([...TRACED, ...step])
      t.is(code, wanted, `${step.join(' ')}: ${stderr}`)
      const predicate = predicateOf(place.statement(), 'command-run')
      t.like(predicate, { exitcode: wanted, cmd: step, ...recorded })
      if (recorded.error === undefined) t.deepEqual(processesOf(place)[0]?.argv, step)
      else t.deepEqual(leavesOf(place, 'material'), ['plain.txt'], 'nothing ran: all that is there')
    }
  },
)

traced.serial('a file without a `#!` line is run by the shell, as unwrapped', async t => {
  const place = bench(t)
  programOnPath(place.work, 'tool', '')
  writeFileSync(join(place.work, 'tool'), 'echo "$0 $1" | tee made\n')
  const { code, stdout, stderr } = await place.step([...TRACED, './tool', 'x y'])
  t.is(code, 0, stderr)
  t.is(stdout.toString(), './tool x y\n')
})

traced.serial(
  'where tracing is denied nothing runs: exit 3, the reason, the remedy, no envelope',
  async t => {
    const place = bench(t)
    const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope]
    for (const flags of [
      ['-r'],
      ['--trace=auto', '--require-zero-gaps'],
      ['--trace=auto', '--capture-mode=trace'],
    ]) {
      const { code, stdout, stderr } = await lannerDenied(place, [...words, ...flags, '--', 'touch', 'ran'])
      t.is(code, 3, flags.join(' '))
      t.regex(stderr, /ERR_TRACE_NOT_PERMITTED/)
      t.regex(stderr, /seccomp filter[\s\S]*hint: .*--trace=auto/)
      t.is(stdout.length, 0)
      t.deepEqual(readdirSync(place.work), [])
      t.false(existsSync(place.envelope))
    }
  },
)

traced.serial(
  '--trace=auto where tracing is denied: untraced, walked, a warning, and the predicate says why',
  async t => {
    const place = bench(t)
    files(place.work, { old: 'old' })
    const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, '-a', 'environment']
    const events = join(place.root, 'events.jsonl')
    const step = ['--trace=auto', '--events', events, '--', 'sh', '-c', 'echo new > new; exit 4']
    const { code, stderr } = await lannerDenied(place, [...words, ...step])
    t.is(code, 4, stderr)
    t.regex(stderr, /warning: the step is not traced: tracing is not permitted here/)
    const { tracing, processes } = predicateOf(place.statement(), 'command-run')
    t.like(tracing, { requested: 'auto', traced: false })
    t.regex(tracing.reason, /ptrace|PTRACE/i)
    t.is(processes, undefined)
    t.deepEqual([leavesOf(place, 'material'), leavesOf(place, 'product')], [['old'], ['new']])
    t.is(predicateOf(place.statement(), 'product').capture, undefined)
    t.false(existsSync(events), 'there are no events to write')
  },
)

/** Asks for an io_uring, which no tracer can watch; perl has a name for every system call. */
const RING = 'my $room = "x" x 120; syscall(425, 8, $room) == -1 && $!{ENOSYS} or die "there is a ring: $!"'

traced.serial(
  'what escapes the tracer is listed and warned of; --require-zero-gaps makes it exit 3',
  async t => {
    const place = bench(t)
    const step = ['perl', '-MErrno', '-e', RING]
    const { code, stderr } = await place.step([...TRACED, ...step])
    t.is(code, 0, stderr)
    t.regex(stderr, /warning: not in the trace: .*io_uring/)
    const recorded = predicateOf(place.statement(), 'command-run')
    t.is(recorded.tracing.gap_count, 1)
    t.like(recorded.tracing.gaps[0], { count: 1, pid: recorded.processes[0].processid })
    t.regex(recorded.tracing.gaps[0].kind, /io_uring/)

    for (const flag of ['--require-zero-gaps', '--require-zero-drops']) {
      const strict = await place.step(['--json', flag, ...TRACED, ...step])
      t.is(strict.code, 3)
      t.regex(strict.stderr, /error: attestor command-run: 1 things escaped the trace \(ERR_TRACE_GAPS\)/)
      const { attestors } = JSON.parse(strict.stdout.toString()) as {
        attestors: { name: string; status: string }[]
      }
      t.is(attestors.find(({ name }) => name === 'command-run')?.status, 'failed')
      t.is(predicateOf(place.statement(), 'command-run').tracing.gap_count, 1, 'the evidence is kept')
      t.is((await place.step([flag, ...TRACED, 'true'])).code, 0)
    }
  },
)

traced.serial('a call that failed is an attempt, not a fact', async t => {
  const place = bench(t)
  giveToNobody(place)
  const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, '-a', 'environment', '-r']
  const { ended, said } = start(
    t,
    place,
    [...words, '--', 'sh', '-c', 'cat no/such; cat /etc/shadow; rm none'],
    NOBODY,
  )
  await ended
  const attempts = processesOf(place).flatMap(process => process.attempts ?? [])
  const refused = (path: string): string | undefined =>
    attempts.find(attempt => attempt.path?.endsWith(path) === true)?.error
  t.is(refused('/etc/shadow'), 'EACCES', said.stderr)
  t.is(refused('no/such'), 'ENOENT')
  t.is(refused('none'), 'ENOENT')
  t.false(
    processesOf(place).some(({ openedfiles }) => Object.keys(openedfiles ?? {}).includes('/etc/shadow')),
  )
})

traced.serial('secrets are in no argument of the record and in no event; the step got them', async t => {
  const place = bench(t)
  const env = { DEPLOY_TOKEN: String.raw`tok-\0123"456`, DB_PASSWORD: 'pä55wörd-long' }
  const events = join(place.root, 'events.jsonl')
  const script = 'printf %s "$2" | cksum; sh -c true sh "$1$2$2"'
  const words = ['-a', 'environment', '-r', '--events', events, '--', 'sh', '-c', script, 'sh']
  const { code, stdout, stderr } = await place.step([...words, `x${env.DEPLOY_TOKEN}y`, env.DB_PASSWORD], {
    env,
  })
  t.is(code, 0, stderr)
  const { stdout: sum } = spawnSync('cksum', { input: env.DB_PASSWORD, encoding: 'utf8' })
  t.is(stdout.toString(), sum)
  const payload = JSON.stringify(place.statement())
  for (const text of [payload, readFileSync(events, 'utf8')]) {
    t.false(text.includes('tok-'))
    t.false(text.includes('55w'))
    t.true(text.includes('[REDACTED]'))
  }
  t.deepEqual(processesOf(place)[0]?.argv?.slice(-2), ['x[REDACTED]y', '[REDACTED]'])
})

traced.serial(
  'events are written whole, for their owner alone, one JSON object a line with Falco’s names',
  async t => {
    const place = bench(t)
    const events = join(place.root, 'e', 'events.jsonl')
    const lost = await place.step(['-r', '--events', events, '--', 'true'])
    t.is(lost.code, 3, 'the folder is missing')
    t.regex(lost.stderr, /error: events: .*ERR_OUTPUT_WRITE/)
    t.true(existsSync(place.envelope), 'the envelope is not the events’ business')

    const file = join(place.work, 'events.jsonl')
    const words = [
      '-r',
      '--capture-mode',
      'walk',
      '--events',
      'events.jsonl',
      '--',
      'sh',
      '-c',
      'echo x > made; exit 3',
    ]
    t.is((await place.step(words)).code, 3)
    t.is(statSync(file).mode & 0o777, 0o600)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const parsed = lines.map(line => JSON.parse(line) as Record<string, unknown>)
    t.true(
      parsed.every(event => typeof event['evt.type'] === 'string' && typeof event['proc.pid'] === 'number'),
    )
    const made = parsed.find(event => String(event['fd.name']).endsWith('/made'))
    t.like(made, { 'evt.is_open_write': true, 'evt.res': 'SUCCESS' })
    t.deepEqual(leavesOf(place, 'product'), ['made'], 'events are no product')
    t.deepEqual(readdirSync(place.work).sort(), ['events.jsonl', 'made'])
  },
)

traced.serial('a signal that stops us stops the traced step, which ends its own way', async t => {
  const place = bench(t)
  const script = 'trap "echo clean > product; exit 5" TERM; echo ready; while :; do :; done'
  const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, '-r', '--', 'sh', '-c', script]
  const { child, said, ended } = start(t, place, words)
  await until(() => said.stdout.includes('ready'), 'the step')
  child.kill('SIGTERM')
  t.deepEqual(await ended, [5, null], said.stderr)
  t.like(predicateOf(place.statement(), 'command-run'), { exitcode: 5, tracing: { traced: true } })
  t.deepEqual(leavesOf(place, 'product'), ['product'])
})

traced.serial('stdin is ours to the step, blocking as it was', async t => {
  const place = bench(t)
  const script = 'read line; echo "got $line"; grep flags /proc/self/fdinfo/0'
  const { code, stdout, stderr } = await place.step([...TRACED, 'sh', '-c', script], { input: 'a line\n' })
  t.is(code, 0, stderr)
  const [got, flags = ''] = stdout.toString().trim().split('\n')
  t.is(got, 'got a line')
  t.is(Number.parseInt(flags.split(/\s+/)[1] ?? '', 8) & 0o4000, 0, 'O_NONBLOCK')
})

traced.serial('with --tty a traced step is on our terminal, both outputs in order', async t => {
  const place = bench(t)
  if (spawnSync('script', ['--version']).status !== 0) {
    t.log('skipped: no script(1) of util-linux')
    t.pass()
    return
  }
  const step = `for fd in 0 1 2; do test -t $fd && echo "$fd is a terminal"; done
    for n in 1 2 3; do echo "out $n"; echo "err $n" >&2; done`
  writeFileSync(join(place.root, 'step.sh'), step)
  const words = [CLI, 'run', '-s', 't', '-k', place.key, '-o', place.envelope]
  const command = [
    process.execPath,
    ...words,
    '-l',
    'error',
    '--tty',
    '--trace',
    '--',
    'sh',
    '../step.sh',
  ].join(' ')
  const typescript = startProgram(t, 'script', ['-qec', command, '/dev/null'], { cwd: place.work })
  t.deepEqual(await typescript.ended, [0, null], typescript.said.stdout)
  const terminals = [0, 1, 2].map(fd => `${fd} is a terminal`)
  const lines = [1, 2, 3].flatMap(n => [`out ${n}`, `err ${n}`])
  t.deepEqual(typescript.said.stdout.trim().split('\r\n'), [...terminals, ...lines])
  t.like(predicateOf(place.statement(), 'command-run'), {
    tty: true,
    stdout: undefined,
    tracing: { traced: true },
  })
})

traced.serial(
  'what the command leaves running is let go after --trace-linger, and recorded as such',
  async t => {
    const place = bench(t)
    const pidFile = join(place.root, 'pid')
    const left = `(exec >/dev/null 2>&1; exec tail -f /dev/null) & echo $! > ${pidFile}; exit 0`
    const flags = ['-a', 'environment', '-r', '--trace-linger', '0.1', '--']
    const { code, stderr } = await place.step([...flags, 'sh', '-c', left])
    t.is(code, 0, stderr)
    const pid = Number(readFileSync(pidFile, 'utf8'))
    t.true(existsSync(`/proc/${pid}`), 'it still runs')
    process.kill(pid, 'SIGKILL')
    t.true(processesOf(place).find(({ processid }) => processid === pid)?.left_running)
  },
)

traced.serial('a signal to stop ends the lingering, and the envelope is written', async t => {
  const place = bench(t)
  const pidFile = join(place.root, 'pid')
  const left = `(exec >/dev/null 2>&1; exec tail -f /dev/null) & echo $! > ${pidFile}; exit 0`
  const words = [...place.run, '-a', 'environment', '-r']
  const running = start(t, place, [...words, '--trace-linger', '86400', '--', 'sh', '-c', left])
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'), 'the step')
  // Should the command still be ending, the signal is its own, and shows as its code.
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await until(() => readFileSync(`/proc/${pid}/status`, 'utf8').includes('Name:\ttail'), 'what is left')
  await until(() => {
    const written = existsSync(place.envelope)
    if (!written) running.child.kill('SIGTERM')
    return written
  }, 'the envelope')
  const [code] = await running.ended
  process.kill(pid, 'SIGKILL')
  t.true(code === 0 || code === 143, running.said.stderr)
  t.true(processesOf(place).find(({ processid }) => processid === pid)?.left_running)
})

traced.serial('the traced step can reach neither the key nor us', async t => {
  const place = bench(t)
  giveToNobody(place)
  const us = `$(sed -n 's/^PPid:\\s*//p' /proc/$PPID/status)`
  const script = `for pid in $PPID ${us}; do for file in mem environ fd exe; do
      if head -c1 /proc/$pid/$file >/dev/null 2>&1 || ls /proc/$pid/$file/ >/dev/null 2>&1; then echo "$pid $file open"; fi
    done; done; ls /proc/self/fd; tr '\\0' '\\n' < /proc/self/environ | grep PASSPHRASE`
  const words = [
    'run',
    '-s',
    't',
    '-k',
    place.key,
    '-o',
    place.envelope,
    '-a',
    'environment',
    '-r',
    '--',
    'sh',
    '-c',
  ]
  const env = { ...process.env, LANNER_KEY_PASSPHRASE: 'not-needed' }
  const { said, ended } = start(t, place, [...words, `${script}; true`], { ...NOBODY, env })
  t.deepEqual(await ended, [0, null], said.stderr)
  t.is(said.stdout, '0\n1\n2\n3\n', 'the fourth is the folder that `ls` has open')
})

traced.serial('setuid programs: whether they can gain privileges is what the record says', async t => {
  const place = bench(t)
  giveToNobody(place)
  const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, '-a', 'environment', '-r', '--']
  const { said, ended } = start(t, place, [...words, 'grep', 'NoNewPrivs', '/proc/self/status'], NOBODY)
  t.deepEqual(await ended, [0, null], said.stderr)
  const { tracing, stdout } = predicateOf(place.statement(), 'command-run')
  t.is(tracing.no_new_privs === true, /NoNewPrivs:\s+1/.test(stdout))
})

traced.serial(
  'a signed policy about the traced processes is judged, and a step that broke it is refused',
  async t => {
    const place = bench(t)
    files(place.work, { in: 'x' })
    const gate = `package traced
deny[msg] { not input.tracing.traced; msg := "not traced" }
deny[msg] { input.tracing.gap_count > 0; msg := "gaps" }
deny[msg] { p := input.processes[_]; endswith(p.program, "/wget"); msg := "wget ran" }`
    const policy = {
      expires: '2099-01-01T00:00:00Z',
      steps: {
        test: {
          name: 'test',
          functionaries: [{ type: 'publickey', publickeyid: await keyId(place) }],
          attestations: [
            { type: 'https://aflock.ai/attestations/material/v0.3', regopolicies: [] },
            {
              type: 'https://aflock.ai/attestations/command-run/v0.1',
              regopolicies: [{ name: 'traced', module: Buffer.from(gate).toString('base64') }],
            },
            { type: 'https://aflock.ai/attestations/product/v0.3', regopolicies: [] },
          ],
        },
      },
      publickeys: {
        [await keyId(place)]: {
          keyid: await keyId(place),
          key: readFileSync(place.publicKey).toString('base64'),
        },
      },
    }
    files(place.root, { 'policy.json': JSON.stringify(policy) })
    const type = ['-t', 'https://witness.testifysec.com/policy/v0.1']
    const signed = await place.lanner([
      'sign',
      '-k',
      place.key,
      '-f',
      '../policy.json',
      '-o',
      '../policy.signed.json',
      ...type,
    ])
    t.is(signed.code, 0, signed.stderr)
    const verify = [
      'verify',
      '-p',
      '../policy.signed.json',
      '-k',
      place.publicKey,
      '-a',
      place.envelope,
      '-f',
      'out',
    ]
    t.is((await place.step([...TRACED, 'sh', '-c', 'cat in > out'])).code, 0)
    const passed = await place.lanner(verify)
    t.is(passed.code, 0, passed.stderr + passed.stdout.toString())
    t.is((await place.step(['-a', 'environment', '--', 'sh', '-c', 'echo 2 > out'])).code, 0)
    const refused = await place.lanner(verify)
    t.is(refused.code, 1)
    t.regex(refused.stderr + refused.stdout.toString(), /not traced/)
  },
)

async function keyId(place: ReturnType<typeof bench>): Promise<string> {
  const { stdout } = await place.lanner(['keyid', 'show', place.publicKey])
  return stdout.toString().trim().split(/\s+/)[0] ?? ''
}

traced.serial('the witness profile carries the processes of a traced step', async t => {
  const place = bench(t)
  const { code, stderr } = await place.step(['--profile', 'witness', ...TRACED, 'sh', '-c', 'echo x > made'])
  t.is(code, 0, stderr)
  const statement = statementOf(readFileSync(place.envelope, 'utf8'))
  t.deepEqual(predicateOf(statement, 'command-run').processes[0].argv, ['sh', '-c', 'echo x > made'])
  t.deepEqual(Object.keys(predicateOf(statement, 'product')), ['made'])
  t.true(
    statement.subject.some(({ name }) => basename(name) === 'product:made' || name.endsWith('file:made')),
  )
})
