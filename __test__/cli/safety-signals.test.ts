// Whoever asks us to stop asks the step; what it did until then is signed all the same.
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Bench, bench, predicateOf, programOnPath } from './lanner.ts'
import { type Running, start, until } from './safety-probes.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Starts a step that says `ready` once its own handlers stand. */
async function ready(
  t: ExecutionContext,
  place: Bench,
  script: string,
  words: readonly string[] = [],
): Promise<Running> {
  const options = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, ...words]
  const running = start(t, place, [...options, '--', 'sh', '-c', script])
  await until(() => running.said.stdout.includes('ready'), 'the step')
  return running
}

async function assertHolds(t: ExecutionContext, place: Bench): Promise<void> {
  t.is((await place.lanner(['inspect', place.envelope, '-k', place.publicKey])).code, 0)
}

for (const signal of SIGNALS) {
  test(`${signal} ends the step, the envelope is written, and the exit code is 128 and its number`, async t => {
    const place = bench(t)
    const { child, ended } = await ready(t, place, 'echo made > product; echo ready; exec tail -f /dev/null')
    child.kill(signal)
    t.deepEqual(await ended, [128 + constants.signals[signal], null])
    t.like(predicateOf(place.statement(), 'command-run'), {
      exitcode: 128 + constants.signals[signal],
      signal,
    })
    t.is(predicateOf(place.statement(), 'product').leaves[0].path, 'product')
    await assertHolds(t, place)
  })
}

test('a step that handles the signal ends its own way, with its own code', async t => {
  const place = bench(t)
  const script = 'trap "echo clean > product; exit 5" TERM; echo ready; while :; do :; done'
  const { child, ended } = await ready(t, place, script)
  child.kill('SIGTERM')
  t.deepEqual(await ended, [5, null])
  t.is(predicateOf(place.statement(), 'command-run').exitcode, 5)
  t.is(predicateOf(place.statement(), 'product').treeSize, 1)
})

test('a step that takes a signal and goes on is not given up; the next signal reaches it too', async t => {
  const place = bench(t)
  const script = 'trap "echo ignored" TERM; trap "echo last; exit 0" INT; echo ready; while :; do :; done'
  const { child, said, ended } = await ready(t, place, script)
  child.kill('SIGTERM')
  await until(() => said.stdout.includes('ignored'), 'the first signal')
  child.kill('SIGTERM')
  await until(() => said.stdout.split('ignored').length === 3, 'the second signal')
  child.kill('SIGINT')
  t.deepEqual(await ended, [0, null])
  t.is(predicateOf(place.statement(), 'command-run').stdout, 'ready\nignored\nignored\nlast\n')
})

test('a signal that kills the step with SIGKILL by hand is told as that', async t => {
  const place = bench(t)
  const { said, ended } = await ready(t, place, 'echo "ready $$ "; exec tail -f /dev/null')
  process.kill(Number(/ready (\d+) /.exec(said.stdout)?.[1]), 'SIGKILL')
  t.deepEqual(await ended, [137, null])
  t.like(predicateOf(place.statement(), 'command-run'), { exitcode: 137, signal: 'SIGKILL' })
})

test('a process that outlives the step and holds its output is waited for until a signal says otherwise', async t => {
  const place = bench(t)
  // The one left behind speaks up once its parent is gone and reaped: from then on a signal is for us.
  const left = '(while kill -0 $parent 2>/dev/null; do :; done; echo "left behind"; exec tail -f /dev/null)'
  const { child, said, ended } = await ready(t, place, `parent=$$; ${left} & echo "ready $! "; exit 0`)
  const orphan = Number(/ready (\d+) /.exec(said.stdout)?.[1])
  t.teardown(() => {
    try {
      process.kill(orphan, 'SIGKILL')
    } catch {
      // GNU tail ends by itself once nobody reads what it prints.
    }
  })
  await until(() => said.stdout.includes('left behind'), 'the process left behind')
  t.false(existsSync(place.envelope))
  child.kill('SIGTERM')
  t.deepEqual(await ended, [0, null], said.stderr)
  t.like(predicateOf(place.statement(), 'command-run'), { exitcode: 0, output_incomplete: true })
  t.regex(said.stderr, /a process the command left behind held its output open/)
  await assertHolds(t, place)
})

test('a signal while the products are digested does not cost the envelope', async t => {
  const place = bench(t)
  // Large enough that digesting it takes longer than a signal.
  const script = 'echo ready; truncate -s 256M product'
  const { child, ended } = await ready(t, place, script)
  await until(() => existsSync(join(place.work, 'product')), 'the product')
  child.kill('SIGINT')
  const [code] = await ended
  t.true(code === 0 || code === 130, String(code))
  t.is(predicateOf(place.statement(), 'command-run').exitcode, code)
  await assertHolds(t, place)
})

test('before the step runs a signal ends us at once, and nothing has run', async t => {
  const place = bench(t)
  // git is asked before the step: one that never answers keeps us where we are.
  const asked = join(place.root, 'asked')
  const script = `echo $$ > ${asked}.tmp; mv ${asked}.tmp ${asked}; exec tail -f /dev/null`
  const PATH = programOnPath(join(place.root, 'bin'), 'git', script)
  const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, '-a', 'git']
  const { child, ended } = start(t, place, [...words, '--', 'touch', '../ran'], {
    env: { ...process.env, PATH },
  })
  await until(() => existsSync(asked), 'the question to git')
  t.teardown(() => process.kill(Number(readFileSync(asked, 'utf8')), 'SIGKILL'))
  child.kill('SIGTERM')
  t.deepEqual(await ended, [null, 'SIGTERM'])
  t.false(existsSync(join(place.root, 'ran')))
  t.false(existsSync(place.envelope))
})
