// Indexes alerts in Elasticsearch and OpenSearch by `_bulk`: created under their UUID, so that a repeat is no second document.
// Makes neither indices nor mappings. Loaded by `registry.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { commonOptions, httpOptions, IN_BULK, urlSource } from './common-options.ts'
import { HttpClient, wordsOf } from './http-client.ts'
import { type Json, jsonText } from './json-text.ts'
import type { Opening } from './opening.ts'
import { DeliveryFault, type Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { textSource } from './secret-value.ts'
import { Template, templateText } from './template.ts'

/** Options of `type: elasticsearch` and `type: opensearch`. */
export const elasticsearchSchema = z
  .strictObject({
    ...commonOptions(['elasticsearch', 'opensearch'], IN_BULK),
    ...httpOptions,
    url: urlSource.describe('The cluster; `/_bulk` is put behind it'),
    index: templateText
      .default('falco-{time:year}.{time:month}.{time:day}')
      .describe('Index or data stream an alert goes to'),
    pipeline: z.string().min(1).optional().describe('Ingest pipeline'),
    user: textSource.optional().describe('Who logs in'),
    password: textSource.optional().describe('With which password'),
    apiKey: textSource.optional().describe('API key, base64 as Elasticsearch shows it'),
    flatten: z
      .boolean()
      .default(false)
      .describe('Write `proc_name` instead of `proc.name`, which becomes an object there'),
  })
  .refine(
    ({ user, password }) => (user === undefined) === (password === undefined),
    '`user` and `password` go together',
  )

type Config = z.output<typeof elasticsearchSchema>

/** Opens it. */
export async function openElasticsearch(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = bulkUrl(opening.url(config.url), config.pipeline)
  const index = new Template(config.index)
  const limit = { items: config.batch.alerts, bytes: config.batch.bytes }
  const headers = { 'content-type': 'application/x-ndjson', ...authorization(config, opening) }
  const encoded = (alert: AcceptedAlert, at: number): Encoded => {
    const action = jsonText({ create: { _index: index.render(alert).toLowerCase(), _id: alert.id } })
    return { index: at, text: `${action}\n${documentOf(alert, config.flatten)}\n` }
  }
  return {
    deliver: (alerts, signal) =>
      deliverPortions(portionsOf(alerts.map(encoded), limit), async portion => {
        const body = portion.map(({ text }) => text).join('')
        const answer = await client.send({ url, headers, body, signal })
        judge(url.origin, portion, answer.body)
      }),
    close: async () => client.close(),
  }
}

function bulkUrl(url: URL, pipeline: string | undefined): URL {
  if (!url.pathname.endsWith('/_bulk')) url.pathname = `${url.pathname.replace(/\/$/, '')}/_bulk`
  url.searchParams.set('filter_path', 'errors,items.*.status,items.*.error.type,items.*.error.reason')
  if (pipeline !== undefined) url.searchParams.set('pipeline', pipeline)
  return url
}

function authorization({ user, password, apiKey }: Config, opening: Opening): Record<string, string> {
  if (apiKey !== undefined)
    return { authorization: `ApiKey ${opening.secret(apiKey).reveal().toString('utf8')}` }
  return user === undefined || password === undefined ? {} : { authorization: opening.basic(user, password) }
}

function documentOf(alert: AcceptedAlert, flatten: boolean): string {
  const { content, line } = alert
  const time = line.includes('"@timestamp"') ? '' : `"@timestamp":${JSON.stringify(content.time)},`
  if (!flatten) return `{${time}${line.slice(1)}`
  const fields: Record<string, Json> = {}
  for (const [name, value] of Object.entries(content.fields))
    fields[name.replace(/[.[\]]+/g, '_').replace(/_$/, '')] = value
  return jsonText({
    '@timestamp': content.time,
    uuid: alert.id,
    output: content.output,
    priority: content.priority,
    rule: content.rule,
    time: content.time,
    output_fields: fields,
    source: content.source,
    tags: [...content.tags],
    hostname: content.hostname,
  })
}

const bulkAnswer = z.looseObject({
  errors: z.boolean(),
  items: z.array(z.looseObject({ create: itemAnswer() })),
})

function itemAnswer() {
  return z.looseObject({
    status: z.number(),
    error: z.looseObject({ type: z.string().optional(), reason: z.string().nullish() }).optional(),
  })
}

/** There already: delivered before, and the answer was lost. */
const CONFLICT = 409

function judge(receiver: string, portion: readonly Encoded[], body: Buffer): void {
  const answer = bulkAnswer.safeParse(parsed(body)).data
  if (answer === undefined || answer.items.length !== portion.length) {
    throw new DeliveryFault(`${receiver} gave no answer of \`_bulk\`: ${wordsOf(body)}`, { retry: true })
  }
  if (!answer.errors) return
  const refused = new Map<number, string>()
  let busy: string | undefined
  for (const [at, { index }] of portion.entries()) {
    const { status, error } = answer.items[at]?.create ?? { status: 0 }
    if (status < 300 || status === CONFLICT) continue
    const reason =
      `${receiver} answered ${status} for the document: ${error?.type ?? ''} ${error?.reason ?? ''}`.trim()
    if (status === 429 || status >= 500) busy ??= reason
    else refused.set(index, reason)
  }
  // What was created meanwhile answers 409 the next time.
  if (busy !== undefined) throw new DeliveryFault(busy, { retry: true, refused })
  const [first] = refused.values()
  if (first !== undefined) throw new DeliveryFault(first, { retry: false, refused })
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
