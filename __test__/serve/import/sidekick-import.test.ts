// The import: whatever falcosidekick's configuration switches on is in ours, or is told; and ours is valid.
import test from 'ava'
import { parse } from 'yaml'
import { checkConfig } from '../../../src/serve/config/read-config.ts'
import { readVariables } from '../../../src/serve/import/environment-file.ts'
import { fromGoTemplate } from '../../../src/serve/import/go-template.ts'
import {
  type ImportedConfig,
  importSidekick,
  SIDEKICK_NAMES,
} from '../../../src/serve/import/sidekick-import.ts'
import { SidekickSettings } from '../../../src/serve/import/sidekick-settings.ts'

interface Written {
  readonly outputs?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly routes?: readonly Readonly<Record<string, unknown>>[]
  readonly [key: string]: unknown
}

function imported(yaml: string, variables = ''): ImportedConfig & { readonly config: Written } {
  const settings = new SidekickSettings()
  settings.addYaml('sidekick.yaml', yaml)
  settings.addEnvironment(readVariables(variables), SIDEKICK_NAMES)
  const result = importSidekick(settings)
  return { ...result, config: parse(result.text) as Written }
}

/** Every output that has a counterpart, switched on with all it may say. */
const EVERYTHING = `
listenaddress: 127.0.0.1
listenport: 2801
debug: false
customfields: {Akey: AValue, Host: "%HOSTNAME_VARIABLE"}
customtags: [one, two]
slack: {webhookurl: "https://hooks.example/x", footer: f, icon: "https://i", username: u, channel: "#c", outputformat: all, minimumpriority: warning, messageformat: 'see *{{ .Rule }}* by {{ index .OutputFields "user.name" }}'}
rocketchat: {webhookurl: "http://r/hooks/y", outputformat: text, checkcert: false}
mattermost: {webhookurl: "http://m/hooks/y", minimumpriority: ""}
teams: {webhookurl: "https://t/x", activityimage: "", outputformat: all}
discord: {webhookurl: "https://d/x", icon: "https://i"}
googlechat: {webhookurl: "https://g/x"}
telegram: {token: "1:abc", chatid: "-100"}
gotify: {hostport: "http://gotify:80/", token: t}
webex: {webhookurl: "https://w/x"}
pagerduty: {routingKey: key, region: eu, minimumpriority: critical}
opsgenie: {apikey: key, region: us}
alertmanager: {hostport: "http://a:9093,http://b:9093", expiresafter: 60, extralabels: "team:sec", customseveritymap: "debug:low,critical:page", mutualtls: true, endpoint: /api/v1/alerts}
elasticsearch: {hostport: "http://e:9200", index: falco, type: _doc, suffix: monthly, username: u, password: p, flattenfields: true, batching: {enabled: true, batchsize: 1048576, flushinterval: 2s}, enablecompression: true, customHeaders: {X-A: b}}
loki: {hostport: "http://l:3100", user: u, apikey: k, tenant: t, format: text, extralabels: "k8s.ns.name,proc.name"}
splunk: {host: "https://s:8088/services/collector/event", token: t, checkcert: false}
syslog: {host: s, port: "514", protocol: tcp, format: cef}
influxdb: {hostport: "http://i:8086", database: falco, user: u, password: p, precision: ns}
otlp: {logs: {endpoint: "http://o:4318/v1/logs", headers: "a=b,c=d", timeout: 5000}}
webhook: {address: "http://w/", method: PUT, customHeaders: {Authorization: Bearer x}}
talon: {address: "http://talon:2803"}
nodered: {address: "http://n:1880/falco"}
n8n: {address: "http://n:5678/webhook/x", headerauthname: X-Key, headerauthvalue: v}
cloudevents: {address: "http://c/", extensions: {team: sec}}
nats: {hostport: "nats://n:4222", subjecttemplate: "falco.<priority>.<rule>"}
redis: {address: "r:6379", database: 2, storagetype: hashmap, key: falco, password: p}
kafka: {hostport: "k1:9092,k2", topic: falco, sasl: SCRAM_SHA256, username: u, password: p, requiredacks: ONE}
kafkarest: {address: "http://kr:8082/topics/test", version: 2}
aws: {accesskeyid: a, secretaccesskey: s, region: eu-west-1, s3: {bucket: falco-alerts, prefix: p, minimumpriority: error}}
yandex: {accesskeyid: a, secretaccesskey: s, s3: {bucket: falco-alerts-y}}
smtp: {hostport: "mail:25", from: a@example.org, to: "b@example.org, c@example.org", user: u, password: p}
`

test('everything that is switched on becomes an output, and what comes of it is valid', async t => {
  process.env.HOSTNAME_VARIABLE = 'node'
  t.teardown(() => {
    delete process.env.HOSTNAME_VARIABLE
  })
  const { text, outputs, config } = imported(EVERYTHING)
  const { faults } = await checkConfig('lanner.yaml', text)
  t.deepEqual(faults, [])
  t.is(outputs.length, 30)
  t.deepEqual(Object.keys(config.outputs ?? {}), outputs)
  t.deepEqual(config.fields, { akey: 'AValue', host: { env: 'HOSTNAME_VARIABLE' } })
  t.deepEqual(config.tags, ['one', 'two'])
  const routed = (config.routes ?? []).filter(({ priority }) => priority !== undefined)
  t.deepEqual(
    routed.map(({ priority, outputs: names }) => [priority, names]),
    [
      ['warning', ['slack']],
      ['critical', ['pagerduty']],
      ['error', ['aws-s3']],
    ],
  )
  t.is(config.routes?.length, 30)
})

test('options keep their meaning', t => {
  const { config } = imported(EVERYTHING)
  const of = (name: string): Readonly<Record<string, unknown>> => config.outputs?.[name] ?? {}
  t.is(of('slack').template, 'see *{rule}* by {output_fields[user.name]}\n{output}')
  t.deepEqual(of('rocketchat').tls, { insecure: true })
  t.false(of('rocketchat').fields)
  t.deepEqual(of('alertmanager').url, ['http://a:9093', 'http://b:9093'])
  t.deepEqual(of('alertmanager').severities, { Debug: 'low', Critical: 'page' })
  t.deepEqual(of('alertmanager').tls, {
    ca: '/etc/certs/ca.crt',
    cert: '/etc/certs/client.crt',
    key: '/etc/certs/client.key',
  })
  t.is(of('elasticsearch').index, 'falco-{time:year}.{time:month}')
  t.deepEqual(of('elasticsearch').batch, { bytes: '1048576B', wait: '2s' })
  t.is(of('loki').template, '{output}')
  t.is((of('loki').labels as Record<string, string>).k8s_ns_name, '{output_fields[k8s.ns.name]}')
  t.deepEqual(of('otlp-logs').headers, { a: 'b', c: 'd' })
  t.deepEqual(of('kafka').brokers, ['k1:9092', 'k2:9092'])
  t.is(of('kafka').sasl, 'SCRAM-SHA-256')
  t.deepEqual([of('kafkarest').url, of('kafkarest').topic], ['http://kr:8082', 'test'])
  t.is(of('nats').subject, 'falco.{priority:lower}.{rule:slug}')
  t.is(of('redis').url, 'redis://r:6379/2')
  t.is(of('telegram').body, '{{"chat_id":"-100","text":{output:json}}')
  t.deepEqual(of('smtp').to, ['b@example.org', 'c@example.org'])
})

test('what is left out or differs is told, in the file too', t => {
  const { text, notes } = imported(
    `slack: {webhookurl: "https://x", footer: by us, messageformat: "{{ if .Rule }}x{{ end }}"}
datadog: {apikey: k}
webui: {url: "http://ui:2802"}
templatedfields: {x: "{{ .a }}"}
statsd: {forwarder: "s:8125"}
otlp: {traces: {endpoint: "http://o"}, logs: {endpoint: "http://o:4317", protocol: grpc}}
discord: {icon: only-an-icon}
`,
  )
  for (const begin of [
    'slack.footer: has no counterpart',
    'slack: `messageformat` has more than placeholders',
    'datadog: not carried over',
    'webui: not carried over',
    'statsd: not carried over',
    'otlp.traces: not carried over',
    'otlp.logs: gRPC is not spoken',
    'templatedfields.x: not carried over',
    'listenaddress: other machines reach it',
  ]) {
    t.true(
      notes.some(note => note.startsWith(begin)),
      begin,
    )
  }
  for (const note of notes) t.true(text.includes(`# - ${note}`), note)
  t.false(notes.some(note => note.startsWith('discord')))
})

test('listening on every address, as falcosidekick does, asks for a token', async t => {
  const { text, config } = imported('slack: {webhookurl: "https://x"}')
  t.deepEqual(config.auth, { token: { env: 'LANNER_TOKEN' } })
  const { faults } = await checkConfig('lanner.yaml', text)
  t.deepEqual(faults, [])
  const mutual = imported('tlsserver: {deploy: true, mutualtls: true}\nslack: {webhookurl: "https://x"}')
  t.is(mutual.config.auth, undefined)
  t.is((mutual.config.tls as Record<string, string>).clientCa, '/etc/certs/server/ca.crt')
})

test('variables win over the file, and those that give access stay variables', t => {
  const { config } = imported(
    'slack: {webhookurl: "https://file", minimumpriority: error}\n',
    `# as docker takes them
SLACK_WEBHOOKURL=https://variable
SLACK_MINIMUMPRIORITY="critical"
export AWS_S3_BUCKET='falco-alerts'
AWS_SECRETACCESSKEY=secret
OTLP_LOGS_ENDPOINT=http://o:4318
CUSTOMFIELDS=a:b,c:%D
PATH=/usr/bin
`,
  )
  t.deepEqual(config.outputs?.slack?.url, { env: 'SLACK_WEBHOOKURL' })
  t.is(config.routes?.find(({ name }) => name === 'slack')?.priority, 'critical')
  t.deepEqual(config.outputs?.['aws-s3']?.secretKey, { env: 'AWS_SECRETACCESSKEY' })
  t.truthy(config.outputs?.['otlp-logs'])
  t.deepEqual(config.fields, { a: 'b', c: { env: 'D' } })
  t.false(JSON.stringify(config).includes('"secret"'))
})

test('a template is carried over if it has placeholders only', t => {
  t.is(fromGoTemplate('a {{ .Rule }} {b}'), 'a {rule} {{b}')
  t.is(fromGoTemplate('{{- index .OutputFields "proc.name" -}}'), '{output_fields[proc.name]}')
  t.is(fromGoTemplate('{{ .Rule | upper }}'), undefined)
  t.is(fromGoTemplate('{{ range .Tags }}x{{ end }}'), undefined)
})

test('broken YAML is refused with its place', t => {
  t.throws(() => imported('slack: [\n'), { code: 'ERR_IMPORT_YAML', message: /^sidekick\.yaml:2:1: / })
  t.throws(() => imported('- a'), { code: 'ERR_IMPORT_YAML' })
})

test('a section that falcosidekick does not know is told of', t => {
  const { notes } = imported(
    'slak: {webhookurl: "https://s/x"}\nwebhook: {address: "http://w"}\nempty: {a: ""}\n',
  )
  t.deepEqual(
    notes.filter(note => note.includes('not known')),
    ['slak: not known, left out'],
  )
})
