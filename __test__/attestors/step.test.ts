// The step runner with real commands: exit codes, signals, output of any size and kind, secrets, descriptors.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import { openOutputPipes } from '../../src/attestors/output-pipe.ts'
import { OutputRecorder } from '../../src/attestors/output-recorder.ts'
import { createRedactor, secretValues } from '../../src/attestors/redaction.ts'
import { runStep, type StepOptions, type StepResult } from '../../src/attestors/step.ts'
import { LannerError } from '../../src/error.ts'

const PATH = process.env.PATH ?? ''

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'lanner-step-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function run(argv: readonly string[], more: Partial<StepOptions> = {}): Promise<StepResult> {
  return runStep({ argv, cwd: tmpdir(), env: { PATH }, fromTerminal: false, ...more })
}

const sh = (script: string, more: Partial<StepOptions> = {}): Promise<StepResult> =>
  run(['sh', '-c', script], more)

/** Resolves at the first chunk, with what was written so far. */
function firstChunk(stream: PassThrough): Promise<string> {
  return once(stream, 'data').then(([chunk]) => String(chunk))
}

test.serial('SIGTERM and SIGHUP to us reach the command, and the step still ends as a result', async t => {
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    const onStdout = new PassThrough()
    const ready = firstChunk(onStdout)
    const step = sh(`trap 'echo caught; exit 9' ${signal.slice(3)}; echo ready; while :; do :; done`, {
      onStdout,
    })
    t.is(await ready, 'ready\n')
    process.kill(process.pid, signal)
    const result = await step
    t.is(result.exitCode, 9)
    t.is(result.stdout?.text, 'ready\ncaught\n')
    t.deepEqual(result.received, [signal])
  }
})

test.serial('SIGINT is passed on, unless the terminal has sent it to the command already', async t => {
  for (const fromTerminal of [false, true]) {
    const [onStdout, onStderr] = [new PassThrough(), new PassThrough()]
    const ready = firstChunk(onStdout)
    const script = `trap 'echo int' INT; trap 'exit 0' TERM; echo ready; while :; do :; done`
    const step = sh(script, { onStdout, onStderr, fromTerminal })
    await ready
    process.kill(process.pid, 'SIGINT')
    // The loop of the shell runs its traps in the order of the signals' numbers.
    process.kill(process.pid, 'SIGTERM')
    const result = await step
    t.deepEqual(result.received, ['SIGINT', 'SIGTERM'])
    t.is(result.stdout?.text, fromTerminal ? 'ready\n' : 'ready\nint\n')
  }
})

test.serial('our signal handlers are gone when the step is over', async t => {
  const before = process.listenerCount('SIGTERM')
  await run(['true'])
  await run(['no-such-command-xyz'])
  t.is(process.listenerCount('SIGTERM'), before)
})

test.serial('a signal after the command ended stops the wait for what it left behind', async t => {
  const onStdout = new PassThrough()
  const pid = firstChunk(onStdout)
  // The process left behind tells when its parent is gone: its parent id has changed.
  const script = `parent=$$; (while kill -0 $parent 2>/dev/null; do :; done; echo orphan >&2; exec tail -f /dev/null) & echo $!; exit 4`
  const onStderr = new PassThrough()
  const orphaned = firstChunk(onStderr)
  const step = sh(script, { onStdout, onStderr, waitAfterExit: 600_000 })
  const left = Number(await pid)
  t.teardown(() => process.kill(left, 'SIGKILL'))
  await orphaned
  process.kill(process.pid, 'SIGTERM')
  const result = await step
  t.is(result.exitCode, 4)
  t.true(result.outputIncomplete)
})

test.serial('the exit code is the command’s own', async t => {
  t.is((await sh('exit 0')).exitCode, 0)
  t.is((await sh('exit 3')).exitCode, 3)
  t.is((await sh('exit 255')).exitCode, 255)
})

test.serial('a signal is 128 and its number, and named', async t => {
  for (const [signal, code] of [
    ['KILL', 137],
    ['TERM', 143],
    ['SEGV', 139],
  ] as const) {
    const result = await sh(`kill -${signal} $$`)
    t.is(result.exitCode, code)
    t.is(result.signal, `SIG${signal}`)
  }
})

test.serial('a command that does not exist is 127, with no output to speak of', async t => {
  const result = await run(['no-such-command-xyz'])
  t.like(result, { exitCode: 127, error: 'not_found', errorText: 'command `no-such-command-xyz` not found' })
  t.is(result.stdout, undefined)
  t.false(result.outputIncomplete)
  t.is((await run(['./missing'])).exitCode, 127)
  t.is((await run(['no-such'], { openPipes: async () => undefined })).exitCode, 127)
})

test.serial('a command that cannot be executed is 126', async t => {
  const cwd = folder(t)
  writeFileSync(join(cwd, 'plain'), 'x')
  t.like(await run(['./plain'], { cwd }), { exitCode: 126, error: 'not_executable' })
  t.like(await run(['./plain/below'], { cwd }), { exitCode: 126, error: 'not_executable' })
  t.like(await run([cwd]), { exitCode: 126, error: 'not_executable' })
  t.like(await run(['true', 'x'.repeat(4_000_000)]), { exitCode: 126, error: 'not_executable' })
})

test.serial('no command and no working directory are errors, not results', async t => {
  const none = await t.throwsAsync(run([]), { instanceOf: LannerError })
  t.is((none as LannerError).exit, 2)
  const away = await t.throwsAsync(run(['true'], { cwd: '/no/such/folder' }), { instanceOf: LannerError })
  t.is((away as LannerError).code, 'ERR_STEP_NO_DIRECTORY')
})

test.serial('arguments reach the command as they are, without a shell', async t => {
  const result = await run(['printf', '%s|', '$HOME', '*', 'a b', '', '`id`'])
  t.is(result.stdout?.text, '$HOME|*|a b||`id`|')
  t.deepEqual(result.cmd, ['printf', '%s|', '$HOME', '*', 'a b', '', '`id`'])
})

test.serial('output is streamed as it comes and recorded apart', async t => {
  const [onStdout, onStderr] = [new PassThrough(), new PassThrough()]
  const result = await sh('echo out; echo err >&2', { onStdout, onStderr })
  t.is(String(onStdout.read()), 'out\n')
  t.is(String(onStderr.read()), 'err\n')
  t.is(result.stdout?.text, 'out\n')
  t.is(result.stderr?.text, 'err\n')
})

test.serial('the command may open its stdout and stderr by name', async t => {
  const result = await sh('echo one > /dev/stdout; echo two > /dev/stderr; test -p /dev/stdout')
  t.like(result, { exitCode: 0, stdout: { text: 'one\n' }, stderr: { text: 'two\n' } })
})

test.serial('without pipes of our own, sockets do', async t => {
  const result = await sh('echo out; echo err >&2; exit 5', { openPipes: async () => undefined })
  t.like(result, {
    exitCode: 5,
    stdout: { text: 'out\n' },
    stderr: { text: 'err\n' },
    outputIncomplete: false,
  })
})

test.serial(
  'no folder and no descriptor of the pipes outlives the step, and none of ours reaches the command',
  async t => {
    const folders = (): string[] =>
      readdirSync(tmpdir()).filter(name => existsSync(join(tmpdir(), name, 'stdout')))
    const descriptors = (): string[] => readdirSync('/proc/self/fd')
    const before = { folders: folders(), descriptors: descriptors() }
    // `ls` started by hand shows what is inherited from whoever started us.
    const inherited = execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' })
    const result = await run(['ls', '/proc/self/fd'])
    t.is(result.stdout?.text, inherited)
    t.deepEqual({ folders: folders(), descriptors: descriptors() }, before)
  },
)

test.serial('64 MiB of output is recorded up to the limit and digested whole', async t => {
  const cwd = folder(t)
  const size = 64 * 1024 * 1024
  const seen = { bytes: 0 }
  const onStdout = new Writable({
    highWaterMark: 1024,
    write(chunk: Buffer, _, done) {
      seen.bytes += chunk.length
      setImmediate(done)
    },
  })
  const before = process.memoryUsage().rss
  const script = `yes 'sixty-four mebibytes of lines' | head -c ${size} | tee copy`
  const { stdout, exitCode } = await sh(script, { cwd, onStdout, outputLimit: 1000 })
  const grown = process.memoryUsage().rss - before
  const expected = execFileSync('sha256sum', [join(cwd, 'copy')])
    .toString()
    .slice(0, 64)
  t.is(exitCode, 0)
  t.is(stdout?.sha256, expected)
  t.is(stdout?.bytes, size)
  t.is(seen.bytes, size)
  t.is(Buffer.byteLength(stdout?.text ?? ''), 1000)
  t.true(stdout?.truncated)
  t.true(grown < size, `memory grew by ${grown} bytes`)
})

test.serial('a stream of ours that breaks does not stop the command or the record', async t => {
  const onStdout = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  const result = await sh(
    'i=0; while [ $i -lt 2000 ]; do echo "line $i of many"; i=$((i+1)); done; echo done >&2',
    { onStdout },
  )
  t.is(result.exitCode, 0)
  t.is(result.stdout?.text.split('\n').length, 2001)
  t.is(result.stderr?.text, 'done\n')
})

test.serial('a stream of ours that was closed before is not written to', async t => {
  const onStdout = new PassThrough()
  onStdout.destroy()
  t.is((await sh('echo x', { onStdout })).stdout?.text, 'x\n')
})

test.serial('a process left behind cannot keep us waiting', async t => {
  const onStdout = new PassThrough()
  const pid = firstChunk(onStdout)
  const step = sh('tail -f /dev/null & echo $!; exit 6', { onStdout, waitAfterExit: 50 })
  const left = Number(await pid)
  t.teardown(() => process.kill(left, 'SIGKILL'))
  t.like(await step, { exitCode: 6, outputIncomplete: true, stdout: { text: `${left}\n` } })
})

test.serial('a slow reader of ours loses nothing to the wait', async t => {
  const held: { release?: () => void } = {}
  const onStdout = new Writable({
    write(_chunk, _encoding, done) {
      if (held.release === undefined) held.release = done
      else done()
    },
  })
  const running = sh('yes | head -c 100000', { onStdout, waitAfterExit: 250 })
  // Longer than the wait, measured by other steps that begin and end.
  const start = performance.now()
  while (performance.now() - start < 600) await run(['true'])
  held.release?.()
  const result = await running
  t.is(result.stdout?.bytes, 100_000)
  t.false(result.outputIncomplete)
})

test.serial(
  'bytes that are not UTF-8 become U+FFFD in the text and stay themselves in digest and stream',
  async t => {
    const onStdout = new PassThrough()
    const { stdout } = await run(['printf', 'a\\377b\\303\\251\\357\\273\\277c'], { onStdout })
    t.is(stdout?.text, 'a\ufffdbé\ufeffc')
    t.deepEqual(onStdout.read(), Buffer.from('a\xffb\xc3\xa9\xef\xbb\xbfc', 'latin1'))
    t.is(stdout?.bytes, 9)
    t.is(
      stdout?.sha256,
      execFileSync('sh', ['-c', "printf 'a\\377b\\303\\251\\357\\273\\277c' | sha256sum"])
        .toString()
        .slice(0, 64),
    )
  },
)

test.serial('the record is not cut within a character', async t => {
  for (const limit of [1, 2, 3, 4, 5, 6, 7]) {
    const { stdout } = await run(['printf', 'aé€\u{1f600}z'], { outputLimit: limit })
    t.false(stdout?.text.includes('\ufffd'), `cut at ${limit}`)
    t.true('aé€\u{1f600}z'.startsWith(stdout?.text ?? '?'))
  }
})

test.serial('stdin is ours', async t => {
  const program = `import { runStep } from ${JSON.stringify(join(import.meta.dirname, '../../src/attestors/step.ts'))}
    const { stdout } = await runStep({ argv: ['cat'], cwd: '/', env: process.env })
    process.stdout.write(JSON.stringify(stdout.text))`
  const child = spawn(
    process.execPath,
    ['--import=@oxc-node/core/register', '--input-type=module', '-e', program],
    {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  child.stdin.end('from our stdin')
  let said = ''
  for await (const chunk of child.stdout) said += String(chunk)
  t.is(said, '"from our stdin"')
})

test.serial('with tty the command has our descriptors and no output is recorded', async t => {
  const cwd = folder(t)
  const ours = [0, 1, 2].map(fd => execFileSync('readlink', [`/proc/${process.pid}/fd/${fd}`]).toString())
  const result = await sh('for fd in 0 1 2; do readlink /proc/$$/fd/$fd; done > seen', { cwd, tty: true })
  t.true(result.tty)
  t.is(result.stdout, undefined)
  const seen = readFileSync(join(cwd, 'seen'), 'utf8').split(/(?<=\n)/)
  // While the loop runs, its own stdout is the file.
  t.deepEqual([seen[0], seen[2]], [ours[0], ours[2]])
})

test.serial('passphrases of signing keys do not reach the command, other secrets do', async t => {
  const env = {
    PATH,
    LANNER_KEY_PASSPHRASE: 'lanner-pass',
    AFLOCK_KEY_PASSPHRASE: 'aflock-pass',
    WITNESS_KEY_PASSPHRASE: 'witness-pass',
    MY_TOKEN: 'the-steps-own',
  }
  const { stdout } = await run(['env'], { env })
  t.deepEqual(stdout?.text.split('\n').sort(), ['', 'MY_TOKEN=[REDACTED]', `PATH=${PATH}`])
})

test.serial('a secret split over writes is not recorded, in output or in arguments', async t => {
  const env = { PATH, MY_TOKEN: 's3cr3t-value-123', TINY_TOKEN: 'short', PLAIN: 'plain-value-1' }
  const onStdout = new PassThrough()
  const script =
    'printf s3cr3t-; printf "" ; printf value-123; echo " short plain-value-1"; echo $MY_TOKEN >&2'
  const result = await run(['sh', '-c', script, '--key=s3cr3t-value-123'], { env, onStdout })
  t.is(result.stdout?.text, '[REDACTED] short plain-value-1\n')
  t.is(result.stderr?.text, '[REDACTED]\n')
  t.is(result.cmd[3], '--key=[REDACTED]')
  // What the person sees is what the command printed.
  t.true(String(onStdout.read()).includes('s3cr3t-value-123'))
})

test.serial('no cut of the record leaves the head of a secret', t => {
  const secrets = ['0123456789abcdef', 'ZYXWVUTSRQ']
  const raw = Buffer.from('..0123456789abcdef..ZYXWVUTSRQ0123456789abcdef..0123456789abcdef')
  const redactor = createRedactor(secrets)
  for (let limit = 0; limit <= raw.length + 1; limit++) {
    for (const step of [1, 7, raw.length]) {
      const recorder = new OutputRecorder(limit, redactor)
      for (let at = 0; at < raw.length; at += step) recorder.take(raw.subarray(at, at + step))
      const { text } = recorder.finish()
      const rest = text.replaceAll('[REDACTED]', '').replace(/\[[A-Z]*$/, '')
      t.regex(rest, /^\.*$/, `limit ${limit}, chunks of ${step}`)
      t.true(text.length <= Math.max(limit, raw.length))
    }
  }
})

test.serial('overlapping secrets vanish together', t => {
  const redactor = createRedactor(['abcdefgh', 'efghijkl', 'abcdefghij'])
  t.is(redactor.text('-abcdefghijkl-abcdefgh-'), '-[REDACTED]-[REDACTED]-')
  t.is(redactor.text('abcdefghabcdefgh'), '[REDACTED][REDACTED]')
})

test.serial('a secret that is not UTF-8 is found as bytes, and as the text Node made of it', t => {
  const secret = Buffer.from('pass\xffword', 'latin1').toString()
  const recorder = new OutputRecorder(1000, createRedactor([secret]))
  recorder.take(Buffer.from(`<${secret}>`))
  recorder.take(Buffer.from('<pass\xffword>', 'latin1'))
  t.is(recorder.finish().text, '<[REDACTED]><[REDACTED]>')
})

test.serial('a value is secret by its name and from eight bytes on', t => {
  const env = {
    A_TOKEN: '12345678',
    B_TOKEN: '1234567',
    my_api_key: 'éééé',
    PLAIN: 'longer-than-8',
    X_TOKEN: undefined,
  }
  t.deepEqual(secretValues(env), ['12345678', 'éééé'])
})

test.serial('the pipes are close-on-exec and only our end is non-blocking', async t => {
  const pipes = await openOutputPipes()
  if (pipes === undefined) return t.fail('no pipes')
  const flags = (fd: number): number =>
    Number.parseInt(/flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8)
  for (const { readEnd, writeEnd } of pipes) {
    t.is(flags(readEnd) & 0o2004000, 0o2004000)
    t.is(flags(writeEnd) & 0o2004000, 0o2000000)
    closeSync(readEnd)
    closeSync(writeEnd)
  }
})
