// Hands alerts to Alertmanager (API v2) under few, chosen labels, so that alerts of one kind group; everything else is annotation.
// Repeating a delivery changes nothing there. Loaded by `registry.ts`.
import * as z from 'zod'
import { PRIORITIES, type Priority } from '../../detect/priority.ts'
import type { AcceptedAlert } from '../alert.ts'
import { fieldFacts, outputText } from './alert-facts.ts'
import { alertDate } from './alert-time.ts'
import { commonOptions, httpOptions, IN_BULK, urlSource } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { jsonText } from './json-text.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { duration } from './quantity.ts'
import { FOUR_LEVELS } from './severity.ts'
import { Template, templateText } from './template.ts'

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const labelName = z.string().regex(LABEL, 'expected letters, digits and `_`, not beginning with a digit')

/** Options of `type: alertmanager`. */
export const alertmanagerSchema = z.strictObject({
  ...commonOptions('alertmanager', IN_BULK),
  ...httpOptions,
  url: z
    .union([urlSource, z.array(urlSource).min(1)])
    .describe('Alertmanager, or all members of a cluster; `/api/v2/alerts` is put behind it'),
  labels: z
    .record(labelName, templateText)
    .default({})
    .describe(
      'More labels, as templates; an alert of other labels is another alert, so name nothing that varies',
    ),
  severities: z
    .partialRecord(z.enum(PRIORITIES), z.string().min(1))
    .default({})
    .describe('Label `severity` by priority; critical, error, warning and info otherwise'),
  annotations: z.boolean().default(true).describe('Give the alert’s fields as annotations'),
  expires: duration.prefault('1h').describe('How long an alert counts as firing when it is not repeated'),
})

type Config = z.output<typeof alertmanagerSchema>

/** Opens it. */
export async function openAlertmanager(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const sources = Array.isArray(config.url) ? config.url : [config.url]
  const urls = sources.map(source => apiOf(opening.url(source)))
  const labels = Object.entries(config.labels).map(([name, text]) => [name, new Template(text)] as const)
  const limit = { items: config.batch.alerts, bytes: config.batch.bytes }
  const headers = { 'content-type': 'application/json' }
  const encoded = (alert: AcceptedAlert, index: number): Encoded => {
    const now = opening.context.now()
    const own = labels.map(([name, template]) => [name, template.render(alert)] as const)
    return { index, text: posted(alert, own, config, now) }
  }
  return {
    deliver: (alerts, signal) =>
      deliverPortions(portionsOf(alerts.map(encoded), limit), async portion => {
        const body = `[${portion.map(({ text }) => text).join(',')}]`
        // Members of a cluster don't tell each other of alerts, only of silences and notifications: each gets them.
        await Promise.all(urls.map(url => client.send({ url, headers, body, signal })))
      }),
    close: async () => client.close(),
  }
}

function apiOf(url: URL): URL {
  if (!url.pathname.endsWith('/api/v2/alerts'))
    url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v2/alerts`
  return url
}

function posted(
  alert: AcceptedAlert,
  own: readonly (readonly [string, string])[],
  { severities, annotations, expires }: Config,
  now: number,
): string {
  const { rule, priority, source, hostname } = alert.content
  const start = alertDate(alert, now)
  const labels = [
    ['alertname', rule],
    ['priority', priority],
    ['severity', severityOf(priority, severities)],
    ['source', source],
    ['hostname', hostname ?? ''],
    ...own,
  ]
  const remarks = [
    ['summary', rule],
    ['description', outputText(alert)],
    ['tags', alert.content.tags.join(',')],
    ['uuid', alert.id],
    ...(annotations ? fieldFacts(alert).map(({ name, value }) => [annotationName(name), value]) : []),
  ]
  // Alertmanager drops empty ones of both, and refuses an end before the start.
  const given = (pairs: readonly (readonly string[])[]) =>
    Object.fromEntries(pairs.filter(([, value]) => value !== ''))
  return jsonText({
    labels: given(labels),
    annotations: given(remarks),
    startsAt: start.toISOString(),
    // From now, not from when it happened: what was held up would otherwise arrive resolved, and notify nobody.
    endsAt: new Date(Math.max(now, start.getTime()) + expires).toISOString(),
  })
}

function severityOf(priority: Priority, severities: Config['severities']): string {
  return severities[priority] ?? FOUR_LEVELS[priority]
}

/** Annotations have names like labels. */
function annotationName(field: string): string {
  const name = field.replace(/[^a-zA-Z0-9_]+/g, '_').replace(/_$/, '')
  return /^[0-9]/.test(name) ? `_${name}` : name
}
