// An X.509 certificate as verification needs it: dates, names, usages and limits, read strictly from its DER (RFC 5280 §4).
// Believes nothing it reads; `certificate-chain.ts` decides whether a certificate is trusted. OpenSSL checks signatures.
import { type KeyObject, X509Certificate } from 'node:crypto'
import { LannerError } from '../error.ts'
import { isSoundAlgorithm } from './certificate-algorithm.ts'
import { contextTag, type Der, malformed, readDer } from './der.ts'
import { firstPemBlock, pemBlocks } from './pem.ts'
import { type CertificateExtensions, readExtensions } from './x509-extensions.ts'
import { type DistinguishedName, readDistinguishedName } from './x509-name.ts'

/** A certificate that could be read. */
export interface X509 extends CertificateExtensions {
  readonly raw: Buffer
  readonly version: 1 | 2 | 3
  /** Content octets of the serial number. */
  readonly serial: Buffer
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  readonly notBefore: Date
  readonly notAfter: Date
  /** SubjectPublicKeyInfo as it stands in the certificate. */
  readonly publicKeyInfo: Buffer
  readonly publicKey: KeyObject
  /** Whether the issuer signed with an algorithm that still proves something. */
  readonly soundlySigned: boolean
  /** The same certificate for OpenSSL. */
  readonly openssl: X509Certificate
}

const EXPECTED = 'a PEM X.509 certificate'

/** The certificate that `der` is. Throws `ERR_CERTIFICATE_FORMAT`; `origin` names where it came from. */
export function readCertificate(der: Buffer, origin: string): X509 {
  try {
    return parse(der)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unreadable'
    throw new LannerError('ERR_CERTIFICATE_FORMAT', `${origin}: no X.509 certificate: ${why}`, {
      exit: 1,
      facts: { origin },
      cause,
    })
  }
}

/** The certificate in the first PEM block of `pem`; further blocks are ignored, as cilock does. */
export function readPemCertificate(pem: Uint8Array, origin: string): X509 {
  return readCertificate(firstPemBlock(pem, { file: origin, expected: EXPECTED }).der, origin)
}

/** Every certificate of a bundle; there is at least one. */
export function readPemBundle(pem: Uint8Array, origin: string): X509[] {
  const place = { file: origin, expected: EXPECTED }
  firstPemBlock(pem, place)
  return [...pemBlocks(pem, place)].map(({ der }) => readCertificate(der, origin))
}

/** Whether `certificate` is issued under its own name and signed with its own key. */
export function isSelfSigned(certificate: X509): boolean {
  return (
    certificate.subject.raw.equals(certificate.issuer.raw) &&
    certificate.openssl.verify(certificate.publicKey)
  )
}

/** How a person knows the certificate: its common name, else its first alternative name. */
export function certificateName(certificate: X509): string {
  const { subject, emails, uris, dnsNames } = certificate
  return (
    subject.commonName ||
    emails[0] ||
    uris[0] ||
    dnsNames[0] ||
    `serial ${certificate.serial.toString('hex')}`
  )
}

function parse(der: Buffer): X509 {
  const [body, algorithm, signature, ...more] = readDer(der).sequence('the certificate')
  if (body === undefined || algorithm === undefined || signature === undefined || more.length > 0) {
    throw malformed('the certificate has not three parts')
  }
  const fields = body.sequence('the certificate body')
  const version = readVersion(fields)
  const [serial, inner, issuer, validity, subject, spki, ...rest] = fields
  if (
    serial === undefined ||
    inner === undefined ||
    issuer === undefined ||
    validity === undefined ||
    subject === undefined ||
    spki === undefined
  ) {
    throw malformed('the certificate body is incomplete')
  }
  // RFC 5280 §4.1.1.2: both must be the same, or the unsigned one could steer the check.
  if (!inner.raw.equals(algorithm.raw)) throw malformed('two different signature algorithms are named')
  if (serial.integer('the serial number') < 0n) throw malformed('the serial number is negative')
  const [notBefore, notAfter] = validity.sequence('the validity')
  if (notBefore === undefined || notAfter === undefined) throw malformed('the validity has not two dates')
  const openssl = new X509Certificate(der)
  return {
    raw: der,
    version,
    serial: serial.content,
    issuer: readDistinguishedName(issuer, 'the issuer'),
    subject: readDistinguishedName(subject, 'the subject'),
    notBefore: notBefore.time('the start of validity'),
    notAfter: notAfter.time('the end of validity'),
    publicKeyInfo: spki.raw,
    publicKey: openssl.publicKey,
    soundlySigned: isSoundAlgorithm(algorithm),
    openssl,
    ...readExtensions(extensionList(rest, version)),
  }
}

/** Takes the version off the front of `fields`. */
function readVersion(fields: Der[]): 1 | 2 | 3 {
  const [first] = fields
  if (first?.tag !== contextTag(0, 'constructed')) return 1
  fields.shift()
  const number = first.only('the version').count('the version')
  if (number === 1) return 2
  if (number === 2) return 3
  throw malformed('the version is none of 1, 2 and 3')
}

function extensionList(rest: readonly Der[], version: number): Der[] {
  const list = rest.find(({ tag }) => tag === contextTag(3, 'constructed'))
  if (list === undefined) return []
  if (version !== 3) throw malformed('extensions in a certificate of an old version')
  return list.only('the extensions').sequence('the extensions')
}
