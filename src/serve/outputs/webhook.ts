// Posts alerts as they are to any address: one a request, an array, a line each, or by a template of the body.
// The canonical line goes out byte for byte. Loaded by `registry.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { commonOptions, httpOptions, ONE_BY_ONE, urlSource } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { joinedBytes } from './joined-bytes.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, type Item, portionsOf } from './portions.ts'
import { Template, templateText } from './template.ts'

/** Options of `type: webhook`. */
export const webhookSchema = z.strictObject({
  ...commonOptions('webhook', ONE_BY_ONE),
  ...httpOptions,
  url: urlSource.describe('Where alerts are posted'),
  method: z.enum(['POST', 'PUT']).default('POST').describe('How it is sent'),
  format: z
    .enum(['json', 'array', 'ndjson'])
    .default('json')
    .describe('One object a request, or what `batch` gathers as an array or a line each'),
  body: templateText
    .optional()
    .describe('Template of the body, one alert a request; texts in JSON as `{output:json}`'),
  contentType: z.string().min(1).optional().describe('Content type of the body; by `format` if absent'),
})

type Config = z.output<typeof webhookSchema>

const CONTENT_TYPES = {
  json: 'application/json; charset=utf-8',
  array: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
} as const

const AROUND = {
  json: {},
  array: { before: '[', between: ',', behind: ']' },
  ndjson: { between: '\n', behind: '\n' },
} as const

/** Opens it. */
export async function openWebhook(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = opening.url(config.url)
  const body = config.body === undefined ? undefined : new Template(config.body)
  const single = config.format === 'json' || body !== undefined
  const limit = { items: single ? 1 : config.batch.alerts, bytes: config.batch.bytes }
  const headers = { 'content-type': config.contentType ?? CONTENT_TYPES[config.format] }
  const encoded = (alert: AcceptedAlert, index: number): Item => ({
    index,
    text: body?.render(alert) ?? alert.bytes,
  })
  return {
    deliver: (alerts, signal) =>
      deliverPortions(portionsOf(alerts.map(encoded), limit), async portion => {
        const body = bodyOf(portion, single ? 'json' : config.format)
        await client.send({ method: config.method, url, headers, body, signal })
      }),
    close: async () => client.close(),
  }
}

function bodyOf(portion: readonly Item[], format: Config['format']): Buffer {
  return joinedBytes(
    portion.map(({ text }) => text),
    AROUND[format],
  )
}
