// Recomputes the signature of a request as an S3 server does, from nothing but the request and the secret.
// Written after AWS's documentation of Signature Version 4, apart from what it checks. Used by the S3 sink.
import { createHash, createHmac } from 'node:crypto'
import type { Received } from './bench.ts'

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/

/** Whether the signature is right, and covers what it must. */
export function checkSignature({ method, path, headers }: Received, secret: string): boolean {
  const found = AUTHORIZATION.exec(headers.authorization ?? '')
  if (found === null) return false
  const [, , day = '', region = '', signed = '', signature] = found
  const names = signed.split(';')
  const amazon = Object.keys(headers).filter(name => name.startsWith('x-amz-'))
  if (!names.includes('host') || !amazon.every(name => names.includes(name))) return false
  const [resource = '', query = ''] = path.split('?')
  const canonical = [
    method,
    resource,
    query,
    ...names.map(name => `${name}:${String(headers[name])}`),
    '',
    signed,
    String(headers['x-amz-content-sha256']),
  ].join('\n')
  const digest = createHash('sha256').update(canonical).digest('hex')
  const text = `AWS4-HMAC-SHA256\n${String(headers['x-amz-date'])}\n${day}/${region}/s3/aws4_request\n${digest}`
  let key: Buffer = Buffer.from(`AWS4${secret}`)
  for (const part of [day, region, 's3', 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest()
  return (
    createHmac('sha256', key).update(text).digest('hex') === signature &&
    String(headers['x-amz-date']).startsWith(day)
  )
}
