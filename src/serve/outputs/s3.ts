// Stores windows of alerts as objects in S3 or what speaks its protocol: a line an alert, compressed if wanted, with a checksum.
// The key is made of the first alert of a window, so that a repeat writes the same object. Loaded by `registry.ts`.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { encoded, signedHeaders } from './aws-signature.ts'
import { commonOptions, httpOptions, urlSource } from './common-options.ts'
import { HttpClient, RefusedAnswer } from './http-client.ts'
import type { Opening } from './opening.ts'
import { DeliveryFault, type Output } from './output.ts'
import { deliverPortions, type Encoded, portionsOf } from './portions.ts'
import { textSource } from './secret-value.ts'
import { Template, templateText } from './template.ts'

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Options of `type: s3`. */
export const s3Schema = z.strictObject({
  ...commonOptions('s3', { alerts: 50_000, bytes: '64MB', wait: '1m' }),
  tls: httpOptions.tls,
  proxy: httpOptions.proxy,
  headers: httpOptions.headers.describe(
    'Additional headers, as `x-amz-acl` or `x-amz-storage-class`; they are signed',
  ),
  bucket: textSource
    .refine(source => typeof source !== 'string' || BUCKET.test(source), 'expected the name of a bucket')
    .describe('Bucket'),
  region: textSource.prefault('us-east-1').describe('Region of the bucket'),
  endpoint: urlSource.optional().describe('Another address than that of AWS'),
  pathStyle: z
    .boolean()
    .optional()
    .describe('The bucket in the path, not in the host name; so with `endpoint` if absent'),
  key: templateText
    .default('falco/{time:year}/{time:month}/{time:day}/{time:hour}/{uuid}')
    .describe('Key of an object, by its first alert; `.jsonl` or `.jsonl.gz` is put behind it'),
  compress: z.boolean().default(true).describe('Compress objects with gzip'),
  accessKey: textSource.prefault({ env: 'AWS_ACCESS_KEY_ID' }).describe('Access key'),
  secretKey: textSource.prefault({ env: 'AWS_SECRET_ACCESS_KEY' }).describe('Its secret'),
  sessionToken: textSource.optional().describe('Token of temporary credentials'),
})

type Config = z.output<typeof s3Schema>

interface Line extends Encoded {
  readonly alert: AcceptedAlert
}

const compressed = promisify(gzip)

/** Opens it. */
export async function openS3(config: Config, opening: Opening): Promise<Output> {
  const client = new HttpClient(
    { headers: {}, tls: config.tls, compress: 'none', proxy: config.proxy },
    opening,
  )
  const own = opening.headers(config.headers)
  const region = opening.text(config.region)
  const bucket = bucketUrl(config, region, opening)
  const key = new Template(config.key)
  const accessKey = opening.text(config.accessKey)
  const secretKey = opening.secret(config.secretKey)
  const token = config.sessionToken === undefined ? undefined : opening.secret(config.sessionToken)
  const store = async (portion: readonly Line[], signal: AbortSignal): Promise<void> => {
    const [first] = portion
    if (first === undefined) return
    const lines = Buffer.from(portion.map(({ text }) => `${text}\n`).join(''))
    const body = config.compress ? await compressed(lines) : lines
    const url = objectUrl(bucket, `${key.render(first.alert)}.jsonl${config.compress ? '.gz' : ''}`)
    const digest = createHash('sha256').update(body).digest()
    const headers = {
      ...own,
      // Not as content-encoding: clients would unpack what is named `.gz`.
      'content-type': config.compress ? 'application/gzip' : 'application/x-ndjson',
      'x-amz-content-sha256': digest.toString('hex'),
      'x-amz-checksum-sha256': digest.toString('base64'),
      ...(token === undefined ? {} : { 'x-amz-security-token': token.reveal().toString('utf8') }),
    }
    const scope = {
      accessKey,
      secretKey: secretKey.reveal().toString('utf8'),
      region,
      service: 's3',
      now: opening.context.now(),
    }
    const signed = signedHeaders(
      { method: 'PUT', url, headers, payloadDigest: digest.toString('hex') },
      scope,
    )
    await client.send({ method: 'PUT', url, headers: signed, body, signal }).catch(orTryAgain)
  }
  const limit = { items: config.batch.alerts, bytes: config.batch.bytes }
  return {
    deliver: (alerts, signal) => {
      const lines = alerts.map((alert, index): Line => ({ index, text: alert.line, alert }))
      return deliverPortions(portionsOf(lines, limit), portion => store(portion, signal))
    },
    close: async () => client.close(),
  }
}

/** S3 says by 400 and 403 what goes better the next time: a slow body, a clock that is off, a token that has expired. */
function orTryAgain(thrown: unknown): never {
  if (
    thrown instanceof RefusedAnswer &&
    /RequestTimeout|RequestTimeTooSkewed|ExpiredToken/.test(thrown.answer.toString())
  ) {
    throw new DeliveryFault(thrown.message, { retry: true })
  }
  throw thrown
}

function bucketUrl({ bucket: source, endpoint, pathStyle }: Config, region: string, opening: Opening): URL {
  const bucket = opening.text(source)
  const url = opening.url(endpoint ?? `https://s3.${region}.amazonaws.com`)
  if (pathStyle ?? endpoint !== undefined) url.pathname = `${url.pathname.replace(/\/$/, '')}/${bucket}`
  else url.host = `${bucket}.${url.host}`
  return url
}

function objectUrl(bucket: URL, key: string): URL {
  const url = new URL(bucket)
  url.pathname = `${bucket.pathname.replace(/\/$/, '')}/${key.split('/').map(encoded).join('/')}`
  return url
}
