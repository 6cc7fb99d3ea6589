// Exports alerts as OpenTelemetry log records over HTTP in JSON: severity mapped, every field an attribute, the alert's own time.
// Neither traces nor metrics. Loaded by `registry.ts`.
import * as z from 'zod'
import { ExactNumber } from '../../policy/exact-json.ts'
import type { AcceptedAlert, FieldValue } from '../alert.ts'
import { alertNanoseconds } from './alert-time.ts'
import { commonOptions, httpOptions, IN_BULK, urlSource } from './common-options.ts'
import { type HttpAnswer, HttpClient } from './http-client.ts'
import { type Json, jsonText, RawJson } from './json-text.ts'
import type { Opening } from './opening.ts'
import { DeliveryFault, type Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { OPENTELEMETRY } from './severity.ts'

/** Options of `type: otlp`. */
export const otlpSchema = z.strictObject({
  ...commonOptions('otlp', IN_BULK),
  ...httpOptions,
  url: urlSource.describe('The receiver; `/v1/logs` is put behind it'),
  resource: z
    .record(z.string().min(1), z.string())
    .default({ 'service.name': 'falco' })
    .describe('Attributes of the resource, besides `host.name`'),
})

type Config = z.output<typeof otlpSchema>

interface Entry extends Encoded {
  readonly host: string
}

/** Opens it. */
export async function openOtlp(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = opening.url(config.url)
  if (!url.pathname.endsWith('/v1/logs')) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/logs`
  const limit = { items: config.batch.alerts, bytes: config.batch.bytes }
  const headers = { 'content-type': 'application/json' }
  const encoded = (alert: AcceptedAlert, index: number): Entry => ({
    index,
    text: jsonText(logRecord(alert, opening.context.now())),
    host: alert.content.hostname ?? opening.context.machine,
  })
  return {
    deliver: (alerts, signal) =>
      deliverPortions(portionsOf(alerts.map(encoded), limit), async portion => {
        const body = jsonText({ resourceLogs: resourceLogs(portion, config.resource) })
        judge(url.origin, portion, await client.send({ url, headers, body, signal }))
      }),
    close: async () => client.close(),
  }
}

function resourceLogs(portion: readonly Entry[], resource: Config['resource']): Json[] {
  const byHost = new Map<string, Entry[]>()
  for (const entry of portion) {
    const entries = byHost.get(entry.host)
    if (entries === undefined) byHost.set(entry.host, [entry])
    else entries.push(entry)
  }
  return [...byHost].map(([host, entries]) => ({
    resource: {
      attributes: [
        ...Object.entries(resource).map(([key, text]) => attribute(key, text)),
        attribute('host.name', host),
      ],
    },
    scopeLogs: [{ scope: { name: 'lanner' }, logRecords: entries.map(({ text }) => new RawJson(text)) }],
  }))
}

function logRecord(alert: AcceptedAlert, now: number): Json {
  const { content } = alert
  const observed = BigInt(now) * 1_000_000n
  return {
    timeUnixNano: String(alertNanoseconds(alert) ?? observed),
    observedTimeUnixNano: String(observed),
    severityNumber: OPENTELEMETRY[content.priority],
    severityText: content.priority,
    body: { stringValue: content.output },
    attributes: [
      attribute('falco.rule', content.rule),
      attribute('falco.priority', content.priority),
      attribute('falco.source', content.source),
      attribute('falco.uuid', alert.id),
      attribute('falco.tags', [...content.tags]),
      ...Object.entries(content.fields)
        .filter(([, value]) => value !== null)
        .map(([key, value]) => attribute(key, value)),
    ],
  }
}

function attribute(key: string, value: FieldValue): Json {
  return { key, value: anyValue(value) }
}

const MAX_INTEGER = 2n ** 63n - 1n

/** An AnyValue in protobuf's JSON: 64-bit integers are texts there, and absence is an empty object. */
function anyValue(value: FieldValue): Json {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number' || value instanceof ExactNumber) return numberValue(value)
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  const entries = Object.entries(value as Readonly<Record<string, FieldValue>>)
  return { kvlistValue: { values: entries.map(([key, item]) => attribute(key, item)) } }
}

function numberValue(value: number | ExactNumber): Json {
  const digits = value instanceof ExactNumber ? value.text : String(value)
  if (!/^-?\d+$/.test(digits)) {
    // The collector refuses the whole request for a number that no double can be.
    return Number.isFinite(Number(digits))
      ? { doubleValue: new ExactNumber(digits) }
      : { stringValue: digits }
  }
  const size = BigInt(digits) < 0n ? -BigInt(digits) - 1n : BigInt(digits)
  return size <= MAX_INTEGER ? { intValue: digits } : { stringValue: digits }
}

const exportAnswer = z.looseObject({
  partialSuccess: z
    .looseObject({ rejectedLogRecords: z.coerce.number().optional(), errorMessage: z.string().optional() })
    .nullish(),
})

/** OTLP §“Partial Success”: what was rejected is not named, and must not be sent again. */
function judge(receiver: string, portion: readonly Encoded[], { body }: HttpAnswer): void {
  let answer: unknown
  try {
    answer = JSON.parse(body.toString('utf8'))
  } catch {
    return
  }
  const { rejectedLogRecords = 0, errorMessage = '' } =
    exportAnswer.safeParse(answer).data?.partialSuccess ?? {}
  if (rejectedLogRecords === 0) return
  const which = portion.length === rejectedLogRecords ? '' : ` of ${portion.length}, it does not say which`
  const reason = `${receiver} rejected ${rejectedLogRecords}${which}: ${errorMessage}`
  throw new DeliveryFault(reason, {
    retry: false,
    refused: new Map(portion.map(({ index }) => [index, reason])),
  })
}
