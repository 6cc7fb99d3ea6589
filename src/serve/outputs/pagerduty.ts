// Triggers PagerDuty events (Events API v2) with the alert's own severity, and a key so that a repeat is no second incident.
// Acknowledges and resolves nothing. Loaded by `registry.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { fieldFacts, outputText } from './alert-facts.ts'
import { alertDate } from './alert-time.ts'
import { commonOptions, httpOptions, ONE_BY_ONE } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { boundedKey, incidentKey, regionOptions } from './incident-options.ts'
import { jsonText } from './json-text.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, portionsOf } from './portions.ts'
import { textSource } from './secret-value.ts'
import { FOUR_LEVELS } from './severity.ts'
import { Template, templateText } from './template.ts'
import { cutText } from './text-cut.ts'

/** Options of `type: pagerduty`. */
export const pagerdutySchema = z.strictObject({
  ...commonOptions('pagerduty', ONE_BY_ONE),
  ...httpOptions,
  routingKey: textSource.describe('Integration key of the service'),
  ...regionOptions,
  dedup: incidentKey.describe(
    'Alerts of which this is the same belong to one incident, as long as it is open',
  ),
  template: templateText.optional().describe('Summary instead of the alert’s output'),
})

type Config = z.output<typeof pagerdutySchema>

const ADDRESSES = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const

/** PagerDuty's limits: characters of summary and key, bytes of an event (512 KB). */
const MAX_SUMMARY = 1024
const MAX_KEY = 255
const MAX_EVENT = 500_000
/** Values of an event that is too large are cut to this. */
const MAX_VALUE = 1000

/** Opens it. */
export async function openPagerduty(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = opening.url(config.url ?? ADDRESSES[config.region])
  const key = opening.secret(config.routingKey)
  const summary = new Template(config.template ?? '{output}')
  const dedup = new Template(config.dedup)
  const event = (alert: AcceptedAlert, longest: number): string => {
    const { content } = alert
    const details = fieldFacts(alert).map(
      ({ name, value }) => [name, cutText(value, longest, 'utf16')] as const,
    )
    return jsonText({
      routing_key: key.reveal().toString('utf8'),
      event_action: 'trigger',
      dedup_key: boundedKey(dedup.render(alert), MAX_KEY),
      payload: {
        summary: cutText(summary.render(alert) || outputText(alert), MAX_SUMMARY, 'utf16'),
        source: content.hostname ?? opening.context.machine,
        severity: FOUR_LEVELS[content.priority],
        timestamp: alertDate(alert, opening.context.now()).toISOString(),
        component: content.source,
        class: content.rule,
        custom_details: {
          ...Object.fromEntries(details),
          uuid: alert.id,
          priority: content.priority,
          time: content.time,
          tags: [...content.tags],
        },
      },
    })
  }
  return {
    deliver: (alerts, signal) => {
      const events = alerts.map((alert, index) => {
        const whole = event(alert, Number.POSITIVE_INFINITY)
        return { index, text: Buffer.byteLength(whole) > MAX_EVENT ? event(alert, MAX_VALUE) : whole }
      })
      return deliverPortions(portionsOf(events, { items: 1 }), async ([first]) => {
        await client.send({
          url,
          headers: { 'content-type': 'application/json' },
          body: first?.text ?? '',
          signal,
        })
      })
    },
    close: async () => client.close(),
  }
}
