// How `run` ends and what goes where: the step's own code, failed attestors, keys that cannot be read, stdout, stderr and `--json`.
// One test a law. Started by ava.
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { bench, predicateOf, statementOf } from './lanner.ts'

/** Step, its code, and what command-run says besides. */
const CODES: readonly (readonly [step: string[], code: number, recorded: Record<string, unknown>])[] = [
  [['true'], 0, {}],
  [['sh', '-c', 'exit 1'], 1, {}],
  [['sh', '-c', 'exit 70'], 70, {}],
  [['sh', '-c', 'exit 255'], 255, {}],
  [['sh', '-c', 'kill -9 $$'], 137, { signal: 'SIGKILL' }],
  [['sh', '-c', 'kill -15 $$'], 143, { signal: 'SIGTERM' }],
  [['no-such-program'], 127, { error: 'not_found' }],
  [['./plain.txt'], 126, { error: 'not_executable' }],
  [['.'], 126, { error: 'not_executable' }],
]

test.serial(
  'the exit code is the step’s own, 127, 126 or 128+n, and the envelope is written in each case',
  async t => {
    for (const [step, wanted, recorded] of CODES) {
      const place = bench(t)
      writeFileSync(join(place.work, 'plain.txt'), 'not a program')
      chmodSync(join(place.work, 'plain.txt'), 0o644)
      const { code, stderr } = await place.step(['-a', 'environment', '--', ...step])
      t.is(code, wanted, `${step.join(' ')}: ${stderr}`)
      t.like(predicateOf(place.statement(), 'command-run'), { exitcode: wanted, cmd: step, ...recorded })
    }
  },
)

test.serial(
  'the step’s code wins over a failed attestor, which is 3; ignoring the step’s code leaves the attestor’s',
  async t => {
    const place = bench(t)
    const words = ['-a', 'falco', '--', 'sh', '-c']
    t.is((await place.step([...words, 'exit 5'])).code, 5)
    t.is((await place.step([...words, 'exit 0'])).code, 3)
    t.is((await place.step(['--ignore-command-exit-code', ...words, 'exit 5'])).code, 3)
    t.is((await place.step(['--ignore-command-exit-code', '-a', 'environment', '--', 'false'])).code, 0)
    t.is(predicateOf(place.statement(), 'command-run').exitcode, 1)
  },
)

test.serial(
  'a default attestor that does not apply is a warning; the same one asked for is exit 3',
  async t => {
    const place = bench(t)
    const byDefault = await place.step(['--', 'true'])
    t.is(byDefault.code, 0)
    t.regex(byDefault.stderr, /warning: attestor git has nothing to record/)
    t.is((await place.step(['-a', 'git', '--', 'true'])).code, 3)
  },
)

test.serial('a key that cannot be read costs nothing: exit 3, the step is not run', async t => {
  const place = bench(t)
  writeFileSync(join(place.root, 'bad.pem'), 'not a key')
  for (const key of ['no-such.pem', 'bad.pem', 'key.pub.pem']) {
    const words = [
      'run',
      '-s',
      'test',
      '-k',
      join(place.root, key),
      '-o',
      place.envelope,
      '--',
      'touch',
      'ran',
    ]
    const { code, stderr } = await place.lanner(words)
    t.is(code, 3, `${key}: ${stderr}`)
    t.true(stderr.includes(key), stderr)
    t.false(existsSync(join(place.work, 'ran')) || existsSync(place.envelope), key)
  }
})

test.serial('without --outfile the envelope alone is on stdout, the step’s stdout on stderr', async t => {
  const place = bench(t)
  const words = [
    'run',
    '-s',
    'test',
    '-k',
    place.key,
    '-a',
    'environment',
    '--',
    'sh',
    '-c',
    'echo to-out; echo to-err >&2',
  ]
  const { code, stdout, stderr } = await place.lanner(words)
  t.is(code, 0)
  t.is(predicateOf(statementOf(stdout.toString()), 'command-run').stdout, 'to-out\n')
  t.regex(stderr, /to-out/)
  t.regex(stderr, /to-err/)
  const file = await place.step(['-a', 'environment', '--', 'echo', 'to-out'])
  t.is(file.stdout.toString(), 'to-out\n')
  t.is(statSync(place.envelope).mode & 0o777, 0o644)
})

test.serial(
  '--json is one object on stdout, of a success and of a failure, and the step’s stdout goes to stderr',
  async t => {
    const place = bench(t)
    for (const flag of [['--json'], ['--output-format', 'json'], ['--json=true']]) {
      const { code, stdout, stderr } = await place.step([
        ...flag,
        '-a',
        'environment,falco',
        '--',
        'echo',
        'hello',
      ])
      t.is(code, 3)
      t.regex(stderr, /^hello$/m)
      const summary = JSON.parse(stdout.toString()) as { attestors: { name: string; status: string }[] }
      t.like(summary, {
        step: 'test',
        uploaded: false,
        outfile: place.envelope,
        wrapped_command: { args: ['echo', 'hello'], exit_code: 0 },
      })
      t.deepEqual(
        summary.attestors.map(({ name, status }) => `${name} ${status}`),
        ['environment ran', 'material ran', 'command-run ran', 'product ran', 'falco failed'],
      )
    }
    const failed = await place.lanner([
      'run',
      '-s',
      'test',
      '-k',
      'no-such.pem',
      '--json',
      '-o',
      'x',
      '--',
      'true',
    ])
    t.is(failed.code, 3)
    t.like(JSON.parse(failed.stdout.toString()), { error: { code: 'ERR_KEY_READ' }, exit: 3 })
  },
)
