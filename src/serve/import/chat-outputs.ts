// falcosidekick's outputs to chats and to those who are called out of bed.
import { fromGoTemplate } from './go-template.ts'
import { compact, type Drafting, type DraftOptions, httpOptions, type OutputMapping } from './output-draft.ts'

function attachment(section: string): OutputMapping {
  return {
    section,
    type: section,
    enabledBy: ['webhookurl'],
    draft: drafting => {
      const { own } = drafting
      return compact({
        ...httpOptions(drafting),
        url: own.source('webhookurl'),
        channel: own.text('channel'),
        username: own.text('username'),
        icon: own.text('icon'),
        ...shownParts(drafting),
      })
    },
  }
}

/** `outputformat` and `messageformat`. */
function shownParts({ own, note }: Drafting): DraftOptions {
  const format = own.text('outputformat') ?? 'all'
  if (format === 'fields' || format === 'facts') note(`\`outputformat: ${format}\`: the text is shown too`)
  const message = own.text('messageformat')
  const template = message === undefined ? undefined : fromGoTemplate(message)
  if (message !== undefined && template === undefined) {
    note('`messageformat` has more than placeholders; write it as `template`')
  }
  return {
    fields: format === 'text' ? false : undefined,
    template: template === undefined ? undefined : `${template}\n{output}`,
  }
}

/** Webhooks that take a JSON object with a text. */
function posted(section: string, body: string): OutputMapping {
  return {
    section,
    type: 'webhook',
    enabledBy: ['webhookurl'],
    draft: drafting => {
      const { own, note } = drafting
      own.passOver('outputformat')
      if (own.text('messageformat') !== undefined)
        note('`messageformat` is left out; change the text in `body`')
      return compact({ ...httpOptions(drafting), url: own.source('webhookurl'), body })
    },
  }
}

/** See the file. */
export const CHAT_OUTPUTS: readonly OutputMapping[] = [
  attachment('slack'),
  attachment('rocketchat'),
  attachment('mattermost'),
  {
    section: 'teams',
    type: 'teams',
    enabledBy: ['webhookurl'],
    draft: drafting => {
      drafting.note('the address must be that of a workflow: connectors were retired by Microsoft')
      const { fields } = shownParts(drafting)
      return compact({ ...httpOptions(drafting), url: drafting.own.source('webhookurl'), fields })
    },
  },
  {
    section: 'discord',
    type: 'discord',
    enabledBy: ['webhookurl'],
    draft: drafting =>
      compact({
        ...httpOptions(drafting),
        url: drafting.own.source('webhookurl'),
        avatar: drafting.own.text('icon'),
      }),
  },
  posted('googlechat', '{{"text":{output:json}}'),
  posted('webex', '{{"markdown":{output:json}}'),
  {
    section: 'telegram',
    type: 'webhook',
    enabledBy: ['token', 'chatid'],
    draft: drafting => {
      const { own } = drafting
      const url = `https://api.telegram.org/bot${own.text('token')}/sendMessage`
      const body = `{{"chat_id":${JSON.stringify(own.text('chatid'))},"text":{output:json}}`
      return compact({ ...httpOptions(drafting), url, body })
    },
  },
  {
    section: 'gotify',
    type: 'webhook',
    enabledBy: ['hostport'],
    draft: drafting => {
      const { own } = drafting
      own.passOver('format')
      const { headers, ...rest } = httpOptions(drafting)
      return compact({
        ...rest,
        url: `${(own.text('hostport') ?? '').replace(/\/$/, '')}/message`,
        headers: compact({ ...(headers as DraftOptions | undefined), 'X-Gotify-Key': own.source('token') }),
        body: '{{"title":{rule:json},"message":{output:json}}',
      })
    },
  },
  {
    section: 'pagerduty',
    type: 'pagerduty',
    enabledBy: ['routingkey'],
    draft: drafting =>
      compact({
        ...httpOptions(drafting),
        routingKey: drafting.own.source('routingkey'),
        region: drafting.own.text('region')?.toLowerCase(),
      }),
  },
  {
    section: 'opsgenie',
    type: 'opsgenie',
    enabledBy: ['apikey'],
    draft: drafting =>
      compact({
        ...httpOptions(drafting),
        apiKey: drafting.own.source('apikey'),
        region: drafting.own.text('region')?.toLowerCase(),
      }),
  },
]
