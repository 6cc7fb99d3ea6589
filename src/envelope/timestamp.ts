// Checks RFC 3161 time-stamp tokens: that a trusted authority saw exactly these signature bytes at a time.
// Requests none. Used for signatures made with certificates, which count only at a time someone else vouches for.
import { createHash, timingSafeEqual } from 'node:crypto'
import { findChain, PURPOSE } from './certificate-chain.ts'
import { contextTag, type Der, malformed, readDer, TAG } from './der.ts'
import { DIGESTS, openSignedData, type SignedContent } from './signed-data.ts'
import { certificateName, type X509 } from './x509.ts'

const TST_INFO = '1.2.840.113549.1.9.16.1.4'
/** ESSCertID with SHA-1 (RFC 2634 §5.4) and ESSCertIDv2 (RFC 5035 §3). */
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12'
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'

/** Who may say what time it was. */
export interface TimestampAuthority {
  readonly id: string
  /** Each of them is an anchor, whether it is a root or the authority's own certificate. */
  readonly certificates: readonly X509[]
}

/** The time, or why the token proves none. */
export type TimestampAnswer =
  | { readonly ok: true; readonly time: Date; readonly signer: X509 }
  | { readonly ok: false; readonly why: string }

/** What `token` (a DER TimeStampToken) proves about `stamped`, which for a DSSE signature is its raw bytes. */
export function checkTimestamp(
  token: Buffer,
  stamped: Buffer,
  authority: TimestampAuthority,
): TimestampAnswer {
  try {
    const signed = openSignedData(token)
    const time = readTime(signed, stamped)
    checkSigner(signed)
    const chain = findChain({
      leaf: signed.signer,
      roots: authority.certificates,
      intermediates: signed.certificates,
      at: time,
      purpose: 'timeStamping',
    })
    return chain.ok ? { ok: true, time, signer: signed.signer } : chain
  } catch (thrown) {
    return { ok: false, why: thrown instanceof Error ? thrown.message : 'unreadable token' }
  }
}

/** RFC 3161 §2.4.2. */
function readTime({ contentType, content }: SignedContent, stamped: Buffer): Date {
  if (contentType !== TST_INFO) throw malformed('the token stamps no time')
  const [version, , imprint, , time, ...optional] = readDer(content).sequence('the stamp')
  if (version?.count('the version') !== 1) throw malformed('the stamp is of an unknown version')
  checkImprint(imprint, stamped)
  const critical = optional
    .filter(({ tag }) => tag === contextTag(1, 'constructed'))
    .flatMap(extensions => extensions.children())
    .some(extension => extension.sequence('an extension')[1]?.tag === TAG.boolean)
  if (critical) throw malformed('the stamp has an extension that must be understood and isn’t')
  const generated = time?.expect(TAG.generalizedTime, 'the time').time('the time')
  if (generated === undefined) throw malformed('the stamp has no time')
  return generated
}

function checkImprint(imprint: Der | undefined, stamped: Buffer): void {
  const [algorithm, digest] = imprint?.sequence('the imprint') ?? []
  const name = DIGESTS.get(algorithm?.sequence('the imprint')[0]?.oid('the imprint') ?? '')
  if (name === undefined) throw malformed('the imprint uses a digest not accepted')
  const expected = createHash(name).update(stamped).digest()
  const found = digest?.octets('the imprint')
  if (found?.length !== expected.length || !timingSafeEqual(found, expected)) {
    throw malformed('the token stamps something else than this signature')
  }
}

/** RFC 3161 §2.3: the authority's key serves this purpose alone, and says so critically. */
function checkSigner({ signer, attributes }: SignedContent): void {
  const [usage, ...more] = signer.extendedKeyUsages
  if (usage !== PURPOSE.timeStamping || more.length > 0 || !signer.extendedKeyUsageCritical) {
    throw malformed(`\`${certificateName(signer)}\` is not for timeStamping alone`)
  }
  const [oldest, newer] = [attributes.get(SIGNING_CERTIFICATE), attributes.get(SIGNING_CERTIFICATE_V2)]
  if (oldest !== undefined) checkCertificateId(oldest, signer, 'sha1')
  if (newer !== undefined) checkCertificateId(newer, signer, 'sha256')
}

/** The token says which certificate its signer means, so that another one with the same name and serial can't take its place. */
function checkCertificateId(attribute: Der, signer: X509, byDefault: string): void {
  const what = "the signer's certificate id"
  const parts = attribute.sequence(what)[0]?.sequence(what)[0]?.sequence(what) ?? []
  const algorithm = parts[0]?.tag === TAG.sequence ? parts.shift() : undefined
  const oid = algorithm?.sequence(what)[0]?.oid(what)
  const digest = oid === undefined ? byDefault : DIGESTS.get(oid)
  if (digest === undefined) throw malformed(`${what} uses a digest not accepted`)
  if (parts[0]?.octets(what).equals(createHash(digest).update(signer.raw).digest()) !== true) {
    throw malformed(`${what} is of another certificate`)
  }
}
