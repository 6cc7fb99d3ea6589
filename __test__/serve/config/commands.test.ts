// `lanner serve check`, `route` and `import` as they are typed.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { lanner } from '../../cli/lanner.ts'
import { alertOf } from '../routing/alerts.ts'

const CONFIG = `listen: {falco: "127.0.0.1:2801"}
store: {path: ./store, retention: {age: 7d}}
outputs:
  chat: {type: slack, url: "https://hooks.example/SECRETPART"}
  log: {type: file, path: ./alerts.jsonl}
seal: {key: key.pem, directory: windows, retention: {age: 90d, size: 20GB}}
routes:
  - {name: mute, match: proc.name = cron, outputs: [], continue: false}
  - {name: urgent, priority: warning, outputs: chat, dedup: {by: [rule, hostname], for: 5m}}
  - {name: rest, outputs: log}
`

function folderOf(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-serve-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

test('help lists the commands of the server', async t => {
  const { stdout } = await lanner(['--help'])
  for (const word of ['check', 'route', 'import'])
    t.regex(stdout.toString(), new RegExp(`lanner serve ${word} `))
})

test('check says who is let in where: a proxy logs in at the page only, and a certificate is asked for besides a token', async t => {
  const listen = 'listen: {falco: "127.0.0.1:1", page: "127.0.0.1:2"}\nstore: {path: s}\n'
  const cases: readonly (readonly [string, string, string])[] = [
    ['auth: {proxyHeader: X-User}', 'open to this machine', 'needs a proxy header'],
    ['auth: {proxyHeader: X-User, token: abc}', 'needs a token', 'needs a token or a proxy header'],
    [
      'auth: {token: abc}\ntls: {cert: c, key: k, clientCa: a}',
      'needs a token and a client certificate',
      'needs a token and a client certificate',
    ],
  ]
  for (const [yaml, falco, page] of cases) {
    const { stdout } = await lanner(['serve', 'check'], {
      cwd: folderOf(t, { 'lanner.yaml': `${listen}${yaml}\n` }),
    })
    const access = [...stdout.toString().matchAll(/^ {2}(?:falco|page) .*(?:plain|TLS) +(.*)$/gm)].map(
      ([, text]) => text,
    )
    t.deepEqual(access, [falco, page], yaml)
  }
})

test('check says what a valid configuration would do, without its secrets', async t => {
  const cwd = folderOf(t, { 'lanner.yaml': CONFIG })
  const { code, stdout, stderr } = await lanner(['serve', 'check'], { cwd })
  t.is(code, 0, stderr)
  const text = stdout.toString()
  t.regex(text, /^lanner\.yaml is valid\n/)
  t.regex(text, /falco {2}127\.0\.0\.1:2801 {2}plain {2}open to this machine/)
  t.regex(text, /chat {2}slack {2}by urgent/)
  t.regex(text, /windows of 5m or 100000 alerts into .*, kept for 90d, /)
  t.regex(
    text,
    /2\. urgent → chat\n {7}takes priority Warning or more urgent\n {7}the same again within 5m is counted, by rule, hostname/,
  )
  t.notRegex(text, /SECRETPART/)
})

const RULES = `- rule: One
  desc: a
  condition: ka.verb = create
  output: made
  priority: NOTICE
  source: k8s_audit
- rule: Two
  desc: b
  condition: ka.verb = delete
  output: gone
  priority: CRITICAL
  source: k8s_audit
`

test('check says how many rules of which files judge which source, and refuses rules that don’t load', async t => {
  const cwd = folderOf(t, { 'mine.yaml': RULES, 'broken.yaml': '- rule: x\n' })
  const check = async (rest: string, ...words: string[]): ReturnType<typeof lanner> => {
    writeFileSync(join(cwd, 'lanner.yaml'), `listen: {audit: "127.0.0.1:0"}\nstore: {path: s}\n${rest}`)
    return lanner(['serve', 'check', ...words], { cwd })
  }
  t.regex(
    (await check('')).stdout.toString(),
    /k8s_audit {2}by \d+ rules {2}\S+k8s_audit\.yaml, which is shipped\n/,
  )
  const some = await check('rules: {k8s_audit: mine.yaml, disable: One}')
  t.regex(some.stdout.toString(), /k8s_audit {2}by 1 of 2 rules {2}\S+mine\.yaml\n/)
  const urgent = await check('rules: {k8s_audit: mine.yaml, priority: critical}')
  t.regex(urgent.stdout.toString(), /by 1 rule, Critical or more urgent/)
  const told = await check('rules: {k8s_audit: mine.yaml}', '--format', 'json')
  t.like(JSON.parse(told.stdout.toString()).rules, [
    { source: 'k8s_audit', shipped: false, rules: 2, judging: 2 },
  ])
  const broken = await check('rules: {k8s_audit: broken.yaml}')
  t.is(broken.code, 2)
  t.regex(broken.stderr, /lanner\.yaml:3:20: rules\.k8s_audit: rules for k8s_audit don't load:\n.*LOAD_ERR/s)
})

test('check tells every fault of a broken one and ends as wrong usage', async t => {
  const broken = CONFIG.replace('rest, outputs: log', 'rest, outputs: lgo')
    .replace('= cron', '==')
    .replace('7d', '7')
  const cwd = folderOf(t, { 'my.yaml': broken })
  const told = await lanner(['serve', 'check', '--config', 'my.yaml'], { cwd })
  t.is(told.code, 2)
  t.regex(
    told.stderr,
    /my\.yaml:2:41: store\.retention\.age: .*\n.*my\.yaml:8:\d+: routes\[0\]\.match: .*LOAD_ERR_COMPILE_CONDITION.*\n.*my\.yaml:10:27: routes\[2\]\.outputs: no output is named `lgo`/,
  )
  const { code, stdout } = await lanner(['serve', 'check', '--config', 'my.yaml', '--format', 'json'], {
    cwd,
  })
  t.is(code, 2)
  const answer = JSON.parse(stdout.toString()) as { valid: boolean; faults: { line: number; path: string }[] }
  t.false(answer.valid)
  t.deepEqual(
    answer.faults.map(({ line, path }) => [line, path]),
    [
      [2, 'store.retention.age'],
      [8, 'routes[0].match'],
      [10, 'routes[2].outputs'],
    ],
  )
})

test('route says where each alert would go and what decided', async t => {
  const alerts = [
    alertOf(1),
    alertOf(2, { priority: 'Debug' }),
    alertOf(3, { output_fields: { 'proc.name': 'cron' } }),
  ]
  const lines = `${alerts.map(({ line }) => line).join('\n')}\n\nnonsense\n`
  const cwd = folderOf(t, { 'lanner.yaml': CONFIG, 'alerts.jsonl': lines })
  const text = await lanner(['serve', 'route', 'alerts.jsonl'], { cwd })
  t.is(text.code, 1)
  t.regex(text.stderr, /line 5 is no alert/)
  t.regex(
    text.stdout.toString(),
    /1\. Terminal shell → chat by urgent, log by rest\n {2}no {2}mute\n {6}no {2}proc\.name = cron {2}← proc\.name is "bash"/,
  )
  t.regex(text.stdout.toString(), /--- urgent: not asked/)
  const { stdout } = await lanner(['serve', 'route', '--format', 'json', '-'], { cwd, input: lines })
  const answers = stdout
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { line: number; outputs: { output: string }[] })
  t.deepEqual(
    answers.map(({ line, outputs }) => [line, outputs.map(({ output }) => output)]),
    [
      [1, ['chat', 'log']],
      [2, ['log']],
      [3, []],
    ],
  )
})

test('route judges an alert as the server would hold it: with a source, and added fields and tags', async t => {
  const config = `${CONFIG}fields: {cluster.name: prod}
tags: [here]
`.replace(
    /routes:[\s\S]*?(?=fields)/,
    'routes: {match: cluster.name = prod and tags in (here), source: syscall, outputs: log}\n',
  )
  const bare = alertOf(1).line.replace('"source":"syscall",', '')
  const cwd = folderOf(t, { 'lanner.yaml': config, 'alerts.jsonl': bare })
  const { stdout, stderr } = await lanner(['serve', 'route', 'alerts.jsonl'], { cwd })
  t.regex(stdout.toString(), /→ log by route 1/, stderr)
})

test('import writes a new file for its owner alone, and tells what differs', async t => {
  const cwd = folderOf(t, {
    'sidekick.yaml': 'listenaddress: 127.0.0.1\nslack: {webhookurl: "https://x", footer: f}\n',
    'sidekick.env': 'WEBHOOK_ADDRESS=http://w\n',
  })
  const words = ['serve', 'import', 'sidekick.yaml', '--env', 'sidekick.env', '-o', 'lanner.yaml']
  const { code, stderr } = await lanner(words, { cwd })
  t.is(code, 0)
  t.regex(stderr, /slack\.footer: has no counterpart/)
  t.is(statSync(join(cwd, 'lanner.yaml')).mode & 0o777, 0o600)
  const text = readFileSync(join(cwd, 'lanner.yaml'), 'utf8')
  const again = await lanner(words, { cwd })
  t.is(again.code, 2)
  t.is(readFileSync(join(cwd, 'lanner.yaml'), 'utf8'), text)
  t.is((await lanner(['serve', 'check'], { cwd, env: { WEBHOOK_ADDRESS: 'http://w' } })).code, 0)
  t.is((await lanner(['serve', 'import'], { cwd })).code, 2)
})
