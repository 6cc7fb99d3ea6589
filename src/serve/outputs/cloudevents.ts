// Posts alerts as CloudEvents 1.0 over HTTP, in binary, structured or batched mode; the data is the alert as it is.
// The id of an event is the alert's, so that receivers can leave out repeats. Loaded by `registry.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { alertDate, alertNanoseconds } from './alert-time.ts'
import { commonOptions, httpOptions, IN_BULK, urlSource } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { jsonText, RawJson } from './json-text.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { Template, templateText } from './template.ts'

/** Options of `type: cloudevents`. */
export const cloudeventsSchema = z.strictObject({
  ...commonOptions('cloudevents', IN_BULK),
  ...httpOptions,
  url: urlSource.describe('Where events are posted'),
  mode: z
    .enum(['binary', 'structured', 'batched'])
    .default('binary')
    .describe('Attributes as headers, in the body, or in an array of events'),
  eventType: z.string().min(1).default('falco.rule.output.v1').describe('Attribute `type`'),
  source: templateText.default('https://falco.org').describe('Attribute `source`'),
  subject: templateText.optional().describe('Attribute `subject`'),
  extensions: z
    .record(
      z.string().regex(/^[a-z0-9]{1,20}$/, 'expected up to 20 lower-case letters and digits'),
      templateText,
    )
    .default({ rule: '{rule}', priority: '{priority}', eventsource: '{source}', hostname: '{hostname}' })
    .describe('More attributes, as templates; an empty one is left out'),
})

type Config = z.output<typeof cloudeventsSchema>
type Attributes = readonly (readonly [name: string, value: string])[]

interface Event extends Encoded {
  readonly attributes: Attributes
}

/** Opens it. */
export async function openCloudevents(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = opening.url(config.url)
  const describe = describer(config, opening)
  const limit = { items: config.mode === 'batched' ? config.batch.alerts : 1, bytes: config.batch.bytes }
  const encoded = (alert: AcceptedAlert, index: number): Event => {
    const attributes = describe(alert)
    return { index, attributes, text: config.mode === 'binary' ? alert.line : structured(attributes, alert) }
  }
  return {
    deliver: (alerts, signal) =>
      deliverPortions(portionsOf(alerts.map(encoded), limit), async portion => {
        await client.send({ url, signal, ...requestOf(portion, config.mode) })
      }),
    close: async () => client.close(),
  }
}

function describer(
  { eventType, source, subject, extensions }: Config,
  opening: Opening,
): (alert: AcceptedAlert) => Attributes {
  const about = new Template(source)
  const whom = subject === undefined ? undefined : new Template(subject)
  const more = Object.entries(extensions).map(([name, text]) => [name, new Template(text)] as const)
  return alert => {
    const known = alertNanoseconds(alert) !== undefined
    const attributes: Attributes = [
      ['specversion', '1.0'],
      ['id', alert.id],
      ['source', about.render(alert)],
      ['type', eventType],
      ['time', known ? alert.content.time : alertDate(alert, opening.context.now()).toISOString()],
      ['subject', whom?.render(alert) ?? ''],
      ...more.map(([name, template]) => [name, template.render(alert)] as const),
    ]
    return attributes.filter(([, value]) => value !== '')
  }
}

function structured(attributes: Attributes, { line }: AcceptedAlert): string {
  return jsonText({
    ...Object.fromEntries(attributes),
    datacontenttype: 'application/json',
    data: new RawJson(line),
  })
}

function requestOf(
  portion: readonly Event[],
  mode: Config['mode'],
): { headers: Record<string, string>; body: string } {
  const [first] = portion
  const body = portion.map(({ text }) => text).join(',')
  if (mode === 'batched')
    return {
      headers: { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' },
      body: `[${body}]`,
    }
  if (mode === 'structured')
    return { headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' }, body }
  const headers = (first?.attributes ?? []).map(([name, value]) => [`ce-${name}`, headerText(value)] as const)
  return { headers: { 'content-type': 'application/json', ...Object.fromEntries(headers) }, body }
}

/** HTTP binding §3.1.3.2: what is not printable ASCII, and space, quote and percent, is percent-encoded as UTF-8. */
function headerText(value: string): string {
  return [...Buffer.from(value)].map(headerByte).join('')
}

function headerByte(byte: number): string {
  const plain = byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x25
  return plain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
}
