// The configuration: the smallest is enough, and of a wrong one every fault is told at once, at its line and column.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { ConfigError, faultText } from '../../../src/serve/config/fault.ts'
import { checkConfig, readConfig } from '../../../src/serve/config/read-config.ts'
import { resolveSecret } from '../../../src/serve/config/secret-reference.ts'

const SMALLEST = `listen: {falco: "127.0.0.1:2801", audit: "127.0.0.1:9765", page: "127.0.0.1:2802"}
store: {path: ./store}
`

async function faultsOf(text: string): Promise<string[]> {
  const { faults } = await checkConfig('f.yaml', text)
  return faults.map(fault => faultText(fault).replace('f.yaml:', ''))
}

const on = (rest: string): string => `listen: {falco: "127.0.0.1:0"}\nstore: {path: s}\n${rest}`

test('the smallest configuration is enough, and says what its defaults are', async t => {
  const { config, faults, warnings } = await checkConfig('/etc/lanner/lanner.yaml', SMALLEST)
  t.deepEqual(faults, [])
  t.deepEqual(warnings, [])
  t.regex(config?.rules.files.k8s_audit[0] ?? '', /rules\/k8s_audit\.yaml$/)
  t.deepEqual(config?.store?.at, { kind: 'embedded', path: '/etc/lanner/store' })
  t.deepEqual(config?.queue, { kind: 'embedded', path: '/etc/lanner/store/queue', limit: 10e9 })
  t.deepEqual(config?.routes, [])
  t.deepEqual(config?.listen.page?.address, {
    kind: 'tcp',
    host: '127.0.0.1',
    port: 2802,
    text: '127.0.0.1:2802',
  })
})

test('spans, sizes, paths and lists of one are read', async t => {
  const { config, faults } = await checkConfig(
    '/c/f.yaml',
    on(`queue: {limit: 64MiB, path: /q}
tags: one
fields: {cluster: prod, zone: 7}
rules: {k8s_audit: rules.yaml, priority: WARNING}
follow: {file: ../audit.log, source: k8s_audit}
outputs: {log: {type: file, path: /var/log/alerts}}
routes:
  outputs: log
  priority: info
  dedup: {by: rule, for: 5m}
  rate: {limit: 3}
  group: {by: [rule, proc.name]}
`),
  )
  t.deepEqual(faults, [])
  t.deepEqual(config?.queue, { kind: 'embedded', path: '/q', limit: 64 * 2 ** 20 })
  t.deepEqual(config?.tags, ['one'])
  t.deepEqual(config?.fields, { cluster: 'prod', zone: '7' })
  t.deepEqual(config?.follow, [{ file: '/audit.log', source: 'k8s_audit' }])
  t.is(config?.rules.files.k8s_audit[0], '/c/rules.yaml')
  t.is(config?.outputs[0]?.options.timeout, 10_000)
  const [route] = config?.routes ?? []
  t.is(route?.name, 'route 1')
  t.is(route?.priority, 'Informational')
  t.true(route?.continue)
  t.deepEqual(route?.dedup, { by: ['rule'], for: 300_000 })
  t.deepEqual(route?.rate, { limit: 3, per: 60_000 })
  t.deepEqual(route?.group, { by: ['rule', 'proc.name'], wait: 30_000, most: 1000 })
})

test('every fault is told at once, in the order of the file', async t => {
  const text = `lisen: {}
listen:
  falco: 0.0.0.0:2801
  audit: foo
auth:
  token: {evn: X}
store:
  path: ./store
  retention: {age: 7}
follow:
  - {file: x.log, source: k8saudit}
outputs:
  log: {type: fil}
  other: {type: file, path: /x, bacth: {alerts: 0}}
routes:
  - match: rule = a
    outputs: lg
  - priority: high
    continu: false
`
  t.deepEqual(
    await faultsOf(text),
    [
      '1:1: lisen: unknown key, did you mean `listen`?',
      '4:10: listen.audit: `foo` is not `host:port` or `unix:/path`',
      '6:10: auth.token.env: is missing, expected text',
      '6:11: auth.token.evn: unknown key; known are env, file',
      '9:20: store.retention.age: expected a span of time such as 30s, 5m or 7d',
      '11:27: follow[0].source: expected falco, k8s_audit or aws_cloudtrail',
      '13:15: outputs.log.type: there is no output of type `fil`, did you mean `file`?',
      '14:33: outputs.other.bacth: unknown key, did you mean `batch`?',
      '17:14: routes.outputs: no output is named `lg`, did you mean `log`?',
      '18:15: routes[1].priority: `high` is not one of emergency, alert, critical, error, warning, notice, informational, debug',
      '19:5: routes[1].continu: unknown key, did you mean `continue`?',
    ].map(line => line.replace('routes.outputs:', 'routes[0].outputs:')),
  )
})

test('a fault within a condition is told at its own line and column', async t => {
  const faults = await faultsOf(
    on(`outputs: {log: {type: file, path: /x}}
routes:
  - {outputs: log, match: "rule = a and"}
  - outputs: log
    match: |
      rule = a
      and priority >= Warning
  - {outputs: log, match: rule = a and no_such_macro}
`),
  )
  t.deepEqual(
    faults.map(fault => fault.replace(/(: routes\[\d\]\.match).*(\(LOAD_\w+\))$/, '$1 $2')),
    [
      '5:40: routes[0].match (LOAD_ERR_COMPILE_CONDITION)',
      '9:23: routes[1].match (LOAD_ERR_COMPILE_CONDITION)',
      '10:40: routes[2].match (LOAD_ERR_COMPILE_CONDITION)',
    ],
  )
})

test('duplicate keys, broken YAML and second documents are refused', async t => {
  t.deepEqual(await faultsOf('store: {path: a}\nstore: {path: b}\n'), ['2:1: map keys must be unique'])
  t.regex((await faultsOf('listen: [\n'))[0] ?? '', /^2:1: /)
  t.regex((await faultsOf('a: 1\n---\nb: 2\n'))[0] ?? '', /second document/)
  t.deepEqual(await faultsOf('[1]'), ['1:1: expected keys with values'])
})

test('what other machines can reach needs a token or a client certificate', async t => {
  const at = (address: string, rest = ''): Promise<string[]> =>
    faultsOf(`listen: {falco: "${address}"}\nstore: {path: s}\n${rest}`)
  for (const address of ['0.0.0.0:1', ':1', '[::]:1', 'node-7:1', '10.0.0.1:1', '[::ffff:7f00:2]:1']) {
    t.regex((await at(address))[0] ?? '', /^1:17: listen\.falco: .*auth\.token/, address)
    t.deepEqual(await at(address, 'auth: {token: {env: TOKEN}}'), [], address)
    t.deepEqual(await at(address, 'tls: {cert: a, key: b, clientCa: c}'), [], address)
    t.is((await at(address, 'tls: {cert: a, key: b}')).length, 1, address)
    t.is((await at(address, 'tls: {cert: a, key: b, clientCa: c, falco: false}')).length, 1, address)
  }
  for (const address of ['127.0.0.1:1', '127.3.2.1:1', '[::1]:1', 'localhost:1', 'unix:/run/l.sock']) {
    t.deepEqual(await at(address), [], address)
  }
})

test('a fault of what all listeners have in common is told once', async t => {
  t.deepEqual(await faultsOf(on('tls: {cert: a}')), ['3:6: tls: `cert` and `key` are both needed'])
})

test('the head of a request may not take longer than all of it', async t => {
  t.deepEqual(await faultsOf(on('limits: {headerTimeout: 2m}')), [
    '3:25: limits.headerTimeout: is longer than `requestTimeout`, of which it is a part',
  ])
  t.deepEqual(await faultsOf(on('limits: {headerTimeout: 2h, requestTimeout: 2h}')), [])
})

test('an output that had no time for a delivery is refused', async t => {
  t.deepEqual(await faultsOf(on('outputs: {a: {type: webhook, url: "http://w", timeout: 0s}}')), [
    '3:56: outputs.a.timeout: expected a span of time that is longer than nothing',
  ])
})

test('parts that contradict each other are told', async t => {
  t.deepEqual(await faultsOf('store: {path: a}'), [
    '1:1: listen: nothing is taken in: no listener and no followed file',
  ])
  t.regex((await faultsOf('listen: {falco: "127.0.0.1:1"}'))[0] ?? '', /queue: nothing says where/)
  t.deepEqual(await faultsOf(on('queue: {url: "nats://n", path: q}')), [
    '3:32: queue.path: means nothing beside `url`',
  ])
  t.deepEqual(await faultsOf(on('follow: {file: f, source: aws_cloudtrail}')), [
    '3:27: follow.source: no rule would judge it: `rules.aws_cloudtrail` names no file',
  ])
  t.deepEqual(await faultsOf(on('follow: {file: f, source: k8s_audit}')), [], 'rules for it are shipped')
  t.deepEqual(
    await faultsOf(on('routes: [{name: a, outputs: [], continue: false}, {name: a, outputs: []}]')),
    [
      '3:51: routes[1]: does nothing: name `outputs`, or mute what matches with `continue: false`',
      '3:58: routes[1].name: another route is named `a`',
    ],
  )
})

test('a secret is never shown, and is looked for when it is used', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-config-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'f.yaml')
  writeFileSync(file, on('auth: {token: [written-out, {env: NO_SUCH_VARIABLE_1}, {file: token}]}'))
  writeFileSync(join(folder, 'token'), 'from-file\n')
  const config = await readConfig(file)
  t.notRegex(JSON.stringify(config), /written-out/)
  const [first, second, third] = config.auth.tokens
  t.is((first && (await resolveSecret(first)))?.reveal().toString(), 'written-out')
  t.is((third && (await resolveSecret(third)))?.reveal().toString(), 'from-file')
  await t.throwsAsync(async () => second && resolveSecret(second), { code: 'ERR_CONFIG_SECRET' })
})

test('a file that cannot be used ends as wrong usage, with its first place among the facts', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-config-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'f.yaml')
  writeFileSync(file, on('stor: 1\nqueu: 2\n'))
  const error = await t.throwsAsync(readConfig(file), { instanceOf: ConfigError })
  t.is(error?.exit, 2)
  t.deepEqual(error?.facts, { file, faults: 2, line: 3, column: 1 })
  await t.throwsAsync(readConfig(join(folder, 'none.yaml')), { code: 'ERR_CONFIG_READ' })
})
