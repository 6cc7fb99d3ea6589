// Produces alerts to a Kafka topic: through a REST proxy (protocols v2 and v3), or with the wire protocol if its client is installed.
// Opens no connection itself; `kafka-wire.ts` does for the wire protocol. Loaded by `registry.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { commonOptions, httpOptions, IN_BULK, urlSource } from './common-options.ts'
import { HttpClient, wordsOf } from './http-client.ts'
import { jsonText } from './json-text.ts'
import { openKafkaWire } from './kafka-wire.ts'
import type { Opening } from './opening.ts'
import { DeliveryFault, type Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { textSource } from './secret-value.ts'
import { Template, templateText } from './template.ts'

/** Options of `type: kafka`. */
export const kafkaSchema = z
  .strictObject({
    ...commonOptions('kafka', IN_BULK),
    ...httpOptions,
    url: urlSource.optional().describe('REST proxy'),
    version: z.enum(['v2', 'v3']).default('v2').describe('Protocol of the REST proxy'),
    cluster: z.string().min(1).optional().describe('Id of the cluster, for v3'),
    brokers: z
      .array(z.string().regex(/^.+:\d+$/, 'expected host:port'))
      .min(1)
      .optional()
      .describe('Brokers, for the wire protocol'),
    sasl: z
      .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
      .optional()
      .describe('How to log in at the brokers'),
    secure: z.boolean().default(false).describe('Speak TLS to the brokers'),
    user: textSource.optional().describe('Who logs in'),
    password: textSource.optional().describe('With which password'),
    topic: z
      .string()
      .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'expected letters, digits, `.`, `_`, `-`')
      .describe('Topic'),
    key: templateText.optional().describe('Key of a record; alerts of the same key stay in order'),
  })
  .refine(
    ({ url, brokers }) => (url === undefined) !== (brokers === undefined),
    'either `url` or `brokers` is needed',
  )
  .refine(
    ({ url, version, cluster }) => url === undefined || version === 'v2' || cluster !== undefined,
    'v3 needs `cluster`',
  )
  .refine(
    ({ user, password }) => (user === undefined) === (password === undefined),
    '`user` and `password` go together',
  )

/** Options once read. */
export type KafkaConfig = z.output<typeof kafkaSchema>

/** Opens it. */
export async function openKafka(config: KafkaConfig, opening: Opening): Promise<Output> {
  const { url, brokers } = config
  if (brokers !== undefined) return openKafkaWire({ ...config, brokers }, opening)
  return openRestProxy(config, opening.url(url ?? ''), opening)
}

function openRestProxy(config: KafkaConfig, url: URL, opening: Opening): Output {
  const client = new HttpClient(config, opening)
  const key = config.key === undefined ? undefined : new Template(config.key)
  const { user, password, version } = config
  const headers = {
    ...(version === 'v2'
      ? { 'content-type': 'application/vnd.kafka.binary.v2+json', accept: 'application/vnd.kafka.v2+json' }
      : { 'content-type': 'application/json' }),
    ...(user === undefined || password === undefined ? {} : { authorization: opening.basic(user, password) }),
  }
  url.pathname = `${url.pathname.replace(/\/$/, '')}${pathOf(config)}`
  const limit = { items: config.batch.alerts, bytes: config.batch.bytes }
  const encoded = (alert: AcceptedAlert, index: number): Encoded => ({
    index,
    text: record(alert, key?.render(alert), version),
  })
  return {
    deliver: (alerts, signal) =>
      deliverPortions(portionsOf(alerts.map(encoded), limit), async portion => {
        const texts = portion.map(({ text }) => text)
        const body = version === 'v2' ? `{"records":[${texts.join(',')}]}` : texts.join('\n')
        const answer = await client.send({ url, headers, body, signal })
        judge(
          url.origin,
          portion,
          version === 'v2' ? offsetsOf(answer.body) : recordsOf(answer.body),
          answer.body,
        )
      }),
    close: async () => client.close(),
  }
}

function pathOf({ version, cluster = '', topic }: KafkaConfig): string {
  const at = `topics/${encodeURIComponent(topic)}`
  return version === 'v2' ? `/${at}` : `/v3/clusters/${encodeURIComponent(cluster)}/${at}/records`
}

/** Binary, so that the proxy has no JSON to parse: it would round numbers. */
function record({ line }: AcceptedAlert, key: string | undefined, version: 'v2' | 'v3'): string {
  const value = Buffer.from(line).toString('base64')
  const name = key === undefined || key === '' ? undefined : Buffer.from(key).toString('base64')
  if (version === 'v2') return jsonText({ key: name, value })
  return jsonText({
    key: name === undefined ? undefined : { type: 'BINARY', data: name },
    value: { type: 'BINARY', data: value },
  })
}

/** What became of one record. */
interface Fate {
  readonly fault?: { readonly retry: boolean; readonly reason: string }
}

const offsetsAnswer = z.looseObject({
  offsets: z.array(z.looseObject({ error_code: z.number().nullish(), error: z.string().nullish() })),
})

/** v2: 1 is a fault for good, 2 one that may go better the next time. */
function offsetsOf(body: Buffer): readonly Fate[] | undefined {
  return offsetsAnswer
    .safeParse(jsonOf(body.toString('utf8')))
    .data?.offsets.map(({ error_code, error }) =>
      error_code == null
        ? {}
        : { fault: { retry: error_code !== 1, reason: error ?? `error ${error_code}` } },
    )
}

const recordAnswer = z.looseObject({ error_code: z.number(), message: z.string().nullish() })

/** v3: an answer a record, each with a status as of HTTP. */
function recordsOf(body: Buffer): readonly Fate[] | undefined {
  const objects = jsonObjects(body.toString('utf8')).map(part => recordAnswer.safeParse(jsonOf(part)).data)
  return objects.map(object => {
    if (object === undefined) return { fault: { retry: true, reason: 'an answer that can’t be read' } }
    const { error_code, message } = object
    // Codes of five digits begin with those of HTTP.
    const status = Number(String(error_code).slice(0, 3))
    if (status < 300) return {}
    return {
      fault: { retry: status === 429 || status >= 500, reason: message ?? `error ${error_code}` },
    }
  })
}

function judge(
  receiver: string,
  portion: readonly Encoded[],
  fates: readonly Fate[] | undefined,
  body: Buffer,
): void {
  if (fates === undefined || fates.length !== portion.length) {
    throw new DeliveryFault(`${receiver} did not answer for each record: ${wordsOf(body)}`, { retry: true })
  }
  const refused = new Map<number, string>()
  const failed = fates.findIndex(({ fault }) => fault?.retry === true)
  for (const [at, { index }] of portion.entries()) {
    const fault = fates[at]?.fault
    if (fault?.retry === false && (failed === -1 || at < failed))
      refused.set(index, `${receiver}: ${fault.reason}`)
  }
  if (failed !== -1) {
    const reason = fates[failed]?.fault?.reason ?? ''
    throw new DeliveryFault(`${receiver}: ${reason}`, {
      retry: true,
      refused,
      done: portion[failed]?.index ?? 0,
    })
  }
  const [first] = refused.values()
  if (first !== undefined) throw new DeliveryFault(first, { retry: false, refused })
}

/** The texts of JSON objects that follow one another with or without anything between them. */
function jsonObjects(text: string): string[] {
  const objects: string[] = []
  let depth = 0
  let start = 0
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') {
      if (depth === 0) start = index
      depth += 1
    } else if (token === '}') {
      depth -= 1
      if (depth === 0) objects.push(text.slice(start, index + 1))
    }
  }
  return objects
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
