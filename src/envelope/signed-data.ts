// Reads CMS SignedData with one signer (RFC 5652 §5) and checks that signer's signature over the content.
// Doesn't ask who the signer is. Time-stamp tokens are such data; nothing else here is.
import { constants, createHash, type KeyObject, timingSafeEqual, verify } from 'node:crypto'
import { contextTag, type Der, malformed, readDer, TAG } from './der.ts'
import { keyAlgorithm } from './key-algorithm.ts'
import { readCertificate, type X509 } from './x509.ts'

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
/** RSA where the digest is named apart (RFC 8017). */
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1'

/** SHA-2 by object identifier (RFC 5754 §2). */
export const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

/** The digest inside a signature algorithm; `null` where the algorithm digests by itself. */
const SIGNATURES: ReadonlyMap<string, string | null> = new Map([
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
  ['1.3.101.112', null],
])

/** Signed data whose one signature holds under the certificate it names. */
export interface SignedContent {
  readonly contentType: string
  readonly content: Buffer
  readonly signer: X509
  /** Every certificate that came along, the signer's too. */
  readonly certificates: readonly X509[]
  /** Values of the signed attributes by object identifier. */
  readonly attributes: ReadonlyMap<string, Der>
}

interface SignerInfo {
  readonly issuer: Buffer
  readonly serial: Buffer
  readonly digest: string
  readonly signedAttributes: Der
  readonly signatureAlgorithm: string
  readonly signature: Buffer
}

/** Reads `bytes` and checks the signature. Throws `ERR_DER_MALFORMED` saying what is wrong. */
export function openSignedData(bytes: Buffer): SignedContent {
  const [type, wrapped, ...rest] = readDer(bytes).sequence('the token')
  if (type?.oid('the token') !== SIGNED_DATA || wrapped === undefined || rest.length > 0) {
    throw malformed('the token is no signed data')
  }
  const data = wrapped
    .expect(contextTag(0, 'constructed'), 'the token')
    .only('the token')
    .sequence('the signed data')
  const { contentType, content } = readContent(data[2])
  const certificates = readCertificates(data.slice(3, -1))
  const info = readOnlySigner(data.at(-1))
  const signer = certificates.find(
    certificate => certificate.issuer.raw.equals(info.issuer) && certificate.serial.equals(info.serial),
  )
  if (signer === undefined) throw malformed("the token does not carry its signer's certificate")
  const attributes = readAttributes(info.signedAttributes)
  checkContent(info, attributes, contentType, content)
  checkSignature(info, signer.publicKey)
  return { contentType, content, signer, certificates, attributes }
}

function readContent(info: Der | undefined): { contentType: string; content: Buffer } {
  const [type, wrapped] = info?.sequence('the content') ?? []
  if (type === undefined || wrapped === undefined) throw malformed('the token has no content')
  return {
    contentType: type.oid('the content type'),
    content: wrapped
      .expect(contextTag(0, 'constructed'), 'the content')
      .only('the content')
      .octets('the content'),
  }
}

function readCertificates(optional: readonly Der[]): X509[] {
  const set = optional.find(({ tag }) => tag === contextTag(0, 'constructed'))
  // Other certificate formats (RFC 5652 §10.2.2) have context tags and are of no use here.
  const plain = set?.children().filter(({ tag }) => tag === TAG.sequence) ?? []
  return plain.map(certificate => readCertificate(certificate.raw, 'the token'))
}

function readOnlySigner(set: Der | undefined): SignerInfo {
  const [first, ...more] = set?.expect(TAG.set, 'the signers').children() ?? []
  if (first === undefined || more.length > 0) throw malformed('the token has not exactly one signer')
  const [, identifier, digest, attributes, algorithm, signature] = first.sequence('the signer')
  if (attributes?.tag !== contextTag(0, 'constructed')) throw malformed('the signer signed no attributes')
  if (
    identifier === undefined ||
    digest === undefined ||
    algorithm === undefined ||
    signature === undefined
  ) {
    throw malformed('the signer is incomplete')
  }
  const [issuer, serial] = identifier.sequence("the signer's name")
  const digestName = DIGESTS.get(algorithmName(digest))
  if (digestName === undefined) throw malformed('the signer uses a digest not accepted')
  if (issuer === undefined || serial === undefined) throw malformed("the signer's name is incomplete")
  return {
    issuer: issuer.raw,
    serial: serial.content,
    digest: digestName,
    signedAttributes: attributes,
    signatureAlgorithm: algorithmName(algorithm),
    signature: signature.octets('the signature'),
  }
}

function algorithmName(identifier: Der): string {
  const oid = identifier.sequence('an algorithm')[0]?.oid('an algorithm')
  if (oid === undefined) throw malformed('an algorithm has no identifier')
  return oid
}

function readAttributes(signed: Der): Map<string, Der> {
  const attributes = new Map<string, Der>()
  for (const attribute of signed.children()) {
    const [type, values] = attribute.sequence('a signed attribute')
    const oid = type?.oid('a signed attribute')
    // RFC 5652 §11: the attributes read here occur once and with one value; of any other the first value is enough.
    const value = values?.expect(TAG.set, 'a signed attribute').children()[0]
    if (oid === undefined || value === undefined) throw malformed('a signed attribute is incomplete')
    if (attributes.has(oid)) throw malformed(`signed attribute ${oid} is there twice`)
    attributes.set(oid, value)
  }
  return attributes
}

function checkContent(
  info: SignerInfo,
  attributes: ReadonlyMap<string, Der>,
  contentType: string,
  content: Buffer,
): void {
  if (attributes.get(CONTENT_TYPE)?.oid('the signed content type') !== contentType) {
    throw malformed('the signed content type is another one')
  }
  const digest = createHash(info.digest).update(content).digest()
  const signed = attributes.get(MESSAGE_DIGEST)?.octets('the signed digest')
  if (signed?.length !== digest.length || !timingSafeEqual(signed, digest)) {
    throw malformed('the signed digest is not that of the content')
  }
}

function checkSignature(info: SignerInfo, key: KeyObject): void {
  const algorithm = keyAlgorithm(key, 'the token')
  const named =
    info.signatureAlgorithm === RSA_ENCRYPTION ? info.digest : SIGNATURES.get(info.signatureAlgorithm)
  if (named === undefined || (named === null) !== (algorithm === 'ed25519')) {
    throw malformed('the token is signed with an algorithm not accepted')
  }
  // RFC 5652 §5.4: what is signed is the attributes as a SET OF, not under the tag they are carried with.
  const signed = Buffer.from(info.signedAttributes.raw)
  signed[0] = TAG.set
  const holds =
    algorithm === 'rsa-pss'
      ? verify(named, signed, { key, padding: constants.RSA_PKCS1_PADDING }, info.signature)
      : verify(named, signed, { key, dsaEncoding: 'der' }, info.signature)
  if (!holds) throw malformed("the token's signature does not hold")
}
