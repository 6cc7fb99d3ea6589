// Writes alerts to InfluxDB (v1 and v2) in the line protocol: few tags, everything else fields, the time of the alert.
// Makes no database. Loaded by `registry.ts`.
import * as z from 'zod'
import { ExactNumber } from '../../policy/exact-json.ts'
import type { AcceptedAlert, FieldValue } from '../alert.ts'
import { alertNanoseconds } from './alert-time.ts'
import { commonOptions, httpOptions, IN_BULK, urlSource } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { plainText } from './json-text.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, portionsOf } from './portions.ts'
import { textSource } from './secret-value.ts'
import { Template, templateText } from './template.ts'

/** Options of `type: influxdb`. */
export const influxdbSchema = z
  .strictObject({
    ...commonOptions('influxdb', IN_BULK),
    ...httpOptions,
    url: urlSource.describe('InfluxDB; the path for writing is put behind it'),
    database: z.string().min(1).optional().describe('v1: the database'),
    retentionPolicy: z.string().min(1).optional().describe('v1: its retention policy'),
    user: textSource.optional().describe('v1: who logs in'),
    password: textSource.optional().describe('v1: with which password'),
    organization: z.string().min(1).optional().describe('v2: the organisation'),
    bucket: z.string().min(1).optional().describe('v2: the bucket'),
    token: textSource.optional().describe('v2: an API token that may write'),
    measurement: z.string().min(1).default('falco').describe('Measurement the points belong to'),
    tags: z
      .record(z.string().min(1), templateText)
      .default({ rule: '{rule}', priority: '{priority}', source: '{source}', hostname: '{hostname}' })
      .describe('Tags, as templates; each set of values is a series'),
  })
  .refine(
    ({ database, bucket, organization }) =>
      (database === undefined) !== (bucket === undefined || organization === undefined),
    'either `database` (v1) or `organization` and `bucket` (v2) is needed',
  )
  .refine(
    ({ user, password }) => (user === undefined) === (password === undefined),
    '`user` and `password` go together',
  )

type Config = z.output<typeof influxdbSchema>

/** Opens it. */
export async function openInfluxdb(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = writeUrl(opening.url(config.url), config)
  const { user, password, token } = config
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    ...(token === undefined
      ? {}
      : { authorization: `Token ${opening.secret(token).reveal().toString('utf8')}` }),
    ...(user === undefined || password === undefined ? {} : { authorization: opening.basic(user, password) }),
  }
  const tags = Object.entries(config.tags).map(([name, text]) => [name, new Template(text)] as const)
  const limit = { items: config.batch.alerts, bytes: config.batch.bytes }
  return {
    deliver: (alerts, signal) => {
      const taken = new Set<string>()
      const points = alerts.map((alert, index) => {
        const head = series(config.measurement, tags, alert)
        const at = freeTime(
          head,
          alertNanoseconds(alert) ?? BigInt(opening.context.now()) * 1_000_000n,
          taken,
        )
        return { index, text: `${head} ${fieldSet(alert)} ${at}` }
      })
      return deliverPortions(portionsOf(points, limit), async portion => {
        await client.send({ url, headers, body: portion.map(({ text }) => text).join('\n'), signal })
      })
    },
    close: async () => client.close(),
  }
}

function writeUrl(url: URL, { database, retentionPolicy, organization, bucket }: Config): URL {
  const base = url.pathname.replace(/\/$/, '')
  url.pathname = database === undefined ? `${base}/api/v2/write` : `${base}/write`
  const parameters = { db: database, rp: retentionPolicy, org: organization, bucket, precision: 'ns' }
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value)
  return url
}

function series(
  measurement: string,
  tags: readonly (readonly [string, Template])[],
  alert: AcceptedAlert,
): string {
  const pairs = tags
    .map(([name, template]) => [name, template.render(alert)] as const)
    .filter(([, value]) => value !== '')
  const sorted = pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    escapeKey(measurement),
    ...sorted.map(([name, value]) => `${escapeKey(name)}=${escapeKey(value)}`),
  ].join(',')
}

/**
 * A point of the same series and time replaces the one before it: of two alerts of one nanosecond the second gets the next
 * one that is free. The time as the alert says it is in the field `time`.
 */
function freeTime(head: string, nanoseconds: bigint, taken: Set<string>): bigint {
  let at = nanoseconds
  while (taken.has(`${head} ${at}`)) at += 1n
  taken.add(`${head} ${at}`)
  return at
}

function fieldSet(alert: AcceptedAlert): string {
  const { content } = alert
  const own = [
    ['output', content.output],
    ['uuid', alert.id],
    ['time', content.time],
    ['tags', content.tags.join(',')],
  ] as const
  const fields = [
    ...own.map(([name, value]) => `${name}=${quoted(value)}`),
    ...Object.entries(content.fields)
      .filter(([name, value]) => value !== null && !own.some(([taken]) => taken === name))
      .map(([name, value]) => `${escapeKey(name)}=${fieldValue(value)}`),
  ]
  return fields.join(',')
}

const MAX_INTEGER = 2n ** 63n - 1n

function fieldValue(value: FieldValue): string {
  if (typeof value === 'boolean') return String(value)
  const digits =
    typeof value === 'number' ? String(value) : value instanceof ExactNumber ? value.text : undefined
  if (digits === undefined) return quoted(plainText(value))
  if (!/^-?\d+$/.test(digits)) return digits
  // Beyond 64 bits there is no integer there; its digits stay in a text.
  const size = BigInt(digits) < 0n ? -BigInt(digits) - 1n : BigInt(digits)
  return size <= MAX_INTEGER ? `${digits}i` : quoted(digits)
}

/** Texts of fields may hold anything, but for what ends them. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}

/** Names, tags and measurements end at a comma, a space or `=`, and can't hold a line end or end with a backslash. */
function escapeKey(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/\\+$/, '')
    .replace(/[, =]/g, '\\$&')
}
