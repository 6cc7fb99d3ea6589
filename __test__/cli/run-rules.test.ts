// Rules in `run`: what is signed of their alerts, what a policy and a replay make of it, and how faults end.
// The shipped rules are in ci-rules.test.ts. Started by ava.
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Bench, bench, lanner, predicateOf } from './lanner.ts'
import { lannerDenied, traced } from './traced.ts'

const TYPE = 'https://lanner.dev/attestations/detections/v0.1'

const IN_TOTO = 'application/vnd.in-toto+json'

const AUDIT_RULES = `- rule: Secret deleted
  desc: a secret was deleted
  condition: ka.verb = delete and ka.target.resource = secrets
  output: "secret %ka.target.name deleted by %ka.user.name"
  priority: WARNING
  source: k8s_audit
  tags: [k8s]
- rule: Pod created
  desc: a pod was created
  condition: ka.verb = create and ka.target.resource = pods
  output: "pod by %ka.user.name"
  priority: NOTICE
  source: k8s_audit
`

const SHELL_RULES = `- rule: Marker read
  desc: the marker was opened
  condition: evt.type in (open, openat) and fd.name endswith /marker and fd.num >= 0
  output: "marker read by %proc.name (%fd.name)"
  priority: CRITICAL
`

function auditEvent(number: number, verb: string, resource: string): string {
  return `${JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: `0000-${number}`,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/shop/${resource}/thing-${number}`,
    verb,
    user: { username: 'ines@shop.example', groups: ['system:authenticated'] },
    objectRef: { resource, namespace: 'shop', name: `thing-${number}`, apiVersion: 'v1' },
    responseStatus: { code: 200 },
    stageTimestamp: `2026-03-04T05:06:0${number}.000001Z`,
  })}\n`
}

function withAudit(place: Bench): { rules: string; log: string; words: string[] } {
  const rules = join(place.root, 'audit_rules.yaml')
  writeFileSync(rules, AUDIT_RULES)
  const source = join(place.root, 'source.log')
  const events = [
    auditEvent(1, 'delete', 'secrets'),
    auditEvent(2, 'get', 'pods'),
    auditEvent(3, 'create', 'pods'),
  ]
  writeFileSync(source, `${events.join('')}not an event\n`)
  const flags = ['--attestor-detections-file', 'audit.log', '--attestor-detections-source', 'k8s_audit']
  return {
    rules,
    log: join(place.work, 'audit.log'),
    words: ['-a', 'environment', '--rules', rules, ...flags, '--', 'cp', source, 'audit.log'],
  }
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** A policy over what the bench signed, signed with the same key; the module is Rego for the detections. */
async function policyFor(t: ExecutionContext, place: Bench, deny: string): Promise<string[]> {
  const module = `package detections\n\n${deny}\n`
  const drafted = await place.lanner([
    'policy',
    'init',
    place.envelope,
    '-k',
    place.publicKey,
    '-o',
    '../policy.json',
    '--force',
  ])
  t.is(drafted.code, 0, drafted.stderr)
  const file = join(place.root, 'policy.json')
  const policy = JSON.parse(readFileSync(file, 'utf8'))
  for (const step of Object.values(
    policy.steps as Record<string, { attestations: { type: string; regopolicies?: unknown }[] }>,
  )) {
    const entry = step.attestations.find(({ type }) => type === TYPE)
    if (entry !== undefined) {
      entry.regopolicies = [{ name: 'detections', module: Buffer.from(module).toString('base64') }]
    }
  }
  writeFileSync(file, JSON.stringify(policy))
  const signed = join(place.root, 'policy.signed.json')
  const { code, stderr } = await place.lanner(['sign', '-f', file, '-o', signed, '-k', place.key])
  t.is(code, 0, stderr)
  return ['verify', '-p', signed, '-k', place.publicKey, '-a', place.envelope]
}

const QUIET = 'deny[msg] { input.judged.alerts > 5; msg := "too many alerts" }'

test('alerts on a file the step wrote are signed with the rules, the file and the counts', async t => {
  const place = bench(t)
  const { rules, log, words } = withAudit(place)
  const { code, stderr } = await place.step(words)
  t.is(code, 0, stderr)
  const predicate = predicateOf(place.statement(), 'detections')
  t.like(predicate, {
    engine: { name: 'lanner', falco_engine_version: '0.63.0' },
    settings: { source: 'k8s_audit', rule_matching: 'first', falco_compat: false },
    input: { kind: 'file', path: 'audit.log', sha256: sha256(log) },
    judged: { events: 3, alerts: 2 },
    summary: { total_events: 2, priorities: { warning: 1, notice: 1 } },
    not_evaluated: [],
  })
  t.is(predicate.rules.files[0].sha256, sha256(rules))
  t.is(predicate.rules.loaded, 2)
  t.deepEqual(predicate.rule_counts.filter(({ count }: { count: number }) => count > 0).length, 2)
  t.is(predicate.judged.skipped[0].count, 1)
  const [first] = predicate.events
  t.like(first, {
    rule: 'Secret deleted',
    source: 'k8s_audit',
    priority: 'Warning',
    time: '2026-03-04T05:06:01.000001000Z',
  })
  t.is(first.output_fields['ka.user.name'], 'ines@shop.example')
})

test('the alerts are those that `detect` gives on the same file', async t => {
  const place = bench(t)
  const { rules, log, words } = withAudit(place)
  const alerts = join(place.root, 'alerts.jsonl')
  const { code, stderr } = await place.step(['--alerts', alerts, ...words])
  t.is(code, 0, stderr)
  const options = ['--rules', rules, '--source', 'k8s_audit', '-o', 'time_format_iso_8601=true']
  const detected = await lanner(['detect', ...options, log])
  t.is(readFileSync(alerts, 'utf8'), detected.stdout.toString())
  t.is(predicateOf(place.statement(), 'detections').report_digest_set.sha256, sha256(alerts))
})

test('the summary of the run and `inspect` show what was judged, by which rules, and what was found', async t => {
  const place = bench(t)
  const { rules, log, words } = withAudit(place)
  const run = await place.step(['--attestor-detections-alerts', 'digest', ...words])
  t.regex(run.stderr, /^detections: +2 alerts of 2 rules in 3 events of audit\.log$/m)
  const shown = await place.lanner(['inspect', place.envelope])
  const text = shown.stdout.toString()
  t.regex(text, new RegExp(`input +audit\\.log \\(k8s_audit\\) sha256:${sha256(log)}`))
  t.regex(text, new RegExp(`rules +${rules} sha256:${sha256(rules)}`))
  for (const row of [/judged +3 events/, /alerts +2 \(digest only\)/, /skipped +1 not-json/])
    t.regex(text, row)
  t.regex(text, /Secret deleted +1 +█/)
  t.notRegex(text, /falco\n/)
  const { stdout } = await place.lanner(['inspect', place.envelope, '--format', 'json'])
  t.like(JSON.parse(stdout.toString()), {
    falco: [],
    detections: [
      { source: 'k8s_audit', judged: { events: 3, alerts: 2 }, ruleCounts: [{ count: 1 }, { count: 1 }] },
    ],
  })
})

test('one alert of a signed detection is proven alone', async t => {
  const place = bench(t)
  const { words } = withAudit(place)
  const alerts = join(place.root, 'alerts.jsonl')
  const run = await place.step(['--alerts', alerts, '--attestor-detections-alerts', 'digest', ...words])
  t.is(run.code, 0, run.stderr)
  t.is(predicateOf(place.statement(), 'detections').events, undefined)
  const proof = join(place.root, 'proof.json')
  const proven = await place.lanner([
    'events',
    'prove',
    '-e',
    place.envelope,
    '--events',
    alerts,
    '--index',
    '1',
    '-o',
    proof,
  ])
  t.is(proven.code, 0, proven.stderr)
  const verified = await place.lanner(['events', 'verify', proof, '-k', place.publicKey])
  t.is(verified.code, 0, verified.stderr)
})

test('a policy gates on detections, and a replay with the same rules and file gives the same alerts', async t => {
  const place = bench(t)
  const { rules, log, words } = withAudit(place)
  const run = await place.step(words)
  t.is(run.code, 0, run.stderr)
  const verify = await policyFor(t, place, QUIET)
  const artifact = ['-f', log]
  t.is((await place.lanner([...verify, ...artifact])).code, 0)
  const replay = ['--replay', log, '--rules', rules]
  const replayed = await place.lanner([...verify, ...artifact, ...replay])
  t.is(replayed.code, 0, replayed.stdout.toString() + replayed.stderr)
  const strict = await policyFor(t, place, 'deny[msg] { input.judged.alerts > 0; msg := "alerts" }')
  t.is((await place.lanner([...strict, ...artifact])).code, 1)
})

test('a replay is refused when the file, the rules or the alerts are others', async t => {
  const place = bench(t)
  const { rules, log, words } = withAudit(place)
  t.is((await place.step(words)).code, 0)
  const verify = [...(await policyFor(t, place, QUIET)), '-f', log]
  const refusal = async (file: string, rule: string): Promise<string> => {
    const { code, stdout } = await place.lanner([...verify, '--replay', file, '--rules', rule, '-o', 'json'])
    t.is(code, 1)
    return JSON.stringify(JSON.parse(stdout.toString()).faults)
  }
  const otherLog = join(place.root, 'other.log')
  writeFileSync(otherLog, readFileSync(log, 'utf8').replace('ines', 'inez'))
  t.true((await refusal(otherLog, rules)).includes('ERR_REPLAY_INPUT'))
  const otherRules = join(place.root, 'other.yaml')
  writeFileSync(otherRules, `${AUDIT_RULES}# one byte more\n`)
  t.true((await refusal(log, otherRules)).includes('ERR_REPLAY_RULES'))
  t.is((await place.lanner([...verify, '--replay', log])).code, 2, '--replay needs --rules')
})

// biome-ignore lint/suspicious/noExplicitAny: each member has a shape of its own
type Member = any

/** Signs the bench's statement anew with a member of its detections changed, as whoever has the key could. */
async function forge(place: Bench, name: string, change: (member: Member) => Member): Promise<void> {
  const statement = place.statement()
  const detections = predicateOf(statement, 'detections')
  detections[name] = change(detections[name])
  const file = join(place.root, 'statement.json')
  writeFileSync(file, JSON.stringify(statement))
  const words = ['sign', '-f', file, '-o', place.envelope, '-k', place.key, '-t', IN_TOTO]
  const { code, stderr } = await place.lanner(words)
  if (code !== 0) throw new Error(stderr)
}

const FORGERIES: Readonly<Record<string, (member: Member) => Member>> = {
  judged: judged => ({ ...judged, events: judged.events + 1 }),
  rule_counts: counts => counts.toReversed(),
  summary: summary => ({ ...summary, total_events: 1 }),
  events_tree: tree => ({ ...tree, root: '0'.repeat(64) }),
  events: events => [events[1], events[0]],
}

test('a replay finds every part of the predicate that says something else than was found', async t => {
  const place = bench(t)
  const { rules, log, words } = withAudit(place)
  t.is((await place.step(words)).code, 0)
  const verify = [...(await policyFor(t, place, QUIET)), '-f', log]
  const replay = [...verify, '--replay', log, '--rules', rules, '-o', 'json']
  const original = readFileSync(place.envelope)
  for (const [name, change] of Object.entries(FORGERIES)) {
    writeFileSync(place.envelope, original)
    await forge(place, name, change)
    t.is((await place.lanner(verify)).code, 0, `${name}: the signature holds`)
    const { code, stdout } = await place.lanner(replay)
    t.is(code, 1, name)
    const [fault] = JSON.parse(stdout.toString()).faults
    t.is(fault.code, 'ERR_REPLAY_FACTS')
    t.true(fault.why.includes(`\`${name}\``), fault.why)
  }
})

test('of several detections that pass, each file is replayed for those of it; a file of none is an error naming both', async t => {
  const place = bench(t)
  const { rules, log, words } = withAudit(place)
  t.is((await place.step(words)).code, 0)
  const verify = [...(await policyFor(t, place, QUIET)), '-f', rules, '--rules', rules, '-o', 'json']
  const first = join(place.root, 'first.log')
  writeFileSync(first, readFileSync(log))
  const second = join(place.root, 'second.json')
  writeFileSync(join(place.root, 'source.log'), auditEvent(4, 'delete', 'secrets'))
  t.is((await place.lanner(['run', '--step', 'test', '-k', place.key, '-o', second, ...words])).code, 0)
  const both = [...verify, '-a', second]
  for (const files of [[first], [log], [first, log]]) {
    const { code, stdout, stderr } = await place.lanner([
      ...both,
      ...files.flatMap(file => ['--replay', file]),
    ])
    t.is(code, 0, `${files}: ${stdout}${stderr}`)
  }
  const { code, stdout } = await place.lanner([...both, '--replay', rules])
  t.is(code, 1)
  const [{ why }] = JSON.parse(stdout.toString()).faults
  for (const file of [rules, first, log]) t.true(why.includes(sha256(file)), why)
})

test('rules that do not load cost nothing: exit 2, the place in the file, and no step', async t => {
  const place = bench(t)
  const rules = join(place.root, 'broken.yaml')
  writeFileSync(rules, AUDIT_RULES.replace('ka.verb = delete', 'ka.verb = '))
  const words = [
    '-a',
    'environment',
    '--rules',
    rules,
    '--attestor-detections-file',
    'x',
    '--attestor-detections-source',
  ]
  const { code, stderr } = await place.step([...words, 'k8s_audit', '--', 'touch', 'ran'])
  t.is(code, 2)
  t.regex(stderr, /LOAD_ERR_COMPILE_CONDITION/)
  t.false(existsSync(join(place.work, 'ran')))
})

test('a file that is not there fails detections alone; the rest is signed', async t => {
  const place = bench(t)
  const { rules } = withAudit(place)
  const flags = ['--attestor-detections-file', 'absent.log', '--attestor-detections-source', 'k8s_audit']
  const { code, stderr } = await place.step(['-a', 'environment', '--rules', rules, ...flags, '--', 'true'])
  t.is(code, 3, stderr)
  t.regex(stderr, /absent\.log/)
  t.truthy(predicateOf(place.statement(), 'command-run'))
  t.is(predicateOf(place.statement(), 'detections'), undefined)
})

test('an alert as urgent as --fail-on says ends with 1, with everything signed; the step’s own code wins', async t => {
  const place = bench(t)
  const { words } = withAudit(place)
  t.is((await place.step(['--fail-on', 'critical', ...words])).code, 0)
  t.is((await place.step(['--fail-on', 'warning', ...words])).code, 1)
  t.is(predicateOf(place.statement(), 'detections').judged.alerts, 2)
  const failing = [...words.slice(0, words.indexOf('--')), '--', 'sh', '-c', 'exit 7']
  t.is((await place.step(['--fail-on', 'warning', ...failing])).code, 7)
})

traced(
  'rules judge the system calls of the step while it runs, and a saved copy of them replays',
  async t => {
    const place = bench(t)
    const rules = join(place.root, 'shell_rules.yaml')
    writeFileSync(rules, SHELL_RULES)
    const events = join(place.root, 'events.jsonl')
    const words = ['-a', 'environment', '--trace', '--rules', rules, '--events', events]
    const { code, stderr } = await place.step([...words, '--', 'sh', '-c', 'echo x > marker; cat marker'])
    t.is(code, 0, stderr)
    t.regex(stderr, /marker read by cat/)
    const predicate = predicateOf(place.statement(), 'detections')
    t.like(predicate, {
      settings: { source: 'syscall' },
      input: { kind: 'trace', sha256: sha256(events), lost: 0 },
    })
    t.is(predicate.judged.events, readFileSync(events, 'utf8').trimEnd().split('\n').length)
    t.deepEqual(
      predicate.events.map(
        ({ output_fields }: { output_fields: Record<string, string> }) => output_fields['proc.name'],
      ),
      ['sh', 'cat'],
    )
    const verify = await policyFor(t, place, QUIET)
    const artifact = [
      '-s',
      place.statement().subject.find(({ name }) => name.includes('tree:'))?.digest.sha256 ?? '',
    ]
    const replayed = await place.lanner([...verify, ...artifact, '--replay', events, '--rules', rules])
    t.is(replayed.code, 0, replayed.stdout.toString() + replayed.stderr)
    appendFileSync(events, '\n')
    t.is((await place.lanner([...verify, ...artifact, '--replay', events, '--rules', rules])).code, 1)
  },
)

traced('a step that makes none of the calls that rules look at was judged all the same', async t => {
  const place = bench(t)
  const rules = join(place.root, 'rules.yaml')
  writeFileSync(rules, SHELL_RULES.replace('evt.type in (open, openat)', 'evt.type = bpf'))
  const { code, stderr } = await place.step(['-a', 'environment', '--trace', '--rules', rules, '--', 'true'])
  t.is(code, 0, stderr)
  t.like(predicateOf(place.statement(), 'detections'), {
    judged: { events: 0, alerts: 0 },
    summary: { total_events: 0 },
  })
})

traced(
  'where tracing is not permitted, --trace=auto keeps the evidence and says that nothing was judged',
  async t => {
    const place = bench(t)
    const rules = join(place.root, 'shell_rules.yaml')
    writeFileSync(rules, SHELL_RULES)
    const words = [...place.run, '-a', 'environment', '--trace=auto']
    const { code, stderr } = await lannerDenied(place, [...words, '--rules', rules, '--', 'true'])
    t.is(code, 3, stderr)
    t.regex(stderr, /not traced/)
    t.truthy(predicateOf(place.statement(), 'command-run'))
  },
)
