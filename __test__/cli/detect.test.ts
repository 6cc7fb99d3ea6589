// `lanner detect` on logs of our own: which alerts, in which form, from which shapes of input, with which exit code.
// What Falco itself answers is held against in detect-corpus.test.ts. Started by ava.
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { alertsOf, detectBench, LOG, logLines, RULES, rulesOf } from './detecting.ts'
import { CLI, run } from './lanner.ts'

const FIRED = ['Shell in a pod', 'Secret read', 'Privileged container']

test.serial(
  'alerts come in the order of events, as lines with sorted keys, and exit 0 says nothing of them',
  async t => {
    const place = detectBench(t)
    const { code, stdout, stderr } = await place.detect('--source', 'k8s_audit', LOG)
    t.is(code, 0, stderr)
    const outcome = { code, signal: null, stdout, stderr }
    t.deepEqual(rulesOf(outcome), FIRED)
    const [shell] = alertsOf(outcome)
    t.deepEqual(shell, {
      hostname: 'node-1',
      output:
        '08:16:40.870011000: Warning Shell in a pod (user=mira@example.com pod=cart-7d9f ns=shop command=sh from=(203.0.113.7))',
      output_fields: {
        'evt.time': 1772439400870011000,
        'ka.sourceips': ['203.0.113.7'],
        'ka.target.name': 'cart-7d9f',
        'ka.target.namespace': 'shop',
        'ka.uri.param[command]': 'sh',
        'ka.user.name': 'mira@example.com',
      },
      priority: 'Warning',
      rule: 'Shell in a pod',
      source: 'k8s_audit',
      tags: ['T1609', 'k8s'],
      time: '2026-03-02T08:16:40.870011000Z',
    })
    t.true(stdout.includes('"evt.time":1772439400870011000'), 'no digit is lost')
    t.is(
      stderr,
      'Events detected: 3\nRule counts by severity:\n   CRITICAL: 1\n   WARNING: 1\n   NOTICE: 1\nTriggered rules by rule name:\n   Shell in a pod: 1\n   Privileged container: 1\n   Secret read: 1\n',
    )
  },
)

test.serial('the same alerts come of every shape the events are given in', async t => {
  const place = detectBench(t)
  const lines = logLines()
  const events = lines.map(line => JSON.parse(line) as unknown)
  const log = `${lines.join('\n')}\n`
  mkdirSync(join(place.work, 'logs'))
  const half = lines.length / 2
  const shapes: Record<string, string | Buffer> = {
    'crlf.log': log.replaceAll('\n', '\r\n'),
    'no-end.log': log.trimEnd(),
    'bom.log': `\ufeff${log}`,
    'array.json': JSON.stringify(events),
    'list.json': JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items: events }),
    'pretty.json': JSON.stringify(events, null, 2),
    'documents.json': events.map(event => JSON.stringify(event, null, 2)).join('\n'),
    'batches.log': `${JSON.stringify(events.slice(0, half))}\n${JSON.stringify(events.slice(half))}\n`,
    'audit.log.gz': gzipSync(log),
  }
  for (const [name, content] of Object.entries(shapes)) {
    const outcome = await place.detect(place.write(name, content))
    t.deepEqual(rulesOf(outcome), FIRED, `${name}: ${outcome.stderr}`)
  }
  place.write('logs/a.log', `${lines.slice(0, half).join('\n')}\n`)
  place.write('logs/b.log', `${lines.slice(half).join('\n')}\n`)
  t.deepEqual(rulesOf(await place.detect('logs')), FIRED)
  t.deepEqual(rulesOf(await place.detect('logs/a.log', 'logs/b.log')), FIRED)
  const piped = await place.lanner(['detect', '-r', RULES, '-'], { input: log })
  t.deepEqual(rulesOf(piped), FIRED)
})

test.serial('lines that are no event are counted with their place, and cost nothing else', async t => {
  const place = detectBench(t)
  const [first = '', ...rest] = logLines()
  const log = place.write('odd.log', `${first}\nnot json\n{"kind":"Pod"}\n\n${rest.join('\n')}\n{"kind":"Ev`)
  const outcome = await place.detect(log)
  t.is(outcome.code, 0)
  t.deepEqual(rulesOf(outcome), FIRED)
  t.regex(outcome.stderr, new RegExp(`odd.log byte ${first.length + 1}`))
})

/** Words, and which rules fire then. */
const CHOICES: readonly (readonly [words: string, rules: readonly string[]])[] = [
  ['--priority warning', ['Shell in a pod', 'Privileged container']],
  ['-o priority=critical', ['Privileged container']],
  ['--disable S*', ['Privileged container']],
  ['--disable * --enable tag:T1552', ['Secret read']],
  ['--enable tag:T1552 --disable *', []],
  ['-o rules[]={disable:{tag:k8s}} --enable Secret*', ['Secret read']],
  ['--enable Secret* -o rules[]={disable:{tag:k8s}}', []],
  ['--disable * --option=rules[]={enable:{rule:Secret*}} -q', ['Secret read']],
]

test.serial('rules take part by priority, name and tag, the last word winning', async t => {
  const place = detectBench(t)
  for (const [words, rules] of CHOICES) {
    const outcome = await place.detect(...words.split(' '), LOG)
    t.deepEqual(rulesOf(outcome), [...rules], `${words}: ${outcome.stderr}`)
  }
})

test.serial(
  'an event alerts once with the first rule that matches, or with every one when asked',
  async t => {
    const place = detectBench(t)
    const rules = place.write(
      'two.yaml',
      ['A', 'B']
        .map(
          name =>
            `- {rule: ${name}, desc: d, condition: ka.target.name = cart-db, output: o, priority: NOTICE, source: k8s_audit}\n`,
        )
        .join(''),
    )
    t.deepEqual(rulesOf(await place.detect('-r', rules, LOG)), ['A'])
    t.deepEqual(rulesOf(await place.detect('-r', rules, '--rule-matching', 'all', LOG)), ['A', 'B'])
    t.deepEqual(rulesOf(await place.detect('-r', rules, '-o', 'rule_matching=all', LOG)), ['A', 'B'])
  },
)

test.serial('text, times, properties and additions are as the options say', async t => {
  const place = detectBench(t)
  const only = ['--disable', '*', '--enable', 'Secret read', '-q', LOG]
  const text = await place.detect('--format', 'text', '-o', 'time_format_iso_8601=true', ...only)
  t.is(
    text.stdout.toString(),
    '2026-03-02T08:18:09.550001000+0000: Notice Secret read (user=mira@example.com secret=cart-db ns=shop agent=kubectl/v1.31.0 (linux/amd64))\n',
  )
  t.is(text.stderr, '')
  const bare = ['output', 'output_fields', 'tags'].flatMap(name => [
    '-o',
    `json_include_${name}_property=false`,
  ])
  const [least] = alertsOf(await place.detect(...bare, ...only))
  t.deepEqual(Object.keys(least ?? {}), ['hostname', 'priority', 'rule', 'source', 'time'])
  const more = [
    ...['-o', 'static_fields.cluster=north', '-o', 'json_include_message_property=true'],
    ...[
      '-o',
      "append_output[]={extra_output: 'v=%ka.verb', extra_fields: [ka.uri, {both: '%ka.verb-%ka.user.name'}]}",
    ],
  ]
  const [added] = alertsOf(await place.detect(...more, ...only))
  t.true(added?.output.endsWith(' v=get'))
  t.like(added?.output_fields, {
    cluster: 'north',
    both: 'get-mira@example.com',
    'ka.uri': '/api/v1/namespaces/shop/secrets/cart-db',
  })
})

test.serial('a run without any rule for its source says so, for its silence would mean nothing', async t => {
  const place = detectBench(t)
  const { code, stdout, stderr } = await place.detect('--source', 'falco', LOG)
  t.is(code, 0)
  t.is(stdout.length, 0)
  t.regex(stderr, /^warning: no rule for falco takes part\n/)
})

test.serial('stdin that comes slowly is waited for', async t => {
  const place = detectBench(t)
  const command = `(head -n 4 '${LOG}'; sleep 0.3; tail -n 4 '${LOG}') | '${process.execPath}' '${CLI}' detect -r '${RULES}' -q -`
  const { code, stdout, stderr } = await run('bash', ['-o', 'pipefail', '-c', command], { cwd: place.work })
  t.is(code, 0, stderr)
  t.deepEqual(rulesOf({ code, signal: null, stdout, stderr }), FIRED)
})

test.serial('--fail-on makes alerts of that priority, and only those, exit 1 after all output', async t => {
  const place = detectBench(t)
  const failed = await place.detect('--fail-on', 'critical', LOG)
  t.is(failed.code, 1)
  t.deepEqual(rulesOf(failed), FIRED)
  t.is((await place.detect('--fail-on', 'alert', LOG)).code, 0)
})

test.serial('--outfile holds the same bytes as stdout would, and appears whole', async t => {
  const place = detectBench(t)
  const printed = await place.detect(LOG)
  const written = await place.detect('--outfile', 'alerts.jsonl', LOG)
  t.is(written.stdout.length, 0)
  t.deepEqual(readFileSync(join(place.work, 'alerts.jsonl')), printed.stdout)
  await place.detect('--outfile', 'never.jsonl', 'no-such.log')
  t.false(existsSync(join(place.work, 'never.jsonl')))
})

/** Words after `detect`, the exit code, and what stderr must name. */
const REFUSED: readonly (readonly [words: string, code: number, names: RegExp])[] = [
  [`${LOG}`, 2, /`detect` needs `--rules`/],
  [`-r no-such.yaml ${LOG}`, 2, /no-such.yaml` is not there/],
  [`-r ${RULES} no-such.log`, 3, /no-such.log/],
  [`-r ${RULES} --source k8saudit ${LOG}`, 2, /did you mean `k8s_audit`/],
  [`-r ${RULES} --priority loud ${LOG}`, 2, /`--priority` is `loud`/],
  [`-r ${RULES} --fail-on never ${LOG}`, 2, /`--fail-on` is `never`/],
  [`-r ${RULES} --format yaml ${LOG}`, 2, /`--format` is `yaml`/],
  [`-r ${RULES} --rule-matching some ${LOG}`, 2, /first or all/],
  [`-r ${RULES} -o http_output.enabled=true ${LOG}`, 2, /has no effect here/],
  [`-r ${RULES} - -`, 2, /more than once/],
  [`-r . ${LOG}`, 2, /holds no rule file/],
  [`-r broken.yaml ${LOG}`, 2, /LOAD_ERR_COMPILE_CONDITION/],
]

test.serial('wrong words end with 2, unreadable input with 3, and stderr names what it was', async t => {
  const place = detectBench(t)
  mkdirSync(join(place.work, 'empty'))
  for (const [words, code, names] of REFUSED) {
    place.write('broken.yaml', '')
    if (words.includes('broken'))
      place.write('broken.yaml', readFileSync(RULES, 'utf8').replace('ka.verb in', 'ka.verp in'))
    else if (words.includes('-r .'))
      renameSync(join(place.work, 'broken.yaml'), join(place.work, 'broken.txt'))
    const outcome = await place.lanner(['detect', ...words.split(' ')])
    t.is(outcome.code, code, `${words}: ${outcome.stderr}`)
    t.regex(outcome.stderr, names, words)
    t.is(outcome.stdout.length, 0)
  }
})

test.serial('a reader that leaves ends it quietly', async t => {
  const place = detectBench(t)
  writeFileSync(join(place.work, 'big.log'), `${logLines().join('\n')}\n`.repeat(3000))
  const command = `'${process.execPath}' '${CLI}' detect -r '${RULES}' -q big.log | head -n 1; echo "$PIPESTATUS"`
  const shell = spawn('bash', ['-c', command], { cwd: place.work, stdio: ['ignore', 'pipe', 'pipe'] })
  const pieces = { stdout: '', stderr: '' }
  shell.stdout.on('data', piece => {
    pieces.stdout += piece
  })
  shell.stderr.on('data', piece => {
    pieces.stderr += piece
  })
  await new Promise(done => shell.on('close', done))
  t.is(pieces.stderr, '')
  t.regex(pieces.stdout, /^\{.*\}\n0\n$/)
})

test.serial(
  'a file that is followed gives its alerts as lines are added, through rotation, until it is told to stop',
  async t => {
    const place = detectBench(t)
    const lines = logLines()
    const log = join(place.work, 'audit.log')
    writeFileSync(log, `${lines.slice(0, 3).join('\n')}\n`)
    const words = [CLI, 'detect', '-r', RULES, '--follow', 'audit.log']
    const child = spawn(process.execPath, words, { cwd: place.work, stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', piece => {
      stderr += piece
    })
    const alerts = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]()
    const next = async (): Promise<string> =>
      (JSON.parse(String((await alerts.next()).value)) as { rule: string }).rule
    t.is(await next(), 'Shell in a pod')
    appendFileSync(log, `${lines[3]}\n${lines[4]}\n`)
    t.is(await next(), 'Secret read')
    renameSync(log, `${log}.1`)
    writeFileSync(log, `${lines.slice(5).join('\n')}\n`)
    t.is(await next(), 'Privileged container')
    const ended = new Promise(done => child.on('close', done))
    child.kill('SIGTERM')
    t.is(await ended, 0)
    t.regex(stderr, /audit.log was rotated\nEvents detected: 3\n/)
  },
)
