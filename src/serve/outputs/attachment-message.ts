// The message with attachments that Slack invented and Mattermost and Rocket.Chat took over: one attachment an alert.
// What differs between the three is a `Dialect`. Used by `slack.ts`, `mattermost.ts` and `rocketchat.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { alertFacts, outputText } from './alert-facts.ts'
import { alertDate } from './alert-time.ts'
import { commonOptions, FOR_PEOPLE, httpOptions, urlSource } from './common-options.ts'
import { HttpClient } from './http-client.ts'
import { type Json, jsonText, RawJson } from './json-text.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { hexColour } from './severity.ts'
import { Template, templateText } from './template.ts'
import { cutText } from './text-cut.ts'

/** Options of each of the three. */
export function attachmentSchema<const Kind extends string>(kind: Kind) {
  return z.strictObject({
    ...commonOptions(kind, FOR_PEOPLE),
    ...httpOptions,
    url: urlSource.describe('Address of the incoming webhook'),
    channel: z
      .string()
      .min(1)
      .optional()
      .describe('Another channel than the webhook’s, where that is allowed'),
    username: z.string().min(1).optional().describe('Name the messages come under, where that is allowed'),
    icon: z.string().min(1).optional().describe('Address of a picture, or `:emoji:`'),
    template: templateText.optional().describe('Text of an alert instead of its output'),
    fields: z.boolean().default(true).describe('Show the alert’s fields'),
  })
}

/** Options once read. */
export type AttachmentConfig = z.output<ReturnType<typeof attachmentSchema<string>>>

/** What differs. */
export interface Dialect {
  /** Makes a text that nothing is read into. */
  readonly literal: (text: string) => string
  /** Attachments in one message. */
  readonly attachments: number
  /** Name of the member for an emoji as icon. */
  readonly emoji: string
}

/** Characters of one text, of one value, and fields of one attachment. Slack shows no more than about that. */
const MAX_TEXT = 3000
const MAX_VALUE = 1000
const MAX_FIELDS = 60
/** Slack refuses messages somewhere above 40,000 characters. */
const MAX_MESSAGE = 30_000
/** A value of up to so many characters may share its line with another. */
const SHORT = 36

/** Opens an output of that dialect. */
export async function openAttachments(
  config: AttachmentConfig,
  opening: Opening,
  dialect: Dialect,
): Promise<Output> {
  const client = new HttpClient(config, opening)
  const url = opening.url(config.url)
  const template = config.template === undefined ? undefined : new Template(config.template)
  const limit = { items: Math.min(config.batch.alerts, dialect.attachments), bytes: MAX_MESSAGE }
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  const encoded = (alert: AcceptedAlert, index: number): Encoded => ({
    index,
    text: jsonText(
      attachment(alert, template?.render(alert) ?? outputText(alert), config.fields, dialect, opening),
    ),
  })
  return {
    deliver: (alerts, signal) =>
      deliverPortions(portionsOf(alerts.map(encoded), limit), async portion => {
        await client.send({ url, headers, body: message(portion, config, dialect), signal })
      }),
    close: async () => client.close(),
  }
}

function message(
  portion: readonly Encoded[],
  { channel, username, icon }: AttachmentConfig,
  dialect: Dialect,
): string {
  const emoji = icon?.startsWith(':') === true
  return jsonText({
    channel,
    username,
    icon_url: emoji ? undefined : icon,
    [dialect.emoji]: emoji ? icon : undefined,
    text: portion.length > 1 ? `${portion.length} alerts` : undefined,
    attachments: portion.map(({ text }) => new RawJson(text)),
  })
}

function attachment(
  alert: AcceptedAlert,
  text: string,
  withFields: boolean,
  { literal }: Dialect,
  opening: Opening,
): Json {
  const { rule, priority } = alert.content
  const facts = withFields ? alertFacts(alert) : []
  const left =
    facts.length > MAX_FIELDS ? [{ name: '…', value: `${facts.length - MAX_FIELDS} more fields` }] : []
  return {
    // Before everything that a reader may hear of it: the whole in one line.
    fallback: literal(cutText(`${priority}: ${text}`, MAX_TEXT, 'utf16')),
    color: hexColour(priority),
    title: literal(cutText(`${priority}: ${rule}`, MAX_VALUE, 'utf16')),
    text: literal(cutText(text, MAX_TEXT, 'utf16')),
    // No member may be read as markup.
    mrkdwn_in: [],
    fields: [...facts.slice(0, MAX_FIELDS), ...left].map(({ name, value }) => ({
      title: literal(name),
      value: literal(cutText(value, MAX_VALUE, 'utf16')),
      short: value.length < SHORT,
    })),
    ts: Math.floor(alertDate(alert, opening.context.now()).getTime() / 1000),
  }
}

/** Escapes the three characters that begin links, mentions and entities. */
export function escapeAngles(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
