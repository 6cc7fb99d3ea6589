// Posts Adaptive Cards to a workflow of Microsoft Teams; the older connectors and their cards are retired.
// Texts go into runs, which are not read as Markdown. Loaded by `registry.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { alertFacts, outputText } from './alert-facts.ts'
import { commonOptions, FOR_PEOPLE, httpOptions, urlSource } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { type Json, jsonText, RawJson } from './json-text.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { FOUR_LEVELS } from './severity.ts'
import { Template, templateText } from './template.ts'
import { cutText } from './text-cut.ts'

/** Options of `type: teams`. */
export const teamsSchema = z.strictObject({
  ...commonOptions('teams', FOR_PEOPLE),
  ...httpOptions,
  url: urlSource.describe(
    'Address of a workflow that begins with “When a Teams webhook request is received”',
  ),
  template: templateText.optional().describe('Text of an alert instead of its output'),
  fields: z.boolean().default(true).describe('Show the alert’s fields'),
})

type Config = z.output<typeof teamsSchema>

/** Teams refuses messages above 28 KB; what surrounds the alerts takes its part. */
const MAX_CARD = 25_000
const MAX_TEXT = 6000
const MAX_VALUE = 800
/** Of the values of one alert, so that it fits alone. */
const MAX_VALUES = 9000

const STYLES = { critical: 'attention', error: 'attention', warning: 'warning', info: 'accent' } as const

/** Opens it. */
export async function openTeams(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = opening.url(config.url)
  const template = config.template === undefined ? undefined : new Template(config.template)
  const limit = { items: config.batch.alerts, bytes: MAX_CARD }
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  const encoded = (alert: AcceptedAlert, index: number): Encoded => {
    const text = template?.render(alert) ?? outputText(alert)
    return { index, text: jsonText(container(alert, text, config.fields)) }
  }
  return {
    deliver: (alerts, signal) =>
      deliverPortions(portionsOf(alerts.map(encoded), limit), async portion => {
        await client.send({ url, headers, body: jsonText(message(portion)), signal })
      }),
    close: async () => client.close(),
  }
}

function message(portion: readonly Encoded[]): Json {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: portion.map(({ text }) => new RawJson(text)),
        },
      },
    ],
  }
}

function container(alert: AcceptedAlert, output: string, withFields: boolean): Json {
  const { priority, rule } = alert.content
  const title = cutText(`${priority}: ${rule}`, MAX_VALUE, 'bytes')
  return {
    type: 'Container',
    style: STYLES[FOUR_LEVELS[priority]],
    separator: true,
    items: [
      runs([{ type: 'TextRun', text: title, weight: 'Bolder', size: 'Medium' }]),
      runs([{ type: 'TextRun', text: cutText(output, MAX_TEXT, 'bytes') }]),
      ...(withFields ? fieldRuns(alert) : []),
    ],
  }
}

function fieldRuns(alert: AcceptedAlert): Json[] {
  const lines: Json[] = []
  let room = MAX_VALUES
  const facts = alertFacts(alert)
  for (const { name, value } of facts) {
    const shown = cutText(value, MAX_VALUE, 'bytes')
    // What the structure of a line takes, about.
    room -= Buffer.byteLength(JSON.stringify(name + shown)) + 140
    if (room < 0) {
      lines.push(
        runs([{ type: 'TextRun', text: `… ${facts.length - lines.length} more fields`, isSubtle: true }]),
      )
      break
    }
    const head = { type: 'TextRun', text: `${name}  `, weight: 'Bolder', size: 'Small' }
    lines.push(runs([head, { type: 'TextRun', text: shown, size: 'Small' }]))
  }
  return lines
}

function runs(inlines: readonly Json[]): Json {
  return { type: 'RichTextBlock', inlines }
}
