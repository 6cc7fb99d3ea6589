// Pushes alerts to Loki: one stream for each set of chosen labels, its lines in the order of time.
// Keeps labels few, for each set of values is a stream. Loaded by `registry.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { alertNanoseconds } from './alert-time.ts'
import { commonOptions, httpOptions, urlSource } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { jsonText } from './json-text.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { textSource } from './secret-value.ts'
import { Template, templateText } from './template.ts'

const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected letters, digits and `_`')

/** Options of `type: loki`. */
export const lokiSchema = z
  .strictObject({
    ...commonOptions('loki', { alerts: 1000, bytes: '1MB', wait: '1s' }),
    ...httpOptions,
    url: urlSource.describe('Loki; `/loki/api/v1/push` is put behind it'),
    labels: z
      .record(labelName, templateText)
      .default({
        job: 'falco',
        rule: '{rule}',
        priority: '{priority}',
        source: '{source}',
        hostname: '{hostname}',
      })
      .describe('Labels, as templates; an empty one is left out'),
    template: templateText.default('{alert}').describe('The line; the whole alert as JSON if absent'),
    tenant: z.string().min(1).optional().describe('`X-Scope-OrgID`'),
    user: textSource.optional().describe('Who logs in'),
    password: textSource.optional().describe('With which password'),
  })
  .refine(
    ({ user, password }) => (user === undefined) === (password === undefined),
    '`user` and `password` go together',
  )

type Config = z.output<typeof lokiSchema>

interface Line extends Encoded {
  readonly labels: string
  readonly at: bigint
}

/** Opens it. */
export async function openLoki(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = opening.url(config.url)
  if (!url.pathname.endsWith('/push')) url.pathname = `${url.pathname.replace(/\/$/, '')}/loki/api/v1/push`
  const { user, password, tenant } = config
  const headers = {
    'content-type': 'application/json',
    ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
    ...(user === undefined || password === undefined ? {} : { authorization: opening.basic(user, password) }),
  }
  const labels = Object.entries(config.labels).map(([name, text]) => [name, new Template(text)] as const)
  const template = new Template(config.template)
  const limit = { items: config.batch.alerts, bytes: config.batch.bytes }
  const encoded = (alert: AcceptedAlert, index: number): Line => ({
    index,
    text: template.render(alert),
    labels: labelsOf(alert, labels),
    at: alertNanoseconds(alert) ?? BigInt(opening.context.now()) * 1_000_000n,
  })
  return {
    deliver: (alerts, signal) =>
      deliverPortions(portionsOf(alerts.map(encoded), limit), async portion => {
        await client.send({ url, headers, body: streams(portion), signal })
      }),
    close: async () => client.close(),
  }
}

function labelsOf(alert: AcceptedAlert, templates: readonly (readonly [string, Template])[]): string {
  const pairs = templates.map(([name, template]) => [name, template.render(alert)] as const)
  return jsonText(Object.fromEntries(pairs.filter(([, value]) => value !== '')))
}

function streams(portion: readonly Line[]): string {
  const byLabels = new Map<string, Line[]>()
  for (const line of portion) {
    const stream = byLabels.get(line.labels)
    if (stream === undefined) byLabels.set(line.labels, [line])
    else stream.push(line)
  }
  const texts = [...byLabels].map(([labels, lines]) => {
    // A stable sort: what happened in the same nanosecond stays in the order in which it was accepted.
    const sorted = lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    const values = sorted.map(({ at, text }) => `["${at}",${JSON.stringify(text)}]`)
    return `{"stream":${labels},"values":[${values.join(',')}]}`
  })
  return `{"streams":[${texts.join(',')}]}`
}
