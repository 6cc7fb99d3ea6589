// `lanner rules` and `lanner fields` on rules of our own: what is said of files, of rules, of one event, of a log. Started by ava.
import { readFileSync } from 'node:fs'
import test from 'ava'
import { detectBench, LOG, logLines, RULES } from './detecting.ts'
import { lanner } from './lanner.ts'

test.serial('validate says Ok and 0 of good files, and 1 with code, place and hint of bad ones', async t => {
  const place = detectBench(t)
  const good = await place.lanner(['rules', 'validate', RULES])
  t.is(good.code, 0)
  t.is(good.stdout.toString(), `${RULES}: Ok\n`)
  const file = place.write('bad.yaml', readFileSync(RULES, 'utf8').replace('ka.verb in', 'ka.verp in'))
  const bad = await place.lanner(['rules', 'validate', file])
  t.is(bad.code, 1)
  const line = readFileSync(`${place.work}/${file}`, 'utf8')
    .split('\n')
    .findIndex(text => text.includes('ka.verp'))
  t.regex(bad.stdout.toString(), /^bad.yaml: Invalid\n1 Errors:\n/)
  t.regex(bad.stdout.toString(), /LOAD_ERR_COMPILE_CONDITION/)
  t.regex(bad.stdout.toString(), new RegExp(`bad.yaml:${line + 1}:`))
  t.regex(bad.stdout.toString(), /hint: .*ka\.verb/)
})

test.serial("validate in JSON is Falco's object, of every file, with the same exit code", async t => {
  const place = detectBench(t)
  const warned = place.write('warned.yaml', '- list: nobody\n  items: [a]\n')
  const broken = place.write('broken.yaml', '- rule: R\n')
  const { code, stdout } = await place.lanner(['rules', 'validate', '--format', 'json', warned, broken])
  t.is(code, 1)
  const { falco_load_results: results } = JSON.parse(stdout.toString()) as {
    falco_load_results: {
      name: string
      successful: boolean
      errors: { code: string; context: object }[]
      warnings: { code: string }[]
    }[]
  }
  t.deepEqual(
    results.map(({ name, successful }) => [name, successful]),
    [
      ['warned.yaml', true],
      ['broken.yaml', false],
    ],
  )
  t.is(results[0]?.warnings[0]?.code, 'LOAD_UNUSED_LIST')
  t.is(results[1]?.errors[0]?.code, 'LOAD_ERR_YAML_VALIDATE')
})

test.serial('a source that is not known makes its rules a warning', async t => {
  const { code, stdout } = await lanner(['rules', 'validate', '--source', 'aws_cloudtrail', RULES])
  t.is(code, 0)
  t.regex(stdout.toString(), /LOAD_UNKNOWN_SOURCE/)
})

test.serial('list names every rule with source, priority, state and tags', async t => {
  const text = (await lanner(['rules', 'list', RULES])).stdout.toString().trimEnd().split('\n')
  t.deepEqual(
    text.map(line => line.split(/ {2,}/)),
    [
      ['Name', 'Source', 'Priority', 'Enabled', 'Tags'],
      ['Shell in a pod', 'k8s_audit', 'Warning', 'yes', 'T1609,k8s'],
      ['Privileged container', 'k8s_audit', 'Critical', 'yes', 'T1610,k8s'],
      ['Secret read', 'k8s_audit', 'Notice', 'yes', 'T1552,k8s'],
    ],
  )
  const json: unknown = JSON.parse(
    (await lanner(['rules', 'list', '--format', 'json', RULES])).stdout.toString(),
  )
  t.like(json, { 0: { name: 'Shell in a pod', enabled: true } })
})

test.serial('describe shows conditions with macros and lists put in, of all rules or one', async t => {
  const one = (await lanner(['rules', 'describe', RULES, '--rule', 'Shell in a pod'])).stdout.toString()
  t.true(
    one
      .replaceAll(/\s+/g, ' ')
      .includes('jevt.value[/stage] = ResponseComplete and ka.target.resource = pods'),
  )
  t.true(one.includes('system:serviceaccount:ci:deployer'))
  t.false(one.includes('Secret read'))
  const json = await lanner(['rules', 'describe', '--format', 'json', RULES])
  const { rules, macros, lists } = JSON.parse(json.stdout.toString()) as Record<string, unknown[]>
  t.deepEqual([rules?.length, macros?.length, lists?.length], [3, 2, 1])
  const unknown = await lanner(['rules', 'describe', RULES, '--rule', 'Secret reads'])
  t.is(unknown.code, 2)
  t.regex(unknown.stderr, /did you mean `Secret read`/)
})

test.serial('fields are listed for a source as text, names, Markdown and JSON', async t => {
  const names = (await lanner(['fields', 'k8s_audit', '--names'])).stdout.toString().trimEnd().split('\n')
  const array = (await lanner(['fields', 'k8s_audit', '--names', '--format', 'json'])).stdout.toString()
  t.deepEqual(JSON.parse(array), names)
  t.true(names.includes('ka.req.pod.containers.image'))
  t.false(names.includes('ct.name'))
  const markdown = (await lanner(['fields', 'aws_cloudtrail', '--format', 'markdown'])).stdout.toString()
  t.regex(markdown, /\n\| `ct\.name` \| CHARBUF \| .+ \|\n/)
  const text = (await lanner(['fields', 'k8s_audit'])).stdout.toString()
  t.regex(text, /\nka\.uri\.param\[KEY\] +CHARBUF\n/)
  const json = JSON.parse((await lanner(['fields', '--format', 'json'])).stdout.toString()) as {
    fieldclasses: { event_sources: string[] }[]
  }
  t.deepEqual(json.fieldclasses[0]?.event_sources, ['aws_cloudtrail', 'falco', 'k8s_audit', 'syscall'])
  const wrong = await lanner(['fields', 'k8s'])
  t.is(wrong.code, 2)
})

const explain = (rule: string, event: string, ...words: string[]) =>
  lanner(['rules', 'explain', '-r', RULES, '--rule', rule, ...words, event])

test.serial(
  'explain names the part that decided, with the value that was seen or that it is missing',
  async t => {
    const [, received = '', shell = '', , secret = ''] = logLines()
    const no = await explain('Shell in a pod', received)
    t.is(no.code, 0, no.stderr)
    t.regex(no.stdout.toString(), /^Shell in a pod does not match this event\n/)
    t.regex(
      no.stdout.toString(),
      /no {2}jevt\.value\[\/stage\] = ResponseComplete {2}← jevt\.value\[\/stage\] is "RequestReceived"/,
    )
    const yes = await explain('Shell in a pod', shell)
    t.regex(yes.stdout.toString(), /^Shell in a pod matches this event\n/)
    t.regex(yes.stdout.toString(), /"rule":"Shell in a pod"/)
    const missing = await explain('Shell in a pod', secret, '--all')
    t.regex(missing.stdout.toString(), /ka\.target\.subresource is missing/)
  },
)

test.serial('explain tells which rule before it takes the event, and takes files and stdin', async t => {
  const place = detectBench(t)
  const rules = ['A', 'B'].map(
    name =>
      `- {rule: ${name}, desc: d, condition: ka.target.name = cart-db, output: o, priority: NOTICE, source: k8s_audit}\n`,
  )
  place.write('two.yaml', rules.join(''))
  place.write('event.json', JSON.stringify(JSON.parse(logLines()[4] ?? ''), null, 2))
  const words = ['rules', 'explain', '-r', 'two.yaml', '--rule', 'B', '--format', 'json']
  const shadowed = await place.lanner([...words, 'event.json'])
  t.like(JSON.parse(shadowed.stdout.toString()), { matches: true, shadowed_by: 'A' })
  const all = await place.lanner([...words, '--rule-matching', 'all', '-'], { input: logLines()[4] ?? '' })
  t.like(JSON.parse(all.stdout.toString()), { matches: true, shadowed_by: null })
})

test.serial('explain refuses what is no event and rules that are not there', async t => {
  for (const [rule, event, names] of [
    ['Secret read', '{"kind":"Pod"}', /no event/],
    ['Secret read', 'no-such-file', /neither JSON nor a file/],
    ['Secret written', logLines()[0] ?? '', /did you mean|no rule/],
  ] as const) {
    const { code, stderr } = await explain(rule, event)
    t.is(code, 2, stderr)
    t.regex(stderr, names)
  }
})

test.serial('coverage tells which rules a Metadata-level log leaves blind, and counts copies', async t => {
  const place = detectBench(t)
  const blind = logLines().filter(line => !line.includes('RequestResponse'))
  const log = place.write('metadata.log', `${[...blind, blind[0]].join('\n')}\n`)
  const words = ['rules', 'coverage', '-r', RULES, '--source', 'k8s_audit']
  const json = await place.lanner([...words, '--format', 'json', log])
  t.is(json.code, 0, json.stderr)
  const coverage = JSON.parse(json.stdout.toString()) as {
    events: number
    duplicates: number
    levels: object[]
    rules: { rule: string; possible: boolean; undecided: number; lacks: string[]; matches: number }[]
  }
  t.is(coverage.events, blind.length + 1)
  t.is(coverage.duplicates, 1)
  t.deepEqual(coverage.levels, [{ count: blind.length + 1, name: 'Metadata' }])
  t.like(
    coverage.rules.find(({ rule }) => rule === 'Privileged container'),
    { possible: false, undecided: 1, lacks: ['requestObject'], matches: 0 },
  )
  t.like(
    coverage.rules.find(({ rule }) => rule === 'Secret read'),
    { possible: true, undecided: 0, matches: 1 },
  )
  const text = (await place.lanner([...words, LOG])).stdout.toString()
  t.regex(text, /judged in part\n {2}Privileged container\n/)
  t.true(text.replaceAll(/\s+/g, ' ').includes('the audit policy needs level Request there'))
})
