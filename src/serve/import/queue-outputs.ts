// falcosidekick's outputs to queues, databases, object stores, mail and plain HTTP.
import { literalTemplate } from './go-template.ts'
import {
  compact,
  type Drafting,
  type DraftOptions,
  httpOptions,
  loginOptions,
  type OutputMapping,
  tlsOptions,
} from './output-draft.ts'

const SASL: Readonly<Record<string, string>> = {
  PLAIN: 'PLAIN',
  SCRAM_SHA256: 'SCRAM-SHA-256',
  SCRAM_SHA512: 'SCRAM-SHA-512',
}

/** See the file. */
export const QUEUE_OUTPUTS: readonly OutputMapping[] = [
  webhook('webhook'),
  webhook('talon'),
  webhook('nodered'),
  { section: 'n8n', type: 'webhook', enabledBy: ['address'], draft: n8n },
  { section: 'cloudevents', type: 'cloudevents', enabledBy: ['address'], draft: cloudevents },
  { section: 'nats', type: 'nats', enabledBy: ['hostport'], draft: nats },
  { section: 'redis', type: 'redis', enabledBy: ['address'], draft: redis },
  { section: 'kafka', type: 'kafka', enabledBy: ['hostport', 'topic'], draft: kafka },
  { section: 'kafkarest', type: 'kafka', enabledBy: ['address'], draft: kafkaRest },
  { section: 'aws.s3', type: 's3', enabledBy: ['bucket'], draft: drafting => s3(drafting, 'aws') },
  { section: 'yandex.s3', type: 's3', enabledBy: ['bucket'], draft: drafting => s3(drafting, 'yandex') },
  { section: 'smtp', type: 'smtp', enabledBy: ['hostport', 'from', 'to'], draft: smtp },
]

function webhook(section: string): OutputMapping {
  return {
    section,
    type: 'webhook',
    enabledBy: ['address'],
    draft: drafting =>
      compact({
        ...httpOptions(drafting),
        url: drafting.own.source('address'),
        method: drafting.own.text('method')?.toUpperCase() === 'PUT' ? 'PUT' : undefined,
      }),
  }
}

function n8n(drafting: Drafting): DraftOptions {
  const { own, note } = drafting
  const { headers, ...rest } = httpOptions(drafting)
  const name = own.text('headerauthname')
  const value = own.source('headerauthvalue')
  if (own.text('user') !== undefined)
    note('`user` and `password` are left out; use authentication by a header')
  own.passOver('password')
  const authorization = name === undefined || value === undefined ? {} : { [name]: value }
  return compact({
    ...rest,
    url: own.source('address'),
    headers: { ...(headers as DraftOptions | undefined), ...authorization },
  })
}

function cloudevents(drafting: Drafting): DraftOptions {
  const { own, note } = drafting
  const usual = { rule: '{rule}', priority: '{priority}', eventsource: '{source}', hostname: '{hostname}' }
  const extensions = Object.entries(own.map('extensions')).flatMap(([name, value]) => {
    const lower = name.toLowerCase()
    const fits = /^[a-z0-9]{1,20}$/.test(lower)
    if (!fits) note(`extension \`${name}\`: attributes have up to 20 letters and digits`)
    return fits ? [[lower, literalTemplate(value)] as const] : []
  })
  return compact({
    ...httpOptions(drafting),
    url: own.source('address'),
    extensions: extensions.length === 0 ? undefined : { ...usual, ...Object.fromEntries(extensions) },
  })
}

function nats(drafting: Drafting): DraftOptions {
  const { own } = drafting
  const subject = own.text('subjecttemplate')
  const template = subject === undefined ? undefined : literalTemplate(subject)
  return compact({
    servers: own.source('hostport'),
    subject: template?.replaceAll('<priority>', '{priority:lower}').replaceAll('<rule>', '{rule:slug}'),
    tls: tlsOptions(drafting),
  })
}

function redis(drafting: Drafting): DraftOptions {
  const { own } = drafting
  const address = own.text('address') ?? ''
  const scheme = own.flag('tls', false) || own.flag('mutualtls', false) ? 'rediss' : 'redis'
  const key = own.text('key')
  return compact({
    url: `${scheme}://${address}/${own.text('database') ?? '0'}`,
    user: own.source('username'),
    password: own.source('password'),
    structure: own.text('storagetype') === 'hashmap' ? 'hash' : undefined,
    key: key === undefined ? undefined : literalTemplate(key),
    tls: tlsOptions(drafting),
  })
}

function kafka(drafting: Drafting): DraftOptions {
  const { own, note } = drafting
  note(
    'speaking to the brokers needs the package `@platformatic/kafka` beside the configuration; a REST proxy needs none',
  )
  const mechanism = own.text('sasl')?.toUpperCase()
  const sasl = mechanism === undefined ? undefined : SASL[mechanism]
  if (mechanism !== undefined && sasl === undefined) note(`\`sasl: ${mechanism}\` is unknown`)
  const acks = own.text('requiredacks')?.toUpperCase()
  if (acks !== undefined && acks !== 'ALL') note('every record is acknowledged by all replicas')
  own.passOver('async')
  if (own.text('balancer') === 'round_robin') own.passOver('balancer')
  return compact({
    brokers: own.list('hostport').map(broker => (/:\d+$/.test(broker) ? broker : `${broker}:9092`)),
    topic: own.text('topic'),
    sasl,
    secure: own.flag('tls', false) ? true : undefined,
    ...loginOptions(own.source('username'), own.source('password')),
    tls: tlsOptions(drafting),
  })
}

function kafkaRest(drafting: Drafting): DraftOptions | undefined {
  const { own, note } = drafting
  const address = own.text('address') ?? ''
  const found = /^(https?:\/\/.+?)\/topics\/([^/?#]+)/.exec(address)
  if (found === null) {
    note('`address` is not http://HOST/topics/TOPIC')
    return undefined
  }
  if ((own.text('version') ?? '2') !== '2') note('version 2 of the proxy’s protocol is spoken')
  return compact({ ...httpOptions(drafting), url: found[1], topic: decodeURIComponent(found[2] ?? '') })
}

function s3({ own, all, note }: Drafting, cloud: 'aws' | 'yandex'): DraftOptions {
  const account = all.section(cloud)
  note('an object holds the alerts of a minute, a line each, instead of one alert')
  for (const key of ['rolearn', 'externalid']) {
    if (account.text(key) !== undefined) note(`\`${cloud}.${key}\` is left out: roles are not assumed`)
  }
  account.passOver('checkidentity')
  const prefix = literalTemplate((own.text('prefix') ?? 'falco').replace(/\/$/, ''))
  const acl = own.text('objectcannedacl') ?? (cloud === 'aws' ? 'bucket-owner-full-control' : undefined)
  const yandex = cloud === 'yandex' ? 'https://storage.yandexcloud.net' : undefined
  return compact({
    bucket: own.text('bucket'),
    region: account.text('region') ?? (cloud === 'yandex' ? 'ru-central1' : undefined),
    endpoint: own.source('endpoint') ?? yandex,
    key: `${prefix}/{time:date}/{time:hour}/{uuid}`,
    headers: acl === undefined ? undefined : { 'x-amz-acl': acl },
    accessKey: account.source('accesskeyid'),
    secretKey: account.source('secretaccesskey'),
  })
}

function smtp(drafting: Drafting): DraftOptions {
  const { own, note } = drafting
  const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(own.text('hostport') ?? '') ?? []
  const mechanism = own.text('authmechanism')?.toLowerCase() ?? 'plain'
  if (!['plain', 'none', ''].includes(mechanism))
    note(`\`authmechanism: ${mechanism}\` is left out; plain is used`)
  own.passOver('outputformat', 'identity', 'token', 'trace')
  const login = loginOptions(own.source('user'), own.source('password'))
  note('a mail tells all alerts of half a minute')
  return compact({
    host,
    port: port === undefined ? 25 : Number(port),
    secure: own.flag('tls', true) ? 'starttls' : 'none',
    ...(mechanism === 'none' ? {} : login),
    from: own.text('from'),
    to: own.list('to'),
    tls: tlsOptions(drafting),
  })
}
