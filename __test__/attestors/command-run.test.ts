// The command-run predicate against recorded ones, and the shape of each way a step can end.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import {
  COMMAND_RUN_TYPE,
  type CommandRunPredicate,
  commandRunFinding,
} from '../../src/attestors/command-run.ts'
import { commandRunSchema } from '../../src/attestors/schemas/command-run.ts'
import { runStep, type StepOptions } from '../../src/attestors/step.ts'

const PATH = process.env.PATH ?? ''
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

async function attest(
  argv: readonly string[],
  more: Partial<StepOptions> = {},
): Promise<CommandRunPredicate> {
  const { predicate } = commandRunFinding(await runStep({ argv, cwd: tmpdir(), env: { PATH }, ...more }))
  return commandRunSchema.parse(predicate) as CommandRunPredicate
}

interface Golden {
  readonly args: readonly string[]
  readonly env: Record<string, string>
  readonly command_run?: Record<string, unknown>
}

async function golden(t: ExecutionContext, name: string, exitcode: number): Promise<void> {
  const corpus = process.env.LANNER_CORPUS
  const recorded = join(corpus ?? '', 'golden/runs', name)
  if (corpus === undefined || !existsSync(recorded)) {
    t.log('skipped: no corpus')
    t.pass()
    return
  }
  const { args, env, command_run } = JSON.parse(readFileSync(join(recorded, 'run.json'), 'utf8')) as Golden
  const folder = mkdtempSync(join(tmpdir(), 'lanner-run-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const input = join(recorded, 'in')
  if (existsSync(input)) cpSync(input, join(folder, 'in'), { recursive: true })
  mkdirSync(join(folder, 'repo'))
  const argv = args.slice(args.indexOf('--') + 1)
  const predicate = await attest(argv, { cwd: join(folder, 'repo'), env: { PATH, ...env } })
  // Where cilock wrote no command-run at all, ours records the command and how it ended.
  t.like(predicate, { cmd: argv, exitcode, ...command_run })
  for (const stream of ['stdout', 'stderr'] as const)
    t.is(predicate[stream], command_run?.[stream] as string | undefined)
}

const RECORDED = [
  ['32-command-exit-3', 3],
  ['33-command-exit-3-ignored', 3],
  ['34-command-not-found', 127],
  ['35-command-killed', 137],
  ['37-stdout-stderr', 0],
  ['73-secret-redaction', 0],
] as const

for (const [name, exitcode] of RECORDED)
  test(`the recorded run ${name} is reproduced`, golden, name, exitcode)

test.serial('success shows its exit code, and silence its digest but no text', async t => {
  t.deepEqual(await attest(['true']), {
    cmd: ['true'],
    exitcode: 0,
    stdout_digest: { sha256: EMPTY },
    stdout_bytes: 0,
    stderr_digest: { sha256: EMPTY },
    stderr_bytes: 0,
  })
})

test.serial('a command that never started has a reason and no output members', async t => {
  t.deepEqual(await attest(['no-such-command-xyz']), {
    cmd: ['no-such-command-xyz'],
    exitcode: 127,
    error: 'not_found',
  })
})

test.serial('a killed command names the signal', async t => {
  t.like(await attest(['sh', '-c', 'kill -9 $$']), { exitcode: 137, signal: 'SIGKILL' })
})

test.serial('output beyond the limit is marked as truncated, each stream by itself', async t => {
  const predicate = await attest(['sh', '-c', 'printf 123456; printf 12345 >&2'], { outputLimit: 5 })
  t.like(predicate, {
    stdout: '12345',
    stdout_bytes: 6,
    stdout_truncated: true,
    stderr: '12345',
    stderr_bytes: 5,
  })
  t.false('stderr_truncated' in predicate)
})

test.serial('with tty there is nothing but the command and its end', async t => {
  t.deepEqual(await attest(['true'], { tty: true }), { cmd: ['true'], exitcode: 0, tty: true })
})

test.serial('an output that was closed on a process left behind is said to be incomplete', async t => {
  const pid = { value: 0 }
  const step = await runStep({
    argv: ['sh', '-c', 'tail -f /dev/null & echo $!'],
    cwd: tmpdir(),
    env: { PATH },
    waitAfterExit: 20,
  })
  pid.value = Number(step.stdout?.text)
  t.teardown(() => process.kill(pid.value, 'SIGKILL'))
  const { predicate, warnings } = commandRunFinding(step)
  t.is(predicate.output_incomplete, true)
  t.is(warnings.length, 1)
})

test.serial('the step brings no subjects', async t => {
  const found = commandRunFinding(await runStep({ argv: ['true'], cwd: tmpdir(), env: { PATH } }))
  t.is(found.subjects.size + found.backRefs.size, 0)
  t.is(COMMAND_RUN_TYPE, 'https://aflock.ai/attestations/command-run/v0.1')
})
