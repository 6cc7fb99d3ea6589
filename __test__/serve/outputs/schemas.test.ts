// Schemas of all kinds: strict, documented key by key, with sound defaults, and readable as JSON Schema.
import { readFileSync } from 'node:fs'
import test from 'ava'
import { parse } from 'yaml'
import * as z from 'zod'
import type { CommonOptions } from '../../../src/serve/outputs/common-options.ts'
import { OUTPUT_KINDS, openOutput } from '../../../src/serve/outputs/registry.ts'

const HOOK = { url: 'http://127.0.0.1/hook' }
/** As little as each kind can do with. */
const SMALLEST: Readonly<Record<string, object>> = {
  alertmanager: HOOK,
  cloudevents: HOOK,
  discord: HOOK,
  elasticsearch: HOOK,
  file: { path: 'alerts.jsonl' },
  influxdb: { ...HOOK, database: 'falco' },
  kafka: { ...HOOK, topic: 'falco' },
  loki: HOOK,
  mattermost: HOOK,
  nats: { servers: 'nats://127.0.0.1' },
  opensearch: HOOK,
  opsgenie: { apiKey: { env: 'KEY' } },
  otlp: HOOK,
  pagerduty: { routingKey: { file: 'key' } },
  program: { command: ['cat'] },
  prometheus: {},
  redis: { url: 'redis://127.0.0.1' },
  rocketchat: HOOK,
  s3: { bucket: 'evidence' },
  slack: HOOK,
  smtp: { host: 'mail.example.org', from: 'a@example.org', to: ['b@example.org'] },
  splunk: { ...HOOK, token: 'token' },
  syslog: { host: '127.0.0.1' },
  teams: HOOK,
  webhook: HOOK,
}

test('each kind has a name of its own, in order, and a smallest form here', t => {
  const names = OUTPUT_KINDS.map(({ type }) => type)
  t.deepEqual(names, [...new Set(names)].sort())
  t.deepEqual(names, Object.keys(SMALLEST))
})

for (const { type, load } of OUTPUT_KINDS) {
  test(`${type}: its smallest form is enough, and an unknown key or a wrong type is refused`, async t => {
    const { schema } = await load()
    const config = schema.parse({ type, ...SMALLEST[type] })
    t.true(
      config.timeout > 0 && config.batch.alerts >= 1 && config.batch.bytes > 0 && config.retry.attempts > 1,
    )
    t.false(schema.safeParse({ type, ...SMALLEST[type], wat: 1 }).success)
    t.false(schema.safeParse({ ...SMALLEST[type], type: 'another' }).success)
    t.false(schema.safeParse({ type, ...SMALLEST[type], timeout: 10 }).success)
    t.false(schema.safeParse({ type, ...SMALLEST[type], batch: { alert: 3 } }).success)
  })

  test(`${type}: every key is described`, async t => {
    const { schema } = await load()
    const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
      properties: Record<string, { description?: string }>
    }
    const silent = Object.entries(properties).filter(([, { description }]) => description === undefined)
    t.deepEqual(
      silent.map(([name]) => name),
      [],
    )
  })
}

const DOCUMENT = readFileSync(new URL('../../../docs/outputs.md', import.meta.url), 'utf8')
/** Told once for all kinds. */
const SHARED = ['type', 'timeout', 'concurrency', 'retry', 'batch', 'headers', 'tls', 'compress', 'proxy']

for (const { type, load } of OUTPUT_KINDS.filter(kind => kind.type !== 'opensearch')) {
  test(`docs/outputs.md tells of ${type} every option in the schema’s words, and its example is valid`, async t => {
    const { schema } = await load()
    const section = DOCUMENT.split(/^## /m).find(text => text.startsWith(`${type}\n`)) ?? ''
    const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
      properties: Record<string, { description: string }>
    }
    const missing = Object.entries(properties).filter(
      ([name, { description }]) =>
        !SHARED.includes(name) && !section.includes(`| \`${name}\` | ${description}`),
    )
    t.deepEqual(
      missing.map(([name]) => name),
      [],
    )
    const example: unknown = parse(/```yaml\n(.*?)```/s.exec(section)?.[1] ?? '')
    t.true(schema.safeParse(example).success)
  })
}

test('faults of texts, templates, addresses and amounts say what was expected', async t => {
  const schema = await OUTPUT_KINDS.find(({ type }) => type === 'webhook')
    ?.load()
    .then(kind => kind.schema)
  const messages = (more: object) =>
    schema
      ?.safeParse({ type: 'webhook', ...HOOK, ...more })
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  t.deepEqual(messages({ url: 'example.org' }), [
    'url: expected an address that begins with http:// or https://',
  ])
  t.deepEqual(messages({ timeout: 'soon' }), [
    'timeout: expected a span of time such as 500ms, 30s, 5m, 2h or 7d',
  ])
  t.deepEqual(messages({ batch: { bytes: 'much' } }), [
    'batch.bytes: expected an amount such as 64KiB, 5MB or 1GB',
  ])
  t.regex(
    messages({ body: 'x {rulle}' })?.[0] ?? '',
    /^body: template, column 3: an alert has no `rulle`; there are rule, /,
  )
  t.regex(messages({ tls: { cert: 'a' } })?.[0] ?? '', /`cert` and `key` go together/)
})

test('an output of an unknown type can’t be opened', async t => {
  const config = { type: 'carrier-pigeon' } as CommonOptions
  const context = { name: 'x', machine: 'm', environment: {}, directory: '/', now: Date.now }
  await t.throwsAsync(openOutput(config, context), { code: 'ERR_CONFIG_OUTPUT' })
})
