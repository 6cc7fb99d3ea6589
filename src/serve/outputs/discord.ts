// Posts to Discord's webhooks: one embed an alert, as many in one message as Discord's limits allow.
// What alerts say mentions nobody and is not read as Markdown. Loaded by `registry.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { alertFacts, type Fact, outputText } from './alert-facts.ts'
import { alertDate } from './alert-time.ts'
import { commonOptions, FOR_PEOPLE, httpOptions, urlSource } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { jsonText, RawJson } from './json-text.ts'
import { escapeMarkdown } from './markdown.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { COLOURS } from './severity.ts'
import { Template, templateText } from './template.ts'
import { beginning, cutText } from './text-cut.ts'

/** Options of `type: discord`. */
export const discordSchema = z.strictObject({
  ...commonOptions('discord', FOR_PEOPLE),
  ...httpOptions,
  url: urlSource.describe('Address of the webhook'),
  username: z.string().min(1).max(80).optional().describe('Name the messages come under'),
  avatar: z.string().min(1).optional().describe('Address of a picture'),
  template: templateText.optional().describe('Text of an alert instead of its output'),
})

type Config = z.output<typeof discordSchema>

/** Discord's limits: embeds of a message, characters of all of them together, and of their parts. */
const MAX_EMBEDS = 10
const MAX_CHARACTERS = 6000
const MAX_FIELDS = 25
const MAX_TITLE = 256
const MAX_NAME = 256
const MAX_VALUE = 1024
/** Less than the 4096 allowed, so that fields have room in the 6000. */
const MAX_DESCRIPTION = 2500
/** Room for the remark that fields are missing. */
const FOOTER = 60

/** Opens it. */
export async function openDiscord(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = opening.url(config.url)
  // Discord answers with the message once it is stored, and with faults instead of 204 before that.
  url.searchParams.set('wait', 'true')
  const template = config.template === undefined ? undefined : new Template(config.template)
  const limit = { items: Math.min(config.batch.alerts, MAX_EMBEDS), bytes: MAX_CHARACTERS }
  return {
    deliver: (alerts, signal) => {
      const embeds = alerts.map((alert, index) =>
        embed(alert, index, template?.render(alert) ?? outputText(alert), opening.context.now()),
      )
      return deliverPortions(portionsOf(embeds, limit), async portion => {
        const body = jsonText({
          username: config.username,
          avatar_url: config.avatar,
          allowed_mentions: { parse: [] },
          embeds: portion.map(({ text }) => new RawJson(text)),
        })
        await client.send({
          url,
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body,
          signal,
        })
      })
    },
    close: async () => client.close(),
  }
}

function embed(alert: AcceptedAlert, index: number, output: string, now: number): Encoded {
  const { priority, rule } = alert.content
  const title = fitted(`${priority}: ${rule}`, MAX_TITLE)
  const description = fitted(output, MAX_DESCRIPTION)
  const facts = alertFacts(alert)
  const { fields, used } = fieldsWithin(facts, MAX_CHARACTERS - title.length - description.length - FOOTER)
  const left = facts.length - fields.length
  const footer = left === 0 ? undefined : { text: `${left} more fields do not fit here` }
  const value = {
    title,
    description,
    color: COLOURS[priority],
    timestamp: alertDate(alert, now).toISOString(),
    fields: fields.map(({ name, value }) => ({ name, value, inline: value.length < 40 })),
    footer,
  }
  return {
    index,
    text: jsonText(value),
    weight: title.length + description.length + used + (footer?.text.length ?? 0),
  }
}

function fieldsWithin(
  facts: readonly Fact[],
  room: number,
): { readonly fields: readonly Fact[]; readonly used: number } {
  const fields: Fact[] = []
  let used = 0
  for (const fact of facts) {
    const name = fitted(fact.name, MAX_NAME)
    const value = fitted(fact.value, MAX_VALUE)
    if (fields.length === MAX_FIELDS || used + name.length + value.length > room) break
    fields.push({ name, value })
    used += name.length + value.length
  }
  return { fields, used }
}

/** Escaped and at most `limit` long; UTF-16 units are never fewer than what Discord counts. */
function fitted(text: string, limit: number): string {
  const whole = escapeMarkdown(text)
  if (whole.length <= limit) return whole
  // Escaping at most doubles, and a backslash must not lose what it stands before.
  const cut = escapeMarkdown(cutText(text, Math.floor(limit / 2), 'utf16'))
  return cut.length <= limit ? cut : beginning(cut, limit, 'utf16').replace(/\\$/, '')
}
