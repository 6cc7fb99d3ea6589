// falcosidekick's outputs that have no counterpart, with what can be done instead.
// Used by `sidekick-import.ts`, so that none is left out silently.

/** An output without a counterpart. */
export interface UnsupportedOutput {
  readonly section: string
  /** Settings that switch it on, all of them. */
  readonly enabledBy: readonly string[]
  /** One sentence without full stop. */
  readonly advice: string
}

const WEBHOOK = 'an output `webhook` with a template as `body` can post to it'
const PROGRAM = 'an output `program` can hand alerts to a client of it'
const METRICS = 'counters are at `/metrics` for Prometheus'
const GONE = 'the product has come to its end'

function row(section: string, enabledBy: string, advice: string): UnsupportedOutput {
  return { section, enabledBy: enabledBy.split(' '), advice }
}

/** See the file. */
export const UNSUPPORTED: readonly UnsupportedOutput[] = [
  row('webui', 'url', 'the page is part of `lanner serve`: listen.page'),
  row('prometheus', 'extralabels', 'metrics have the labels they have'),
  row('statsd', 'forwarder', METRICS),
  row('dogstatsd', 'forwarder', METRICS),
  row('otlp.metrics', 'endpoint', METRICS),
  row('otlp.traces', 'endpoint', 'alerts go out as logs: an output `otlp`'),
  row('datadog', 'apikey', WEBHOOK),
  row('datadoglogs', 'apikey', WEBHOOK),
  row('dynatrace', 'apitoken', WEBHOOK),
  row('sumologic', 'receiverurl', WEBHOOK),
  row('openobserve', 'hostport', WEBHOOK),
  row('quickwit', 'hostport', WEBHOOK),
  row('grafana', 'hostport', WEBHOOK),
  row('grafanaoncall', 'webhookurl', WEBHOOK),
  row('cliq', 'webhookurl', WEBHOOK),
  row('tekton', 'eventlistener', WEBHOOK),
  row('fission', 'function', WEBHOOK),
  row('openfaas', 'functionname', WEBHOOK),
  row('gcp.cloudrun', 'endpoint', WEBHOOK),
  row('logstash', 'address', 'an output `syslog` or `webhook` can feed it'),
  row('mqtt', 'broker', PROGRAM),
  row('rabbitmq', 'url', PROGRAM),
  row('timescaledb', 'host', PROGRAM),
  row('policyreport', 'enabled', PROGRAM),
  row('aws.lambda', 'functionname', PROGRAM),
  row('aws.sqs', 'url', PROGRAM),
  row('aws.sns', 'topicarn', PROGRAM),
  row('aws.cloudwatchlogs', 'loggroup', PROGRAM),
  row('aws.kinesis', 'streamname', PROGRAM),
  row('aws.securitylake', 'bucket', PROGRAM),
  row('azure.eventhub', 'name', PROGRAM),
  row('gcp.pubsub', 'topic', PROGRAM),
  row('gcp.storage', 'bucket', PROGRAM),
  row('gcp.cloudfunctions', 'name', PROGRAM),
  row('gcp.chronicle', 'customerid', PROGRAM),
  row('yandex.datastreams', 'streamname', PROGRAM),
  row('spyderbat', 'orguid', PROGRAM),
  row('wavefront', 'endpointhost', GONE),
  row('zincsearch', 'hostport', 'an output `elasticsearch` may do: it has the same bulk interface'),
  row(
    'stan',
    'hostport',
    'NATS Streaming has ended; an output `nats` with `jetstream: true` takes its place',
  ),
  row('kubeless', 'function', GONE),
]
