// Forges time-stamp tokens that openssl would not make, signed properly all the same.
// Asserts nothing. Used by the tests of timestamps.
import { createHash, sign } from 'node:crypto'
import type { Identity } from './test-authority.ts'

/** What differs from a proper token. */
export interface Forgery {
  readonly contentType?: string
  readonly signedContentType?: string
  readonly signers?: number
  readonly criticalExtension?: boolean
  /** The certificate whose digest the token names as its signer's. */
  readonly namedCertificate?: Buffer
  readonly time?: string
  readonly digest?: 'sha256' | 'sha512' | 'sha1'
}

const OID = {
  signedData: '2a864886f70d010702',
  tstInfo: '2a864886f70d0109100104',
  contentType: '2a864886f70d010903',
  messageDigest: '2a864886f70d010904',
  signingCertificateV2: '2a864886f70d010910022f',
  ecdsaSha256: '2a8648ce3d040302',
  sha256: '608648016503040201',
  sha512: '608648016503040203',
  sha1: '2b0e03021a',
}

/** An identifier of plain data, for tokens that stamp nothing. */
export const PLAIN_DATA = '2a864886f70d010701'
/** The identifier tokens carry. */
export const TST_INFO: string = OID.tstInfo

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const long = Buffer.from([0x82, content.length >> 8, content.length & 0xff])
  const length =
    content.length < 0x80
      ? Buffer.from([content.length])
      : content.length < 0x100
        ? Buffer.from([0x81, content.length])
        : long
  return Buffer.concat([Buffer.from([tag]), length, content])
}

const oid = (hex: string): Buffer => der(6, Buffer.from(hex, 'hex'))
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)
const integer = (value: number): Buffer => der(2, Buffer.from([value]))
const algorithm = (hex: string): Buffer => sequence(oid(hex))
const attribute = (type: string, value: Buffer): Buffer => sequence(oid(type), der(0x31, value))

/** A token by `signer` over `data`. */
export function forgeToken(signer: Identity, data: Buffer, forgery: Forgery = {}): Buffer {
  const {
    contentType = OID.tstInfo,
    signedContentType = contentType,
    signers = 1,
    digest = 'sha256',
  } = forgery
  const imprint = sequence(algorithm(OID[digest]), der(4, createHash(digest).update(data).digest()))
  const now = new Date().toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  const time = der(0x18, Buffer.from(forgery.time ?? now))
  const extension = sequence(oid('2a030405'), der(1, Buffer.from([0xff])), der(4, Buffer.from([5, 0])))
  const extensions = forgery.criticalExtension === true ? [der(0xa1, extension)] : []
  const stamp = sequence(integer(1), oid('2a0304'), imprint, integer(7), time, ...extensions)
  const named = createHash('sha256')
    .update(forgery.namedCertificate ?? signer.certificate.raw)
    .digest()
  const attributes = Buffer.concat([
    attribute(OID.contentType, oid(signedContentType)),
    attribute(OID.messageDigest, der(4, createHash('sha256').update(stamp).digest())),
    attribute(OID.signingCertificateV2, sequence(sequence(sequence(der(4, named))))),
  ])
  const { issuer, serial } = signer.certificate
  const info = sequence(
    integer(1),
    sequence(issuer.raw, der(2, serial)),
    algorithm(OID.sha256),
    der(0xa0, attributes),
    algorithm(OID.ecdsaSha256),
    der(4, sign('sha256', der(0x31, attributes), signer.key)),
  )
  const signed = sequence(
    integer(3),
    der(0x31, algorithm(OID.sha256)),
    sequence(oid(contentType), der(0xa0, der(4, stamp))),
    der(0xa0, signer.certificate.raw),
    der(0x31, ...Array<Buffer>(signers).fill(info)),
  )
  return sequence(oid(OID.signedData), der(0xa0, signed))
}
