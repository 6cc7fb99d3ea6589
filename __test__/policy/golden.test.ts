// Every recorded cilock verdict against ours: equal, or named in docs/differences.md with the direction it differs in.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { CLI, corpus } from '../cli/lanner.ts'

interface Case {
  readonly verify: { readonly args: readonly string[]; readonly env?: Record<string, string> }
  readonly expected: {
    readonly exit: number
    readonly class: string
    readonly json?: Record<string, unknown> | null
  }
}

interface Outcome {
  readonly name: string
  readonly expected: Case['expected']
  readonly code: number | null
  readonly stdout: string
}

const DOCUMENT = resolve(fileURLToPath(new URL('../../docs/differences.md', import.meta.url)))
/** cilock's members of the JSON verdict. */
const MEMBERS = ['passed', 'step', 'matchedSubject', 'observedSubjectName']

/** The cases a section of the document names. */
function named(heading: string): string[] {
  const text = readFileSync(DOCUMENT, 'utf8')
  const section = text.split(heading)[1]?.split(/\n\n[A-Z]/)[0] ?? ''
  return [...section.matchAll(/^\| `(\d{3}-[^`]+)`/gm)].map(([, name]) => name ?? '')
}

/** Wrong usage, and a policy that isn't named at all. */
function mayBeUsage({ exit, class: kind }: Case['expected']): boolean {
  return exit === 1 && (kind === 'usage' || kind === 'policy-load')
}

async function replay(directory: string, name: string, scratch: string): Promise<Outcome> {
  const { verify, expected } = JSON.parse(readFileSync(join(directory, 'case.json'), 'utf8')) as Case
  const words = verify.args.map((word, at) =>
    verify.args[at - 1] === '--vsa-outfile' ? join(scratch, `${name}.json`) : word,
  )
  const format = words.includes('-o') || words.includes('--format') ? [] : ['-o', 'json']
  const { CILOCK_POLICY_HARDENING: _, ...env } = process.env
  const child = spawn(process.execPath, [CLI, 'verify', ...words, ...format], {
    cwd: directory,
    env: { ...env, ...verify.env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  const code = await new Promise<number | null>(done => child.on('close', done))
  return { name, expected, code, stdout: format.length === 0 ? '' : stdout }
}

async function replayAll(cases: string): Promise<Outcome[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'lanner-golden-'))
  const left = readdirSync(cases).sort()
  const outcomes: Outcome[] = []
  const worker = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      outcomes.push(await replay(join(cases, name), name, scratch))
    }
  }
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, worker))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  return outcomes
}

let replayed: Promise<Outcome[]> | undefined

test('every recorded verdict is ours, or a difference with its name and direction', async t => {
  const cases = corpus(t, 'golden', 'cases')
  if (cases === undefined) return
  replayed ??= replayAll(cases)
  const outcomes = await replayed
  const stricter = outcomes.filter(({ expected, code }) => expected.exit === 0 && code !== 0)
  const looser = outcomes.filter(({ expected, code }) => expected.exit !== 0 && code === 0)
  const odd = outcomes.filter(
    ({ expected, code }) =>
      expected.exit === 1 && code !== 0 && code !== 1 && !(code === 2 && mayBeUsage(expected)),
  )
  t.true(outcomes.length >= 778)
  t.deepEqual(stricter.map(({ name }) => name).sort(), named('Refused here, passed by cilock:').sort())
  t.deepEqual(looser.map(({ name }) => name).sort(), named('Passed here, refused by cilock:').sort())
  t.deepEqual(
    odd.map(({ name, code }) => `${name}: ${code}`),
    [],
  )
})

test('no refusal is a crash', async t => {
  const cases = corpus(t, 'golden', 'cases')
  if (cases === undefined) return
  replayed ??= replayAll(cases)
  const outcomes = await replayed
  t.deepEqual(
    outcomes.filter(({ code }) => code === null || code > 2).map(({ name }) => name),
    [],
  )
})

test('where both pass, the JSON verdict has the members and values cilock prints', async t => {
  const cases = corpus(t, 'golden', 'cases')
  if (cases === undefined) return
  replayed ??= replayAll(cases)
  for (const { name, expected, code, stdout } of await replayed) {
    if (expected.exit !== 0 || code !== 0 || stdout === '' || expected.json == null) continue
    const printed = Object.entries(JSON.parse(stdout) as Record<string, unknown>)
    t.deepEqual(Object.fromEntries(printed.filter(([key]) => MEMBERS.includes(key))), expected.json, name)
  }
})
