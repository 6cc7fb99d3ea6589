// Reads the extensions of a certificate that verification acts on, and names the critical ones it doesn't know (RFC 5280 §4.2).
// Applies none of them; `certificate-chain.ts` and `certificate-constraint.ts` do. Used by `x509.ts`.
import { type Der, malformed, readDer, TAG } from './der.ts'
import { type NameConstraints, readNameConstraints } from './name-constraints.ts'
import { type AlternativeNames, readAlternativeNames } from './x509-name.ts'

/** RFC 5280 §4.2.1.9. */
export interface BasicConstraints {
  readonly authority: boolean
  /** Greatest number of intermediates below this one. */
  readonly pathLength: number | undefined
}

/** What a certificate says about itself in extensions. */
export interface CertificateExtensions extends AlternativeNames {
  readonly basicConstraints: BasicConstraints | undefined
  /** `undefined` when the extension is absent: then nothing is restricted. */
  readonly keyUsage: { readonly signsCertificates: boolean } | undefined
  readonly extendedKeyUsages: readonly string[]
  readonly extendedKeyUsageCritical: boolean
  readonly nameConstraints: NameConstraints | undefined
  readonly policyOids: readonly string[]
  /** Object identifiers of extensions that must be understood and aren't. */
  readonly notUnderstood: readonly string[]
  /** Values by object identifier, of extensions that aren't read here (Fulcio's, for instance). */
  readonly others: ReadonlyMap<string, Buffer>
  readonly alternativeNames: Buffer | undefined
}

const OID = {
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  policies: '2.5.29.32',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
} as const

/**
 * Understood by having nothing to say here, even when critical: key identifiers only help to find issuers, revocation lists and
 * authority information are not fetched, and policy mappings and inhibitAnyPolicy matter only where a policy is required
 * (RFC 5280 §6.1), which `policyConstraints` alone does and for which it is refused.
 */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  '2.5.29.14',
  '2.5.29.31',
  '2.5.29.33',
  '2.5.29.35',
  '2.5.29.54',
  '1.3.6.1.5.5.7.1.1',
])

interface Extension {
  readonly oid: string
  readonly critical: boolean
  readonly value: Buffer
}

export function readExtensions(list: readonly Der[]): CertificateExtensions {
  const found = new Map<string, Extension>()
  for (const entry of list) {
    const extension = readExtension(entry)
    if (found.has(extension.oid)) throw malformed(`extension ${extension.oid} is there twice`)
    found.set(extension.oid, extension)
  }
  const read = <T>(oid: string, parse: (value: Der) => T): T | undefined => {
    const value = found.get(oid)?.value
    return value === undefined ? undefined : parse(readDer(value))
  }
  const names = read(OID.alternativeNames, readAlternativeNames)
  const nameConstraints = read(OID.nameConstraints, readNameConstraints)
  return {
    dnsNames: names?.dnsNames ?? [],
    emails: names?.emails ?? [],
    uris: names?.uris ?? [],
    addresses: names?.addresses ?? [],
    alternativeNames: found.get(OID.alternativeNames)?.value,
    basicConstraints: read(OID.basicConstraints, readBasicConstraints),
    keyUsage: read(OID.keyUsage, value => ({
      // RFC 5280 §4.2.1.3: bit 5 is keyCertSign.
      signsCertificates: value.bits('the key usage')[5] ?? false,
    })),
    extendedKeyUsages: read(OID.extendedKeyUsage, readOids) ?? [],
    extendedKeyUsageCritical: found.get(OID.extendedKeyUsage)?.critical ?? false,
    nameConstraints,
    policyOids: read(OID.policies, readPolicies) ?? [],
    notUnderstood: [...found.values()]
      .filter(extension => !understood(extension, names, nameConstraints))
      .map(({ oid }) => oid),
    others: new Map([...found].filter(([oid]) => !isRead(oid)).map(([oid, { value }]) => [oid, value])),
  }
}

function readExtension(entry: Der): Extension {
  const parts = entry.sequence('an extension')
  const oid = parts[0]?.oid('an extension')
  const value = parts.at(-1)?.octets('an extension')
  if (oid === undefined || value === undefined || parts.length > 3)
    throw malformed('an extension is incomplete')
  const critical = parts.length === 3 && (parts[1]?.boolean('an extension') ?? false)
  return { oid, critical, value }
}

function isRead(oid: string): boolean {
  return (Object.values(OID) as string[]).includes(oid) || WITHOUT_EFFECT.has(oid)
}

function understood(
  { oid, critical }: Extension,
  names: AlternativeNames | undefined,
  nameConstraints: NameConstraints | undefined,
): boolean {
  // Requiring a certificate policy is not supported, so it must not be overlooked either, whatever its criticality says.
  if (oid === OID.policyConstraints) return false
  if (oid === OID.nameConstraints && nameConstraints?.complete === false) return false
  if (!critical) return true
  if (oid === OID.alternativeNames) {
    // A subject known only by kinds of names that aren't read is not understood.
    return (
      names !== undefined &&
      [names.dnsNames, names.emails, names.uris, names.addresses].some(of => of.length > 0)
    )
  }
  return isRead(oid)
}

function readBasicConstraints(value: Der): BasicConstraints {
  const what = 'the basic constraints'
  const parts = value.sequence(what)
  const authority = parts[0]?.tag === TAG.boolean && (parts.shift()?.boolean(what) ?? false)
  return { authority, pathLength: parts.shift()?.count(what) }
}

function readOids(value: Der): string[] {
  return value.sequence('the extended key usages').map(oid => oid.oid('an extended key usage'))
}

function readPolicies(value: Der): string[] {
  return value.sequence('the certificate policies').map(policy => {
    const oid = policy.sequence('a certificate policy')[0]?.oid('a certificate policy')
    if (oid === undefined) throw malformed('a certificate policy has no identifier')
    return oid
  })
}
