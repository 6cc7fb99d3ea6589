// What Lanner tells about itself: attestors and their schemas, this machine, the version, completion in a real shell.
// Schemas are read back from what is printed and held against what is signed. Started by ava.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import * as z from 'zod'
import { bench, CLI, lanner, predicateOf, programOnPath, run } from './lanner.ts'

const NAMES = ['environment', 'git', 'material', 'command-run', 'product', 'falco', 'detections']

test.serial(
  'attestors list names all seven in the order of the collection, for people and for programs',
  async t => {
    const table = (await lanner(['attestors', 'list'])).stdout.toString()
    const rows = table
      .trimEnd()
      .split('\n')
      .map(line => line.split(/ {2,}/))
    t.deepEqual(rows[0], ['Name', 'Type', 'RunType'])
    t.deepEqual(
      rows.slice(1).map(([name = '']) => name.split(' ')[0]),
      NAMES,
    )
    const json = (await lanner(['attestors', 'list', '--format', 'json'])).stdout.toString()
    const listed = JSON.parse(json) as {
      name: string
      predicate_type: string
      always_run: boolean
      default: boolean
    }[]
    t.deepEqual(
      listed.map(({ name }) => name),
      NAMES,
    )
    t.deepEqual(
      listed.filter(({ always_run: always }) => always).map(({ name }) => name),
      ['material', 'command-run', 'product'],
    )
    t.deepEqual(
      listed.map(({ predicate_type: type }) => type),
      rows.slice(1).map(([, type]) => type),
    )
  },
)

/** A run with every attestor, capture and repository included, and something odd in each. */
async function everything(t: Parameters<typeof bench>[0]): Promise<ReturnType<typeof bench>> {
  const place = bench(t)
  const git =
    'git init -q . && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first && touch new'
  execFileSync('sh', ['-c', git], {
    cwd: place.work,
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
  })
  writeFileSync(
    join(place.root, 'e.jsonl'),
    'banner\n{"rule":"R"}\n{"rule":"R","priority":"Alert","time":"x"}\n{"r',
  )
  writeFileSync(
    join(place.root, 'rules.yaml'),
    '- {rule: Again, desc: seen before, condition: alert.rule = R, output: "again %alert.rule", priority: NOTICE, source: falco}\n',
  )
  const detections = ['--attestor-detections-file', 'falco.jsonl', '--attestor-detections-source', 'falco']
  const rules = ['--rules', '../rules.yaml', ...detections]
  const step = 'echo out; echo err >&2; cp ../e.jsonl falco.jsonl; touch a.spdx.json; exit 4'
  const { code, stderr } = await place.step(['-a', 'falco,git,environment', ...rules, '--', 'sh', '-c', step])
  t.is(code, 4, stderr)
  return place
}

test.serial(
  'every printed schema is valid JSON Schema that what is signed conforms to and nonsense does not',
  async t => {
    const statement = (await everything(t)).statement()
    const zero = await lanner(['attestors', 'list', '--format', 'json'])
    const listed = JSON.parse(zero.stdout.toString()) as { name: string; predicate_type: string }[]
    for (const { name, predicate_type: type } of listed) {
      const { code, stdout } = await lanner(['attestors', 'schema', name])
      t.is(code, 0)
      t.true(stdout.toString().endsWith('}\n'), 'a text of whole lines')
      const schema = JSON.parse(stdout.toString()) as { $id: string; $schema: string }
      t.is(schema.$id, type)
      t.is(schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
      const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
      const predicate = predicateOf(statement, name)
      t.truthy(predicate, name)
      const parsed = validator.safeParse(predicate)
      t.true(parsed.success, `${name}: ${parsed.error}`)
      t.false(validator.safeParse('text').success, name)
      for (const [member, value] of Object.entries(predicate as Record<string, unknown>)) {
        if (value === null || typeof value !== 'object') continue
        t.false(
          validator.safeParse({ ...(predicate as object), [member]: 'text' }).success,
          `${name}.${member}`,
        )
      }
    }
  },
)

test.serial('doctor passes here, in text and JSON, and without git it is a note, not a failure', async t => {
  const text = await lanner(['doctor'])
  t.is(text.code, 0, text.stderr)
  t.regex(text.stdout.toString(), /^ok {3}addon: /m)
  const json = await lanner(['doctor', '--json'])
  const { checks } = JSON.parse(json.stdout.toString()) as { checks: { name: string; state: string }[] }
  t.deepEqual(
    checks.map(({ name }) => name),
    text.stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map(line => line.slice(5, line.indexOf(': ', 5)).trim()),
  )
  const place = bench(t)
  const without = await lanner(['doctor'], { env: { PATH: place.work } })
  t.is(without.code, 0)
  t.regex(without.stdout.toString(), /^note git: not found/m)
})

test.serial(
  'the version is the first and only line, by command and by flag, and that of package.json',
  async t => {
    const file = fileURLToPath(new URL('../../package.json', import.meta.url))
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
    for (const word of ['version', '--version']) {
      t.is((await lanner([word])).stdout.toString(), `lanner ${version}\n`)
    }
  },
)

test.serial('the bash completion is valid bash', async t => {
  const script = (await lanner(['completion', 'bash'])).stdout.toString()
  t.is((await run('bash', ['-n'], { input: script })).code, 0)
  for (const shell of ['zsh', 'fish', 'powershell']) {
    const other = await lanner(['completion', shell])
    t.is(other.code, 0)
    for (const word of ['attestors', 'keygen']) t.true(other.stdout.includes(word), `${shell} ${word}`)
  }
})

/** What is typed, the last word unfinished, and what bash offers. */
const COMPLETIONS: readonly (readonly [typed: string, offered: string])[] = [
  ['lanner ru', 'run rules'],
  ['lanner e', 'events'],
  ['lanner events ', 'prove verify'],
  ['lanner rules ', 'validate list describe explain coverage'],
  ['lanner attestors ', 'list schema'],
  ['lanner attestors list --f', '--format'],
  ['lanner attest --out', '--outfile --output-format'],
  ['lanner run -s x --st', '--step'],
  ['lanner inspect --pub', '--publickey'],
  ['lanner run -s x -- only', 'only-file.txt'],
  ['lanner inspect only', 'only-file.txt'],
]

test.serial('bash completes commands, second words, options, and files where no word fits', async t => {
  const place = bench(t)
  writeFileSync(join(place.work, 'only-file.txt'), '')
  const PATH = programOnPath(join(place.root, 'bin'), 'lanner', `exec '${process.execPath}' '${CLI}' "$@"`)
  const calls = COMPLETIONS.map(([typed]) => `offer ${typed.endsWith(' ') ? `${typed}''` : typed}`).join('\n')
  const script = `source <(lanner completion bash)
    offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _lanner; echo "\${COMPREPLY[*]}"; }
    ${calls}`
  const { stdout, stderr } = await run('bash', ['-c', script], { cwd: place.work, env: { PATH } })
  t.is(stderr, '')
  const offered = stdout.toString().trimEnd().split('\n')
  t.deepEqual(
    COMPLETIONS.map(([typed], index) => [typed, offered[index]]),
    COMPLETIONS.map(row => [...row]),
  )
})
