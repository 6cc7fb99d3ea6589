// Strict stand-ins for the hosted receivers: what their documentation demands is a schema here, limits included.
// A request that the real one would refuse is refused; what was accepted is handed back as texts. Used by the laws of HTTP outputs.
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import { ExactNumber, parseExact } from '../../../src/policy/exact-json.ts'
import type { Answer, Received } from './bench.ts'
import { checkSignature } from './signature.ts'

/** One kind as the laws try it. */
export interface Trial {
  readonly name: string
  readonly type: string
  /** Options besides `type` and `url`. */
  readonly options: Readonly<Record<string, unknown>>
  /** Name of the option that takes the address. */
  readonly address?: string
  /** Texts of the configuration that no message may show. */
  readonly secrets: readonly string[]
  /** Throws when the real receiver would refuse the request; its answer. */
  readonly accept: (request: Received) => Answer
  /** All texts and digits that arrived, as the receiver's user reads them. */
  readonly read: (request: Received) => string[]
  /** How many alerts are more than one request may hold. */
  readonly many: number
}

/** Every text and number within a JSON text, with its digits. */
export function leaves(text: string): string[] {
  const found: string[] = []
  const visit = (value: unknown): void => {
    if (value instanceof ExactNumber) found.push(value.text)
    else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) visit(item)
    else found.push(String(value))
  }
  visit(parseExact(text))
  return found
}

const json = ({ text }: Received): string[] => leaves(text)
const lines = ({ text }: Received): string[] => text.trimEnd().split('\n').flatMap(leaves)

function check<Value>(schema: z.ZodType<Value>, text: string): Value {
  return schema.parse(JSON.parse(text))
}

function demand(condition: boolean, what: string): void {
  if (!condition) throw new Error(`the receiver refuses: ${what}`)
}

function contentType({ headers }: Received, expected: string): void {
  demand(headers['content-type']?.startsWith(expected) === true, `content type ${headers['content-type']}`)
}

const attachment = z.strictObject({
  fallback: z.string().max(4000),
  color: z.string().regex(/^#[0-9a-f]{6}$/),
  title: z.string(),
  text: z.string().max(8000),
  mrkdwn_in: z.array(z.never()),
  fields: z.array(z.strictObject({ title: z.string().min(1), value: z.string().min(1), short: z.boolean() })),
  ts: z.int(),
})
const attachmentMessage = z.strictObject({
  channel: z.string().optional(),
  username: z.string().optional(),
  icon_emoji: z.string().optional(),
  icon_url: z.string().optional(),
  text: z.string().max(40_000).optional(),
  attachments: z.array(attachment).min(1).max(100),
})

const unescapeAngles = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
const unescapeMarkdown = (text: string): string =>
  text.replace(/\\([\\*_~`|<>[\]#])/g, '$1').replaceAll('\u2060', '')

function acceptSlack(request: Received): Answer {
  contentType(request, 'application/json')
  demand(request.body.length < 100_000, 'too large')
  demand(!/<[!@#]/.test(request.text), 'a mention')
  check(attachmentMessage, request.text)
  return { body: 'ok' }
}

function acceptMarkdown(request: Received): Answer {
  check(attachmentMessage, request.text)
  // Nothing may stand unescaped that begins a link or a mention.
  demand(!/(?<!\\\\)\[[^\]]*\]\(/.test(request.text), 'a link')
  return { body: 'ok' }
}

const embed = z.strictObject({
  title: z.string().max(256),
  description: z.string().max(4096),
  color: z.int().min(0).max(0xffffff),
  timestamp: z.iso.datetime(),
  fields: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(256),
        value: z.string().min(1).max(1024),
        inline: z.boolean(),
      }),
    )
    .max(25),
  footer: z.strictObject({ text: z.string().max(2048) }).optional(),
})
const discordMessage = z.strictObject({
  username: z.string().max(80).optional(),
  avatar_url: z.string().optional(),
  allowed_mentions: z.strictObject({ parse: z.tuple([]) }),
  embeds: z.array(embed).min(1).max(10),
})

function acceptDiscord(request: Received): Answer {
  const { embeds } = check(discordMessage, request.text)
  const characters = embeds.map(({ title, description, fields, footer }) =>
    [title, description, footer?.text ?? '', ...fields.flatMap(({ name, value }) => [name, value])].join(''),
  )
  demand(characters.join('').length <= 6000, 'more than 6000 characters')
  return { status: 200, body: '{}' }
}

const run = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string(),
  weight: z.enum(['Bolder', 'Default', 'Lighter']).optional(),
  size: z.enum(['Small', 'Default', 'Medium', 'Large']).optional(),
  isSubtle: z.boolean().optional(),
})
const card = z.strictObject({
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
  type: z.literal('AdaptiveCard'),
  version: z.literal('1.4'),
  msteams: z.strictObject({ width: z.literal('Full') }),
  body: z
    .array(
      z.strictObject({
        type: z.literal('Container'),
        style: z.enum(['default', 'emphasis', 'good', 'attention', 'warning', 'accent']),
        separator: z.boolean(),
        items: z
          .array(z.strictObject({ type: z.literal('RichTextBlock'), inlines: z.array(run).min(1) }))
          .min(1),
      }),
    )
    .min(1),
})
const teamsMessage = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: card,
    }),
  ]),
})

function acceptTeams(request: Received): Answer {
  demand(request.body.length <= 28 * 1024, 'more than 28 KB')
  check(teamsMessage, request.text)
  return { status: 202 }
}

const pagerdutyEvent = z.strictObject({
  routing_key: z.string().length(32),
  event_action: z.literal('trigger'),
  dedup_key: z.string().min(1).max(255),
  payload: z.strictObject({
    summary: z.string().min(1).max(1024),
    source: z.string().min(1),
    severity: z.enum(['critical', 'error', 'warning', 'info']),
    timestamp: z.iso.datetime(),
    component: z.string(),
    class: z.string(),
    custom_details: z.record(z.string(), z.unknown()),
  }),
})

function acceptPagerduty(request: Received): Answer {
  demand(request.body.length <= 512 * 1024, 'more than 512 KB')
  check(pagerdutyEvent, request.text)
  return { status: 202, body: '{"status":"success"}' }
}

const opsgenieAlert = z.strictObject({
  message: z.string().min(1).max(130),
  alias: z.string().min(1).max(512),
  description: z.string().max(15_000),
  details: z.record(z.string(), z.string()),
  entity: z.string().max(512),
  source: z.string().max(100),
  tags: z.array(z.string().max(50)).max(20),
  priority: z.enum(['P1', 'P2', 'P3', 'P4', 'P5']),
})

function acceptOpsgenie(request: Received): Answer {
  demand(/^GenieKey \S+$/.test(request.headers.authorization ?? ''), 'no key')
  const { details } = check(opsgenieAlert, request.text)
  demand(Object.entries(details).flat().join('').length <= 8000, 'details above 8000 characters')
  return { status: 202, body: '{"result":"Request will be processed"}' }
}

const bulkAction = z.strictObject({
  create: z.strictObject({ _index: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/), _id: z.string().max(512) }),
})

function acceptBulk(request: Received): Answer {
  contentType(request, 'application/x-ndjson')
  demand(request.text.endsWith('\n'), 'the last line must end')
  demand(/^ApiKey \S+$/.test(request.headers.authorization ?? ''), 'no key')
  const rows = request.text.trimEnd().split('\n')
  demand(rows.length % 2 === 0 && rows.length <= 1000, 'rows')
  const items = rows
    .filter((_, row) => row % 2 === 0)
    .map((row, index) => {
      const { create } = check(bulkAction, row)
      const document = check(
        z.looseObject({ uuid: z.string(), '@timestamp': z.iso.datetime({ offset: true }) }),
        rows[index * 2 + 1] ?? '',
      )
      demand(document.uuid === create._id, 'another id')
      return { create: { status: 201 } }
    })
  return { body: JSON.stringify({ errors: false, items }) }
}

const push = z.strictObject({
  streams: z
    .array(
      z.strictObject({
        stream: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1)),
        values: z.array(z.tuple([z.string().regex(/^\d{19}$/), z.string()])).min(1),
      }),
    )
    .min(1),
})

function acceptLoki(request: Received): Answer {
  contentType(request, 'application/json')
  const { streams } = check(push, request.text)
  for (const { values } of streams) {
    const times = values.map(([time]) => time)
    demand(times.join() === [...times].sort().join(), 'entries out of order')
  }
  demand(
    new Set(streams.map(({ stream }) => JSON.stringify(stream))).size === streams.length,
    'a stream twice',
  )
  demand(streams.flatMap(({ values }) => values).length <= 1000, 'too many entries')
  return { status: 204 }
}

const hecEvent = z.strictObject({
  time: z.number(),
  host: z.string().min(1),
  source: z.string(),
  sourcetype: z.string(),
  index: z.string().optional(),
  event: z.looseObject({ uuid: z.string() }),
  fields: z.record(z.string(), z.string()),
})

function acceptSplunk(request: Received): Answer {
  demand(/^Splunk \S+$/.test(request.headers.authorization ?? ''), 'no token')
  for (const line of request.text.split('\n')) check(hecEvent, line)
  return { body: '{"text":"Success","code":0}' }
}

const anyValue: z.ZodType = z.lazy(() =>
  z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ boolValue: z.boolean() }),
    // proto3's JSON mapping: int64 as text.
    z.strictObject({ intValue: z.string().regex(/^-?\d{1,19}$/) }),
    z.strictObject({ doubleValue: z.number() }),
    z.strictObject({ arrayValue: z.strictObject({ values: z.array(anyValue) }) }),
    z.strictObject({ kvlistValue: z.strictObject({ values: z.array(keyValue) }) }),
  ]),
)
const keyValue: z.ZodType = z.strictObject({ key: z.string().min(1), value: anyValue })
const exportRequest = z.strictObject({
  resourceLogs: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(keyValue) }),
      scopeLogs: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string() }),
          logRecords: z
            .array(
              z.strictObject({
                timeUnixNano: z.string().regex(/^\d{19}$/),
                observedTimeUnixNano: z.string().regex(/^\d{19}$/),
                severityNumber: z.int().min(1).max(24),
                severityText: z.string(),
                body: anyValue,
                attributes: z.array(keyValue),
              }),
            )
            .max(500),
        }),
      ),
    }),
  ),
})

function acceptOtlp(request: Received): Answer {
  demand(request.path === '/v1/logs', request.path)
  contentType(request, 'application/json')
  check(exportRequest, request.text)
  return { body: '{}' }
}

const binaryRecords = z.strictObject({
  records: z.array(z.strictObject({ key: z.base64().optional(), value: z.base64() })).max(500),
})
const binaryData = z.strictObject({ type: z.literal('BINARY'), data: z.base64() })
const v3Record = z.strictObject({ key: binaryData.optional(), value: binaryData })

const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8')

function acceptKafka2(request: Received): Answer {
  contentType(request, 'application/vnd.kafka.binary.v2+json')
  demand(request.path === '/topics/falco.alerts', request.path)
  const { records } = check(binaryRecords, request.text)
  const offsets = records.map((_, offset) => ({ partition: 0, offset, error_code: null, error: null }))
  return { body: JSON.stringify({ offsets, key_schema_id: null }) }
}

function acceptKafka3(request: Received): Answer {
  demand(request.path === '/v3/clusters/c1/topics/falco.alerts/records', request.path)
  const records = request.text.split('\n').map(line => check(v3Record, line))
  return {
    body: records
      .map((_, offset) => JSON.stringify({ error_code: 200, topic_name: '{', offset }))
      .join('\r\n'),
  }
}

const cloudEvent = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  source: z.string().min(1),
  type: z.string().min(1),
  time: z.iso.datetime({ offset: true }),
  subject: z.string().min(1).optional(),
  rule: z.string(),
  priority: z.string(),
  eventsource: z.string(),
  hostname: z.string().optional(),
  datacontenttype: z.literal('application/json'),
  data: z.looseObject({ uuid: z.string() }),
})

function acceptBinaryEvent(request: Received): Answer {
  contentType(request, 'application/json')
  const attributes = Object.entries(request.headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]) => {
      demand(/^[\x21-\x7e]*$/.test(String(value)), `header ${name}`)
      return [name.slice(3), decodeURIComponent(String(value))] as const
    })
  const event = {
    ...Object.fromEntries(attributes),
    datacontenttype: 'application/json',
    data: JSON.parse(request.text),
  }
  const { rule, data } = cloudEvent.parse(event)
  demand(rule === data.rule, 'the rule came out otherwise')
  return { status: 202 }
}

function acceptStructuredEvent(request: Received): Answer {
  contentType(request, 'application/cloudevents+json')
  check(cloudEvent, request.text)
  return {}
}

function acceptEventBatch(request: Received): Answer {
  contentType(request, 'application/cloudevents-batch+json')
  check(z.array(cloudEvent).max(500), request.text)
  return {}
}

const postableAlerts = z.array(
  z.strictObject({
    labels: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1)),
    annotations: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string()),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
  }),
)

function acceptAlertmanager(request: Received): Answer {
  demand(request.path === '/api/v2/alerts', request.path)
  const alerts = check(postableAlerts, request.text)
  demand(alerts.length <= 500, 'more than asked for')
  demand(
    alerts.every(({ startsAt, endsAt }) => startsAt < endsAt),
    'an end before the start',
  )
  return {}
}

/** Fields of one line of the line protocol, by a reader of our own. */
export function influxFields(line: string): {
  readonly series: string
  readonly fields: Map<string, string>
  readonly time: string
} {
  const parts: string[] = ['']
  let quoted = false
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? ''
    if (character === '\\') {
      parts[parts.length - 1] += character + (line[at + 1] ?? '')
      at += 1
    } else if (character === ' ' && !quoted) parts.push('')
    else {
      if (character === '"' && parts.length > 1) quoted = !quoted
      parts[parts.length - 1] += character
    }
  }
  const [series = '', set = '', time = ''] = parts
  demand(parts.length === 3 && /^\d{19}$/.test(time), 'no line of the protocol')
  const fields = new Map<string, string>()
  for (const [, name = '', value = ''] of set.matchAll(
    /((?:\\.|[^=,\\])+)=("(?:\\.|[^"\\])*"|[^,]+)(?:,|$)/gs,
  )) {
    const text = value.startsWith('"')
      ? value.slice(1, -1).replace(/\\([\\"])/g, '$1')
      : value.replace(/i$/, '')
    fields.set(name.replace(/\\(.)/g, '$1'), text)
  }
  return { series, fields, time }
}

/** Lines end where a line feed is outside of quotes. */
function influxLines(text: string): string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"|\\.|[^"\n\\])+/gs) ?? []
}

function acceptInflux(path: RegExp): (request: Received) => Answer {
  return request => {
    demand(path.test(request.path), request.path)
    for (const line of influxLines(request.text)) influxFields(line)
    return { status: 204 }
  }
}

const readInflux = ({ text }: Received): string[] =>
  influxLines(text).flatMap(line => [...influxFields(line).fields.values()])

const S3_KEY = 'AKIDEXAMPLE'
const S3_SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'

function acceptS3(request: Received): Answer {
  demand(request.method === 'PUT', request.method)
  const digest = createHash('sha256').update(request.body).digest()
  demand(request.headers['x-amz-content-sha256'] === digest.toString('hex'), 'XAmzContentSHA256Mismatch')
  demand(request.headers['x-amz-checksum-sha256'] === digest.toString('base64'), 'BadDigest')
  demand(checkSignature(request, S3_SECRET), 'SignatureDoesNotMatch')
  demand(/^\/evidence\/win%20dow\/2026-05-29\/.*\.jsonl\.gz$/.test(request.path), request.path)
  return { headers: { etag: '"x"' } }
}

const readS3 = ({ body }: Received): string[] =>
  gunzipSync(body).toString('utf8').trimEnd().split('\n').flatMap(leaves)

const HOOK = '/services/T0000/B0000/hookhookhookhook'
const attachmentSecrets = ['hookhookhookhook']

/** All kinds over HTTP. */
export const TRIALS: readonly Trial[] = [
  {
    name: 'webhook',
    type: 'webhook',
    options: { format: 'ndjson', batch: { alerts: 5 }, headers: { authorization: 'Bearer tokentoken' } },
    secrets: ['tokentoken'],
    accept: () => ({}),
    read: lines,
    many: 12,
  },
  {
    name: 'slack',
    type: 'slack',
    options: { batch: { alerts: 100 }, channel: '#sec', icon: ':x:' },
    secrets: attachmentSecrets,
    accept: acceptSlack,
    read: r => json(r).map(unescapeAngles),
    many: 45,
  },
  {
    name: 'mattermost',
    type: 'mattermost',
    options: { batch: { alerts: 100 } },
    secrets: attachmentSecrets,
    accept: acceptMarkdown,
    read: r => json(r).map(unescapeMarkdown),
    many: 45,
  },
  {
    name: 'rocketchat',
    type: 'rocketchat',
    options: { batch: { alerts: 100 } },
    secrets: attachmentSecrets,
    accept: acceptMarkdown,
    read: r => json(r).map(unescapeMarkdown),
    many: 45,
  },
  {
    name: 'discord',
    type: 'discord',
    options: { batch: { alerts: 100 } },
    secrets: attachmentSecrets,
    accept: acceptDiscord,
    read: r => json(r).map(unescapeMarkdown),
    many: 25,
  },
  {
    name: 'teams',
    type: 'teams',
    options: { batch: { alerts: 100 } },
    secrets: attachmentSecrets,
    accept: acceptTeams,
    read: json,
    many: 45,
  },
  {
    name: 'pagerduty',
    type: 'pagerduty',
    options: { routingKey: 'k'.repeat(32) },
    secrets: ['kkkkkkkk'],
    accept: acceptPagerduty,
    read: json,
    many: 3,
  },
  {
    name: 'opsgenie',
    type: 'opsgenie',
    options: { apiKey: 'genie-genie' },
    secrets: ['genie-genie'],
    accept: acceptOpsgenie,
    read: json,
    many: 3,
  },
  {
    name: 'alertmanager',
    type: 'alertmanager',
    options: { headers: { authorization: 'Bearer tokentoken' } },
    secrets: ['tokentoken'],
    accept: acceptAlertmanager,
    read: json,
    many: 1100,
  },
  {
    name: 'elasticsearch',
    type: 'elasticsearch',
    options: { apiKey: 'es-api-key' },
    secrets: ['es-api-key'],
    accept: acceptBulk,
    read: lines,
    many: 1100,
  },
  {
    name: 'opensearch flattened',
    type: 'opensearch',
    options: { apiKey: 'es-api-key', flatten: true, pipeline: 'p' },
    secrets: ['es-api-key'],
    accept: acceptBulk,
    read: lines,
    many: 1100,
  },
  {
    name: 'loki',
    type: 'loki',
    options: { user: 'u', password: 'loki-password', tenant: 't' },
    secrets: ['loki-password', Buffer.from('u:loki-password').toString('base64')],
    accept: acceptLoki,
    read: r =>
      check(push, r.text).streams.flatMap(({ values }) => values.flatMap(([, line]) => leaves(line))),
    many: 2100,
  },
  {
    name: 'splunk',
    type: 'splunk',
    options: { token: 'splunk-token' },
    secrets: ['splunk-token'],
    accept: acceptSplunk,
    read: lines,
    many: 1100,
  },
  {
    name: 'otlp',
    type: 'otlp',
    options: { headers: { 'x-api-key': 'otlp-key' }, compress: 'gzip' },
    secrets: ['otlp-key'],
    accept: acceptOtlp,
    read: json,
    many: 1100,
  },
  {
    name: 'kafka v2',
    type: 'kafka',
    options: { topic: 'falco.alerts', key: '{hostname}', user: 'u', password: 'kafka-password' },
    secrets: ['kafka-password'],
    accept: acceptKafka2,
    read: r => check(binaryRecords, r.text).records.flatMap(({ value }) => leaves(fromBase64(value))),
    many: 1100,
  },
  {
    name: 'kafka v3',
    type: 'kafka',
    options: { topic: 'falco.alerts', version: 'v3', cluster: 'c1', user: 'u', password: 'kafka-password' },
    secrets: ['kafka-password'],
    accept: acceptKafka3,
    read: r => r.text.split('\n').flatMap(line => leaves(fromBase64(check(v3Record, line).value.data))),
    many: 1100,
  },
  {
    name: 'cloudevents binary',
    type: 'cloudevents',
    options: {},
    secrets: [],
    accept: acceptBinaryEvent,
    read: json,
    many: 3,
  },
  {
    name: 'cloudevents structured',
    type: 'cloudevents',
    options: { mode: 'structured', subject: '{rule}' },
    secrets: [],
    accept: acceptStructuredEvent,
    read: json,
    many: 3,
  },
  {
    name: 'cloudevents batched',
    type: 'cloudevents',
    options: { mode: 'batched' },
    secrets: [],
    accept: acceptEventBatch,
    read: json,
    many: 1100,
  },
  {
    name: 'influxdb v1',
    type: 'influxdb',
    options: { database: 'falco', user: 'u', password: 'influx-password' },
    secrets: ['influx-password'],
    accept: acceptInflux(/^\/write\?db=falco&precision=ns$/),
    read: readInflux,
    many: 1100,
  },
  {
    name: 'influxdb v2',
    type: 'influxdb',
    options: { organization: 'o', bucket: 'b', token: 'influx-token' },
    secrets: ['influx-token'],
    accept: acceptInflux(/^\/api\/v2\/write\?org=o&bucket=b&precision=ns$/),
    read: readInflux,
    many: 1100,
  },
  {
    name: 's3',
    type: 's3',
    address: 'endpoint',
    options: {
      bucket: 'evidence',
      key: 'win dow/{time:date}/{uuid}',
      accessKey: S3_KEY,
      secretKey: S3_SECRET,
      sessionToken: 'session-token',
      headers: { 'x-amz-acl': 'bucket-owner-full-control' },
    },
    secrets: [S3_SECRET, 'session-token'],
    accept: acceptS3,
    read: readS3,
    many: 0,
  },
]

/** Path of the address of a kind whose address is its secret. */
export function pathOf({ secrets }: Trial): string {
  return secrets === attachmentSecrets ? HOOK : ''
}
