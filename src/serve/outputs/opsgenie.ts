// Creates Opsgenie alerts, within the lengths it takes; the same rule on the same host is one alert that counts.
// Closes nothing. Loaded by `registry.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { fieldFacts, outputText } from './alert-facts.ts'
import { commonOptions, httpOptions, ONE_BY_ONE } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { boundedKey, incidentKey, regionOptions } from './incident-options.ts'
import { type Json, jsonText } from './json-text.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, portionsOf } from './portions.ts'
import { textSource } from './secret-value.ts'
import { OPSGENIE } from './severity.ts'
import { Template, templateText } from './template.ts'
import { cutText } from './text-cut.ts'

/** Options of `type: opsgenie`. */
export const opsgenieSchema = z.strictObject({
  ...commonOptions('opsgenie', ONE_BY_ONE),
  ...httpOptions,
  apiKey: textSource.describe('Key of an API integration'),
  ...regionOptions,
  alias: incidentKey.describe('Alerts of which this is the same are counted as one while it is open'),
  template: templateText.optional().describe('Message instead of the alert’s output'),
})

type Config = z.output<typeof opsgenieSchema>

const ADDRESSES = {
  us: 'https://api.opsgenie.com/v2/alerts',
  eu: 'https://api.eu.opsgenie.com/v2/alerts',
} as const

/** Opsgenie's limits, in characters; of the details all names and values together. */
const MAX_MESSAGE = 130
const MAX_ALIAS = 512
const MAX_DESCRIPTION = 15_000
const MAX_DETAILS = 8000
const MAX_VALUE = 1000
const MAX_ENTITY = 512
const MAX_SOURCE = 100
const MAX_TAGS = 20
const MAX_TAG = 50

/** Opens it. */
export async function openOpsgenie(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = opening.url(config.url ?? ADDRESSES[config.region])
  const key = opening.secret(config.apiKey)
  const alias = new Template(config.alias)
  const message = new Template(config.template ?? '{output}')
  const body = (alert: AcceptedAlert): Json => {
    const { content } = alert
    return {
      message: cutText(message.render(alert) || outputText(alert), MAX_MESSAGE, 'utf16'),
      alias: boundedKey(alias.render(alert), MAX_ALIAS),
      description: cutText(outputText(alert), MAX_DESCRIPTION, 'utf16'),
      details: details(alert),
      entity: cutText(content.hostname ?? opening.context.machine, MAX_ENTITY, 'utf16'),
      source: cutText(content.source, MAX_SOURCE, 'utf16'),
      tags: content.tags.slice(0, MAX_TAGS).map(tag => cutText(tag, MAX_TAG, 'utf16')),
      priority: OPSGENIE[content.priority],
    }
  }
  return {
    deliver: (alerts, signal) => {
      const bodies = alerts.map((alert, index) => ({ index, text: jsonText(body(alert)) }))
      const headers = {
        'content-type': 'application/json',
        authorization: `GenieKey ${key.reveal().toString('utf8')}`,
      }
      return deliverPortions(portionsOf(bodies, { items: 1 }), async ([first]) => {
        await client.send({ url, headers, body: first?.text ?? '', signal })
      })
    },
    close: async () => client.close(),
  }
}

function details(alert: AcceptedAlert): Json {
  const { rule, priority, time } = alert.content
  const facts = [
    { name: 'uuid', value: alert.id },
    { name: 'rule', value: rule },
    { name: 'priority', value: priority },
    { name: 'time', value: time },
    ...fieldFacts(alert),
  ]
  const kept: Record<string, string> = {}
  let room = MAX_DETAILS - 40
  for (const [index, { name, value }] of facts.entries()) {
    const shown = cutText(value, MAX_VALUE, 'utf16')
    room -= name.length + shown.length
    if (room < 0) {
      kept['…'] = `${facts.length - index} more fields`
      break
    }
    kept[name] = shown
  }
  return kept
}
