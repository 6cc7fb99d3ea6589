// falcosidekick's outputs to what keeps logs, metrics and alerts.
import { priorityOf } from '../../detect/priority.ts'
import { fieldPlaceholder, literalTemplate } from './go-template.ts'
import {
  compact,
  type Drafting,
  type DraftOptions,
  httpOptions,
  loginOptions,
  type OutputMapping,
} from './output-draft.ts'

/** What stands behind the name of an index, by `suffix`. */
const SUFFIXES: Readonly<Record<string, string>> = {
  daily: '-{time:year}.{time:month}.{time:day}',
  monthly: '-{time:year}.{time:month}',
  annually: '-{time:year}',
  none: '',
}

/** See the file. */
export const LOG_OUTPUTS: readonly OutputMapping[] = [
  { section: 'alertmanager', type: 'alertmanager', enabledBy: ['hostport'], draft: alertmanager },
  { section: 'elasticsearch', type: 'elasticsearch', enabledBy: ['hostport'], draft: elasticsearch },
  { section: 'loki', type: 'loki', enabledBy: ['hostport'], draft: loki },
  {
    section: 'splunk',
    type: 'splunk',
    enabledBy: ['host'],
    draft: drafting =>
      compact({
        ...httpOptions(drafting),
        url: drafting.own.source('host'),
        token: drafting.own.source('token'),
      }),
  },
  { section: 'syslog', type: 'syslog', enabledBy: ['host'], draft: syslog },
  { section: 'influxdb', type: 'influxdb', enabledBy: ['hostport'], draft: influxdb },
  { section: 'otlp.logs', type: 'otlp', enabledBy: ['endpoint'], draft: otlpLogs },
]

function alertmanager(drafting: Drafting): DraftOptions {
  const { own, note } = drafting
  const endpoint = own.text('endpoint')
  if (endpoint !== undefined && !endpoint.endsWith('/api/v2/alerts')) note('alerts go to `/api/v2/alerts`')
  note('labels are rule, priority, source and the like, so that alerts group; fields are annotations')
  const expires = Number(own.text('expiresafter') ?? 0)
  const severities = Object.entries(own.map('customseveritymap')).flatMap(([name, severity]) => {
    const priority = priorityOf(name)
    if (priority === undefined) note(`\`customseveritymap\`: \`${name}\` is no priority`)
    return priority === undefined ? [] : [[priority, severity] as const]
  })
  const labels = Object.entries(own.map('extralabels')).map(([name, value]) => [
    labelName(name),
    literalTemplate(value),
  ])
  const [first, ...others] = own.list('hostport')
  return compact({
    ...httpOptions(drafting),
    url: others.length === 0 ? first : [first, ...others],
    labels: Object.fromEntries(labels),
    severities: Object.fromEntries(severities),
    expires: expires > 0 ? `${expires}s` : undefined,
  })
}

function elasticsearch(drafting: Drafting): DraftOptions {
  const { own, all, note } = drafting
  own.passOver('type')
  const suffix = own.text('suffix') ?? 'daily'
  if (!Object.hasOwn(SUFFIXES, suffix)) note(`\`suffix: ${suffix}\` is unknown; none is used`)
  if (own.flag('createindextemplate', false)) note('the index template is not made; what is there stays')
  own.passOver('numberofshards', 'numberofreplicas')
  const batching = all.section('elasticsearch.batching')
  const bytes = batching.text('batchsize')
  const wait = batching.text('flushinterval')
  batching.passOver('enabled')
  return compact({
    ...httpOptions(drafting),
    url: own.source('hostport'),
    index: literalTemplate(own.text('index') ?? 'falco') + (SUFFIXES[suffix] ?? ''),
    pipeline: own.text('pipeline'),
    ...loginOptions(own.source('username'), own.source('password')),
    apiKey: own.source('apikey'),
    flatten: own.flag('flattenfields', false) ? true : undefined,
    compress: own.flag('enablecompression', false) ? 'gzip' : undefined,
    batch: compact({ bytes: bytes === undefined ? undefined : `${bytes}B`, wait }),
  })
}

function loki(drafting: Drafting): DraftOptions {
  const { own, note } = drafting
  const endpoint = own.text('endpoint')
  if (endpoint !== undefined && endpoint !== '/loki/api/v1/push')
    note(`\`endpoint: ${endpoint}\` is left out`)
  const extra = own.list('extralabels').map(field => [labelName(field), fieldPlaceholder(field)])
  const usual = { rule: '{rule}', source: '{source}', priority: '{priority}', hostname: '{hostname}' }
  return compact({
    ...httpOptions(drafting),
    url: own.source('hostport'),
    labels: extra.length === 0 ? undefined : { ...usual, ...Object.fromEntries(extra) },
    template: own.text('format') === 'json' ? undefined : '{output}',
    tenant: own.text('tenant'),
    ...loginOptions(own.source('user'), own.source('apikey')),
  })
}

function syslog({ own, note }: Drafting): DraftOptions {
  const protocol = own.text('protocol')?.toLowerCase() ?? 'tcp'
  note('messages are RFC 5424 with facility local0; set `facility: kern` to keep the old one')
  const port = Number(own.text('port'))
  return compact({
    host: own.text('host'),
    port: Number.isInteger(port) && port > 0 ? port : undefined,
    protocol,
    framing: protocol === 'tcp' ? 'lines' : undefined,
    format: own.text('format')?.toLowerCase(),
  })
}

function influxdb(drafting: Drafting): DraftOptions {
  const { own, note } = drafting
  own.passOver('precision')
  note('tags are rule, priority, source and hostname; each set of tags is a series of its own')
  const organization = own.text('organization') ?? own.text('organisation')
  const bucket = own.text('bucket') ?? 'falco'
  const login = loginOptions(own.source('user'), own.source('password'))
  const database = own.text('database') ?? 'falco'
  const token = own.source('token')
  const target = organization === undefined ? { database, ...login } : { organization, bucket, token }
  return compact({ ...httpOptions(drafting), url: own.source('hostport'), measurement: 'events', ...target })
}

function otlpLogs(drafting: Drafting): DraftOptions | undefined {
  const { own, note } = drafting
  own.passOver('synced', 'duration')
  if (own.text('protocol') === 'grpc') {
    note('gRPC is not spoken; name the HTTP endpoint of the collector, usually port 4318')
    return undefined
  }
  const timeout = Number(own.text('timeout') ?? 0)
  const headers = own.list('headers').flatMap(pair => {
    const equals = pair.indexOf('=')
    return equals < 0 ? [] : [[pair.slice(0, equals), pair.slice(equals + 1)]]
  })
  const { headers: custom, ...rest } = httpOptions(drafting)
  own.passOver('tls')
  return compact({
    ...rest,
    url: own.source('endpoint'),
    headers: { ...(custom as DraftOptions | undefined), ...Object.fromEntries(headers) },
    timeout: timeout > 0 ? `${timeout}ms` : undefined,
  })
}

/** As Prometheus and Loki allow it. */
function labelName(name: string): string {
  return name.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=\d)/, '_')
}
