// Sends alerts to Splunk's HTTP Event Collector, with the time and host of the alert, several in one request.
// Waits for no indexer acknowledgement. Loaded by `registry.ts`.
import * as z from 'zod'
import { ExactNumber } from '../../policy/exact-json.ts'
import type { AcceptedAlert } from '../alert.ts'
import { alertNanoseconds } from './alert-time.ts'
import { commonOptions, httpOptions, IN_BULK, urlSource } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { jsonText, RawJson } from './json-text.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { textSource } from './secret-value.ts'

/** Options of `type: splunk`. */
export const splunkSchema = z.strictObject({
  ...commonOptions('splunk', { ...IN_BULK, bytes: '1MB' }),
  ...httpOptions,
  url: urlSource.describe('The collector; `/services/collector/event` is put behind it'),
  token: textSource.describe('Token of the collector'),
  index: z.string().min(1).optional().describe('Index, where the token allows more than one'),
  sourcetype: z.string().min(1).default('falco:alert').describe('Sourcetype of the events'),
  source: z.string().min(1).default('lanner').describe('Source of the events'),
})

type Config = z.output<typeof splunkSchema>

/** Opens it. */
export async function openSplunk(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = opening.url(config.url)
  if (!url.pathname.includes('/services/collector')) {
    url.pathname = `${url.pathname.replace(/\/$/, '')}/services/collector/event`
  }
  const headers = {
    'content-type': 'application/json',
    authorization: `Splunk ${opening.secret(config.token).reveal().toString('utf8')}`,
  }
  const limit = { items: config.batch.alerts, bytes: config.batch.bytes }
  const encoded = (alert: AcceptedAlert, index: number): Encoded => ({
    index,
    text: event(alert, config, opening),
  })
  return {
    deliver: (alerts, signal) =>
      deliverPortions(portionsOf(alerts.map(encoded), limit), async portion => {
        await client.send({ url, headers, body: portion.map(({ text }) => text).join('\n'), signal })
      }),
    close: async () => client.close(),
  }
}

function event(alert: AcceptedAlert, { index, sourcetype, source }: Config, { context }: Opening): string {
  const nanoseconds = alertNanoseconds(alert) ?? BigInt(context.now()) * 1_000_000n
  const { hostname, rule, priority } = alert.content
  return jsonText({
    time: new ExactNumber(seconds(nanoseconds)),
    host: hostname ?? context.machine,
    source,
    sourcetype,
    index,
    event: new RawJson(alert.line),
    // Found without reading the event.
    fields: { rule, priority, uuid: alert.id },
  })
}

/** Seconds since 1970 with all nine digits. */
function seconds(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : ''
  const digits = (nanoseconds < 0n ? -nanoseconds : nanoseconds).toString().padStart(10, '0')
  return `${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`
}
