// The list of kinds of output, each loaded when it is used, and the one way to open an output.
// The only place to add a kind to. Used by the configuration (schemas) and by the server (`openOutput`).
import type { ZodType } from 'zod'
import { LannerError } from '../../error.ts'
import type { CommonOptions } from './common-options.ts'
import { Opening, type OutputContext } from './opening.ts'
import type { Output } from './output.ts'

/** A kind that was loaded. */
export interface OutputKind {
  /** Checks the body of an output, its `type` included, and fills in what was not said. */
  readonly schema: ZodType<CommonOptions>
  /** Opens an output with what `schema` gave; use {@link openOutput}. */
  readonly open: (config: CommonOptions, opening: Opening) => Promise<Output>
}

/** A kind as it is listed. */
export interface RegisteredOutput {
  /** Its `type` in the configuration. */
  readonly type: string
  /** What it is, in a few words. */
  readonly summary: string
  readonly load: () => Promise<OutputKind>
}

function kind<Config extends CommonOptions>(
  schema: ZodType<Config>,
  open: (config: Config, opening: Opening) => Promise<Output>,
): OutputKind {
  return { schema, open: (config, opening) => open(config as Config, opening) }
}

/** All kinds, by name. */
export const OUTPUT_KINDS: readonly RegisteredOutput[] = [
  {
    type: 'alertmanager',
    summary: 'Alertmanager, API v2',
    load: async () => {
      const { alertmanagerSchema, openAlertmanager } = await import('./alertmanager.ts')
      return kind(alertmanagerSchema, openAlertmanager)
    },
  },
  {
    type: 'cloudevents',
    summary: 'CloudEvents over HTTP',
    load: async () => {
      const { cloudeventsSchema, openCloudevents } = await import('./cloudevents.ts')
      return kind(cloudeventsSchema, openCloudevents)
    },
  },
  {
    type: 'discord',
    summary: 'a Discord webhook',
    load: async () => {
      const { discordSchema, openDiscord } = await import('./discord.ts')
      return kind(discordSchema, openDiscord)
    },
  },
  {
    type: 'elasticsearch',
    summary: 'Elasticsearch, in bulk',
    load: async () => {
      const { elasticsearchSchema, openElasticsearch } = await import('./elasticsearch.ts')
      return kind(elasticsearchSchema, openElasticsearch)
    },
  },
  {
    type: 'file',
    summary: 'lines appended to a file, rotated',
    load: async () => {
      const { fileSchema, openFile } = await import('./file.ts')
      return kind(fileSchema, openFile)
    },
  },
  {
    type: 'influxdb',
    summary: 'InfluxDB v1 and v2',
    load: async () => {
      const { influxdbSchema, openInfluxdb } = await import('./influxdb.ts')
      return kind(influxdbSchema, openInfluxdb)
    },
  },
  {
    type: 'kafka',
    summary: 'a Kafka topic, by REST proxy or wire protocol',
    load: async () => {
      const { kafkaSchema, openKafka } = await import('./kafka.ts')
      return kind(kafkaSchema, openKafka)
    },
  },
  {
    type: 'loki',
    summary: 'Loki',
    load: async () => {
      const { lokiSchema, openLoki } = await import('./loki.ts')
      return kind(lokiSchema, openLoki)
    },
  },
  {
    type: 'mattermost',
    summary: 'a Mattermost webhook',
    load: async () => {
      const { mattermostSchema, openMattermost } = await import('./mattermost.ts')
      return kind(mattermostSchema, openMattermost)
    },
  },
  {
    type: 'nats',
    summary: 'NATS subjects or JetStream',
    load: async () => {
      const { natsSchema, openNats } = await import('./nats.ts')
      return kind(natsSchema, openNats)
    },
  },
  {
    type: 'opensearch',
    summary: 'OpenSearch, in bulk',
    load: async () => {
      const { elasticsearchSchema, openElasticsearch } = await import('./elasticsearch.ts')
      return kind(elasticsearchSchema, openElasticsearch)
    },
  },
  {
    type: 'opsgenie',
    summary: 'Opsgenie alerts',
    load: async () => {
      const { opsgenieSchema, openOpsgenie } = await import('./opsgenie.ts')
      return kind(opsgenieSchema, openOpsgenie)
    },
  },
  {
    type: 'otlp',
    summary: 'OpenTelemetry logs over HTTP',
    load: async () => {
      const { otlpSchema, openOtlp } = await import('./otlp.ts')
      return kind(otlpSchema, openOtlp)
    },
  },
  {
    type: 'pagerduty',
    summary: 'PagerDuty events',
    load: async () => {
      const { pagerdutySchema, openPagerduty } = await import('./pagerduty.ts')
      return kind(pagerdutySchema, openPagerduty)
    },
  },
  {
    type: 'program',
    summary: 'a program of this machine, alerts on its standard input',
    load: async () => {
      const { programSchema, openProgram } = await import('./program.ts')
      return kind(programSchema, openProgram)
    },
  },
  {
    type: 'prometheus',
    summary: 'counts on the server’s own metrics page',
    load: async () => {
      const { prometheusSchema, openPrometheus } = await import('./prometheus.ts')
      return kind(prometheusSchema, openPrometheus)
    },
  },
  {
    type: 'redis',
    summary: 'a Redis list, stream, hash or channel',
    load: async () => {
      const { redisSchema, openRedis } = await import('./redis.ts')
      return kind(redisSchema, openRedis)
    },
  },
  {
    type: 'rocketchat',
    summary: 'a Rocket.Chat webhook',
    load: async () => {
      const { rocketchatSchema, openRocketchat } = await import('./rocketchat.ts')
      return kind(rocketchatSchema, openRocketchat)
    },
  },
  {
    type: 's3',
    summary: 'windows of alerts as objects in S3',
    load: async () => {
      const { s3Schema, openS3 } = await import('./s3.ts')
      return kind(s3Schema, openS3)
    },
  },
  {
    type: 'slack',
    summary: 'a Slack webhook',
    load: async () => {
      const { slackSchema, openSlack } = await import('./slack.ts')
      return kind(slackSchema, openSlack)
    },
  },
  {
    type: 'smtp',
    summary: 'mail',
    load: async () => {
      const { smtpSchema, openSmtp } = await import('./smtp.ts')
      return kind(smtpSchema, openSmtp)
    },
  },
  {
    type: 'splunk',
    summary: 'Splunk’s HTTP Event Collector',
    load: async () => {
      const { splunkSchema, openSplunk } = await import('./splunk.ts')
      return kind(splunkSchema, openSplunk)
    },
  },
  {
    type: 'syslog',
    summary: 'a syslog server, as JSON, CEF or text',
    load: async () => {
      const { syslogSchema, openSyslog } = await import('./syslog.ts')
      return kind(syslogSchema, openSyslog)
    },
  },
  {
    type: 'teams',
    summary: 'a Microsoft Teams workflow',
    load: async () => {
      const { teamsSchema, openTeams } = await import('./teams.ts')
      return kind(teamsSchema, openTeams)
    },
  },
  {
    type: 'webhook',
    summary: 'any HTTP address, alerts as JSON or by a template',
    load: async () => {
      const { webhookSchema, openWebhook } = await import('./webhook.ts')
      return kind(webhookSchema, openWebhook)
    },
  },
]

/** The kind of that `type`, or `undefined`. */
export function outputKind(type: string): RegisteredOutput | undefined {
  return OUTPUT_KINDS.find(registered => registered.type === type)
}

/**
 * Opens an output. `config` is what the kind's schema gave. Throws `ERR_CONFIG_*` for secrets, files and addresses that can't
 * be had. No message of a delivery shows a secret.
 */
export async function openOutput(config: CommonOptions, context: OutputContext): Promise<Output> {
  const registered = outputKind(config.type)
  if (registered === undefined) {
    throw new LannerError('ERR_CONFIG_OUTPUT', `there is no output of type \`${config.type}\``, { exit: 2 })
  }
  const opening = new Opening(context)
  const { open } = await registered.load()
  const output = await open(config, opening)
  return {
    deliver: async (alerts, signal) => {
      try {
        await output.deliver(alerts, signal)
      } catch (thrown) {
        throw opening.cleanFault(thrown)
      }
    },
    close: () => output.close(),
  }
}
