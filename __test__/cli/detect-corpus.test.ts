// The commands against what a real Falco said: alerts, variants of the configuration, lists, descriptions, validations.
// Reads the corpus in place (LANNER_CORPUS) and prints how many of each it compared. Started by ava.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { corpus, lanner } from './lanner.ts'

const ENV = { TZ: 'UTC', FALCO_HOSTNAME: 'vm' }
const ORACLE_OPTIONS = ['-o', 'json_include_message_property=true', '-o', 'time_format_iso_8601=true']

function json(...path: string[]): unknown {
  return JSON.parse(readFileSync(join(...path), 'utf8'))
}

/** The same text with sorted keys: the recorded alerts were written again with blanks. */
function canonical(line: string): unknown {
  return JSON.parse(line.replaceAll(/:(\s*)(\d{16,})/g, ':$1"$2"'))
}

const ALERTS = [
  { folder: 'k8saudit', rules: 'k8s_audit_rules.yaml', source: 'k8s_audit' },
  { folder: 'cloudtrail', rules: 'aws_cloudtrail_rules.yaml', source: 'aws_cloudtrail' },
] as const

/** `trace_files__attach_pod.jsonl` was recorded from `trace_files/attach_pod.json`. */
function inputOf(root: string, folder: string, recorded: string): string {
  return `${join(root, folder, recorded.replace(/\.jsonl$/, '').replace('__', '/'))}.json`
}

for (const { folder, rules, source } of ALERTS) {
  for (const matching of ['first', 'all']) {
    test.serial(`every recorded alert of ${folder}, matching ${matching}, and no other`, async t => {
      const root = corpus(t, 'falco-rules')
      if (root === undefined) return
      const oracle = join(root, 'oracle/alerts', `${folder}-${matching}`)
      let alerts = 0
      const files = readdirSync(oracle).filter(name => name.endsWith('.jsonl'))
      for (const file of files) {
        const words = ['--rule-matching', matching, '--source', source, '--falco-compat', ...ORACLE_OPTIONS]
        const log = inputOf(root, folder, file)
        const all = ['detect', '-r', join(root, 'rules/upstream', rules), ...words, log]
        const { stdout, stderr, code } = await lanner(all, { env: ENV })
        t.is(code, 0, `${file}: ${stderr}`)
        const lines = (text: string): unknown[] => text.split('\n').filter(Boolean).map(canonical)
        const expected = lines(readFileSync(join(oracle, file), 'utf8'))
        t.deepEqual(lines(stdout.toString()), expected, file)
        alerts += expected.length
      }
      t.log(`${files.length} files, ${alerts} alerts compared`)
    })
  }
}

interface Variant {
  readonly args: readonly string[]
  readonly stdout: string
}

/** Options of Falco's own command line that Lanner does not have. */
const OTHER_OPTIONS: readonly string[] = ['-p', '-M']

test.serial('variants of the configuration give the recorded bytes, statistics included', async t => {
  const root = corpus(t, 'falco-rules/oracle/language')
  if (root === undefined) return
  const variants = Object.entries(Object.fromEntries(variantList(json(root, 'config-variants.json'))))
  let compared = 0
  for (const [name, { args, stdout: recorded }] of variants) {
    if (args.some(word => OTHER_OPTIONS.includes(word))) continue
    const words = [
      'detect',
      '-r',
      join(root, 'variant-rules.yaml'),
      ...['--source', 'k8s_audit', '--rule-matching', 'all'],
      ...ORACLE_OPTIONS,
    ]
    // Among the words typed later ones win, but a flag wins over any `-o`.
    const matching = args.includes('rule_matching=first') ? ['--rule-matching', 'first'] : []
    const { stdout, stderr } = await lanner([...words, ...matching, ...args, join(root, 'events.jsonl')], {
      env: ENV,
    })
    const statistics = stderr.slice(stderr.indexOf('Events detected:'))
    t.is(stdout.toString() + statistics, recorded, name)
    compared += 1
  }
  t.log(`${compared} of ${variants.length} variants compared; the others use -p or -M`)
})

function variantList(value: unknown): [string, Variant][] {
  return (Array.isArray(value) ? value : Object.entries(value as object)) as [string, Variant][]
}

interface Fields {
  readonly fieldclasses: {
    readonly fields: {
      readonly name: string
      readonly type: string
      readonly is_list: boolean
      readonly argument: { readonly required: boolean; readonly type: string[] } | null
    }[]
  }[]
}

/** Name, type, whether it is a list, and what stands in the brackets. */
function rows({ fieldclasses }: Fields): readonly (readonly unknown[])[] {
  const listed = fieldclasses.flatMap(({ fields }) => fields)
  return listed
    .map(({ name, type, is_list: list, argument }) => [
      name,
      type,
      list,
      argument?.required,
      argument?.type.toSorted().join(),
    ])
    .toSorted((one, other) => (`${one}` < `${other}` ? -1 : 1))
}

test.serial('the fields of a source are those Falco lists, with their types and arguments', async t => {
  const root = corpus(t, 'falco-rules/oracle/info')
  if (root === undefined) return
  let compared = 0
  for (const source of ['k8s_audit', 'aws_cloudtrail', 'syscall']) {
    const { stdout } = await lanner(['fields', source, '--format', 'json'])
    const expected = rows(json(root, `list-${source}.json`) as Fields)
    const ours = rows(JSON.parse(stdout.toString()) as Fields)
    // Of the fields built into it Falco does not say what stands in the brackets.
    const unsaid = new Set(expected.filter(row => row[4] === '').map(([name]) => name))
    const alike = ours.map(row => (unsaid.has(row[0]) ? [...row.slice(0, 4), ''] : row))
    t.deepEqual(alike, expected, source)
    compared += expected.length
  }
  t.log(`${compared} fields compared`)
})

type Item = Record<'info' | 'details', Record<string, unknown>>
/** Sets in Falco: their order says nothing. */
const SETS = [
  ...['condition_fields', 'condition_operators', 'events', 'macros', 'lists', 'plugins'],
  ...['exception_fields', 'exception_names', 'exception_operators'],
]

/** An item as far as it can be compared: sets sorted, events only of rules for system calls. */
function comparable({ info, details }: Item): unknown {
  const { events: _, ...rest } = details
  const entries = Object.entries(rest).map(([key, value]) => [
    key,
    SETS.includes(key) ? (value as string[]).toSorted() : value,
  ])
  return { info, details: Object.fromEntries(entries) as unknown }
}

const RULE_FILES = [
  'falco_rules',
  'falco-incubating_rules',
  'falco-sandbox_rules',
  'k8s_audit_rules',
  'aws_cloudtrail_rules',
]

test.serial('rules, macros and lists are described as Falco describes them', async t => {
  const root = corpus(t, 'falco-rules')
  if (root === undefined) return
  for (const name of RULE_FILES) {
    const file = join(root, 'rules/upstream', `${name}.yaml`)
    const { stdout, stderr } = await lanner(['rules', 'describe', '--format', 'json', file])
    t.is(stderr, '', name)
    const ours = JSON.parse(stdout.toString()) as Record<string, Item[]>
    const theirs = json(root, 'oracle/info', `describe-${name}.json`) as Record<string, Item[]>
    const counts: string[] = []
    for (const kind of ['rules', 'macros', 'lists']) {
      const [found = [], expected = []] = [ours[kind], theirs[kind]]
      compareItems(t, `${name} ${kind}`, found, expected)
      counts.push(`${expected.length} ${kind}`)
    }
    t.is(ours.required_engine_version as unknown, theirs.required_engine_version as unknown)
    t.deepEqual(ours.required_plugin_versions, theirs.required_plugin_versions)
    t.log(`${name}: ${counts.join(', ')}`)
  }
})

function compareItems(
  t: ExecutionContext,
  what: string,
  ours: readonly Item[],
  theirs: readonly Item[],
): void {
  t.deepEqual(
    ours.map(({ info }) => info.name),
    theirs.map(({ info }) => info.name),
    what,
  )
  theirs.forEach((item, index) => {
    const own = ours[index]
    if (own !== undefined) t.deepEqual(comparable(own), comparable(item), `${what} ${item.info.name}`)
  })
}

test.serial('shipped rule files validate with the recorded verdict and codes', async t => {
  const root = corpus(t, 'falco-rules')
  if (root === undefined) return
  interface Results {
    readonly falco_load_results: {
      successful: boolean
      errors: { code: string }[]
      warnings: { code: string }[]
    }[]
  }
  const verdict = ({ falco_load_results: results }: Results): unknown =>
    results.map(({ successful, errors, warnings }) => [
      successful,
      errors.map(({ code }) => code),
      warnings.map(({ code }) => code),
    ])
  for (const name of RULE_FILES) {
    const file = join(root, 'rules/upstream', `${name}.yaml`)
    const { stdout } = await lanner(['rules', 'validate', '--format', 'json', file])
    const recorded = json(root, 'oracle/info', `validate-${name}.json`) as Results
    t.deepEqual(verdict(JSON.parse(stdout.toString()) as Results), verdict(recorded), name)
  }
  t.log(`${RULE_FILES.length} files compared`)
})
