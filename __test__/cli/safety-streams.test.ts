// Our own streams may be closed, slow or full, and the step's as long as it likes: nothing is lost in silence or kept in memory.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Bench, bench, CLI, predicateOf, run, statementOf } from './lanner.ts'
import { start, startProgram, until, writeCapture } from './safety-probes.ts'

/** Runs `lanner` with a shell script around it, where `"$@"` is the command; its code is written to `code`. */
async function around(
  place: Bench,
  script: string,
  words: readonly string[],
): Promise<{ code: number; stderr: string }> {
  const program = ['-c', script, 'sh', process.execPath, CLI, ...words]
  const { stderr } = await run('sh', program, { cwd: place.work })
  return { code: Number(readFileSync(join(place.root, 'code'), 'utf8')), stderr }
}

function skip(t: ExecutionContext, why: string): void {
  t.log(`skipped: ${why}`)
  t.pass()
}

const CLOSED = '{ "$@"; echo $? > ../code; } | true'
const FULL = '"$@" > /dev/full; echo $? > ../code'

test('an envelope for a stdout that nobody reads is an error, small or large, and no crash', async t => {
  const place = bench(t)
  writeCapture(join(place.root, 'capture.jsonl'), 5)
  const words = ['run', '-s', 't', '-k', place.key, '-l', 'error', '-a', 'falco']
  for (const more of [[], ['--attestor-falco-file', '../capture.jsonl']]) {
    const named = more.length === 0 ? words.slice(0, -2) : words
    const { code, stderr } = await around(place, CLOSED, [...named, ...more, '--', 'true'])
    t.is(code, 3, stderr)
    t.regex(
      stderr,
      /^error: stdout was closed before the envelope was written \(ERR_ENVELOPE_STDOUT\)\n\nhint: .*\n$/,
    )
  }
})

test('a reader that has seen enough is no error for what is only shown', async t => {
  const place = bench(t)
  t.is((await place.step(['--', 'true'])).code, 0)
  for (const words of [
    ['inspect', place.envelope],
    ['attestors', 'list'],
    ['doctor'],
    ['--help'],
    ['completion', 'bash'],
  ]) {
    t.deepEqual(await around(place, CLOSED, words), { code: 0, stderr: '' }, words.join(' '))
  }
})

test('a step whose output nobody reads is recorded whole', async t => {
  const place = bench(t)
  const words = [
    'run',
    '-s',
    't',
    '-k',
    place.key,
    '-o',
    place.envelope,
    '-l',
    'error',
    '--',
    'sh',
    '-c',
    'seq 20000',
  ]
  const { code, stderr } = await around(place, CLOSED, words)
  t.is(code, 0, stderr)
  t.is(predicateOf(place.statement(), 'command-run').stdout_bytes, 108_894)
})

test('a stdout on a full disk is an error that says so; a stderr on one costs nothing but the messages', async t => {
  const place = bench(t)
  if (!existsSync('/dev/full')) return skip(t, 'no /dev/full')
  for (const words of [
    ['run', '-s', 't', '-k', place.key, '-l', 'error', '--', 'true'],
    ['attestors', 'list'],
  ]) {
    const { code, stderr } = await around(place, FULL, words)
    t.is(code, 3, stderr)
    t.regex(stderr, /^error: .*no space left on device.*\(ERR_OUTPUT_STDOUT\)\n$/)
  }
  const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, '--', 'sh', '-c', 'echo note >&2']
  t.is((await around(place, FULL.replace('>', '2>'), words)).code, 0)
  t.is(predicateOf(place.statement(), 'command-run').stderr, 'note\n')
})

test('a slow reader gets all of a large envelope', async t => {
  const place = bench(t)
  writeCapture(join(place.root, 'capture.jsonl'), 7.5)
  const words = ['run', '-s', 't', '-k', place.key, '-l', 'error', '-a', 'falco', '--attestor-falco-file']
  const { child, ended } = start(t, place, [...words, '../capture.jsonl', '--', 'true'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stdout = child.stdout
  if (stdout === null) return t.fail('no stdout')
  // `start` reads as fast as it can; here each read waits for the reader's turn, and another program runs in between.
  stdout.removeAllListeners('data')
  let text = ''
  for await (const chunk of stdout) {
    text += String(chunk)
    if (text.length % 7 === 0) await run('true', [])
  }
  t.deepEqual(await ended, [0, null])
  t.true(text.length > 10e6)
  const file = join(place.root, 'read.json')
  writeFileSync(file, text)
  t.is((await place.lanner(['inspect', file, '-k', place.publicKey])).code, 0)
})

test('64 MiB of output costs no more memory than a little, and is digested whole', async t => {
  const place = bench(t)
  const size = 64 << 20
  const peak = async (script: string): Promise<number> => {
    // Our own peak as the kernel counts it, read by the step at its end.
    const words = ['-l', 'error', '--', 'sh', '-c', `${script}; cat /proc/$PPID/status > ../status`]
    const { code, stdout, stderr } = await place.step(words)
    t.is(code, 0, stderr)
    const { stdout_digest, stdout_bytes } = predicateOf(place.statement(), 'command-run')
    t.is(stdout_bytes, stdout.length)
    t.is(stdout_digest.sha256, createHash('sha256').update(stdout).digest('hex'))
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(join(place.root, 'status'), 'utf8'))?.[1])
  }
  if (!existsSync('/proc/self/status')) return skip(t, 'no procfs')
  const little = await peak('echo little')
  const much = await peak(`yes 'a line of many' | head -c ${size}`)
  t.log(`peak ${little} kB with a little output, ${much} kB with 64 MiB`)
  const recorded = predicateOf(place.statement(), 'command-run')
  t.is(recorded.stdout_bytes, size)
  t.is(Buffer.byteLength(recorded.stdout), 1 << 20)
  t.true(recorded.stdout_truncated)
  // What the collector has not freed yet stays the same for any size; the output itself would be this much and more.
  t.true(much - little < size >> 10, `${much - little} kB more`)
})

test('with --tty the step is on our terminal, with both outputs in the order they were written, and recorded as such', async t => {
  const place = bench(t)
  if (spawnSync('script', ['--version']).status !== 0) return skip(t, 'no script(1) of util-linux')
  const step = `for fd in 0 1 2; do test -t $fd && echo "$fd is a terminal"; done
    for n in 1 2 3 4 5; do echo "out $n"; echo "err $n" >&2; done`
  writeFileSync(join(place.root, 'step.sh'), step)
  const words = [
    CLI,
    'run',
    '-s',
    't',
    '-k',
    place.key,
    '-o',
    place.envelope,
    '-l',
    'error',
    '--tty',
    '--',
    'sh',
    '../step.sh',
  ]
  const typescript = startProgram(
    t,
    'script',
    ['-qec', [process.execPath, ...words].join(' '), '/dev/null'],
    {
      cwd: place.work,
    },
  )
  t.deepEqual(await typescript.ended, [0, null], typescript.said.stdout)
  const terminals = [0, 1, 2].map(fd => `${fd} is a terminal`)
  const lines = [1, 2, 3, 4, 5].flatMap(n => [`out ${n}`, `err ${n}`])
  t.deepEqual(typescript.said.stdout.trim().split('\r\n'), [...terminals, ...lines])
  const recorded = predicateOf(place.statement(), 'command-run')
  t.like(recorded, { exitcode: 0, tty: true, stdout: undefined, stderr: undefined, stdout_digest: undefined })
})

test('without --tty the step meets pipes even on a terminal, and its output is recorded', async t => {
  const place = bench(t)
  if (spawnSync('script', ['--version']).status !== 0) return skip(t, 'no script(1) of util-linux')
  const step = 'test -t 0 && echo in; test -t 1 || echo out >&2; test -p /dev/stdout && echo piped'
  writeFileSync(join(place.root, 'step.sh'), step)
  const words = [
    CLI,
    'run',
    '-s',
    't',
    '-k',
    place.key,
    '-o',
    place.envelope,
    '-l',
    'error',
    '--',
    'sh',
    '../step.sh',
  ]
  const typescript = startProgram(
    t,
    'script',
    ['-qec', [process.execPath, ...words].join(' '), '/dev/null'],
    {
      cwd: place.work,
    },
  )
  t.deepEqual(await typescript.ended, [0, null], typescript.said.stdout)
  t.like(predicateOf(place.statement(), 'command-run'), { stdout: 'in\npiped\n', stderr: 'out\n' })
})

test('without --outfile stdout is the envelope and nothing else, and the step prints to stderr', async t => {
  const place = bench(t)
  const words = ['run', '-s', 't', '-k', place.key, '--', 'sh', '-c', 'echo from the step']
  const { child, said, ended } = start(t, place, words)
  await until(() => child.exitCode !== null, 'the end')
  await ended
  t.is(predicateOf(statementOf(said.stdout), 'command-run').stdout, 'from the step\n')
  t.regex(said.stderr, /^from the step$/m)
})
