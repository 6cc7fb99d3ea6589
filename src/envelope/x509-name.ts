// Reads the names inside certificates: distinguished names, and the subject alternative names a signer is known by.
// Compares nothing; constraints do. Used by `x509.ts`.
import { contextTag, type Der, malformed, TAG } from './der.ts'

const COMMON_NAME = '2.5.4.3'
const ORGANIZATION = '2.5.4.10'

/** What is asked of a distinguished name (RFC 5280 §4.1.2.4). */
export interface DistinguishedName {
  /** The bytes, which is how issuer and subject are compared. */
  readonly raw: Buffer
  /** The last common name, as cilock takes it; empty when there is none. */
  readonly commonName: string
  readonly organizations: readonly string[]
}

/** Subject alternative names of the kinds constraints speak of (RFC 5280 §4.2.1.6). */
export interface AlternativeNames {
  readonly dnsNames: readonly string[]
  readonly emails: readonly string[]
  readonly uris: readonly string[]
  readonly addresses: readonly Buffer[]
}

export function readDistinguishedName(name: Der, what: string): DistinguishedName {
  let commonName = ''
  const organizations: string[] = []
  for (const set of name.sequence(what)) {
    for (const pair of set.expect(TAG.set, what).children()) {
      const [type, value, ...rest] = pair.sequence(what)
      if (type === undefined || value === undefined || rest.length > 0) throw malformed(`${what} is no name`)
      const oid = type.oid(what)
      if (oid === COMMON_NAME) commonName = directoryString(value, what)
      else if (oid === ORGANIZATION) organizations.push(directoryString(value, what))
    }
  }
  return { raw: name.raw, commonName, organizations }
}

export function readAlternativeNames(names: Der): AlternativeNames {
  const what = 'a subject alternative name'
  const of = (tag: number): Der[] =>
    names.sequence(what).filter(name => name.tag === contextTag(tag, 'primitive'))
  return {
    emails: of(1).map(name => ia5(name.content, what)),
    dnsNames: of(2).map(name => ia5(name.content, what)),
    uris: of(6).map(name => ia5(name.content, what)),
    addresses: of(7).map(name => name.content),
  }
}

/** RFC 5280 §4.1.2.4: DirectoryString, and IA5String as many authorities write it. */
function directoryString(value: Der, what: string): string {
  switch (value.tag) {
    case TAG.utf8String:
      return utf8(value.content, what)
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x16: // IA5String
      return ia5(value.content, what)
    case 0x14: // TeletexString: Latin-1 in practice
      return value.content.toString('latin1')
    case 0x1e: // BMPString
      return new TextDecoder('utf-16be', { fatal: true }).decode(value.content)
    default:
      throw malformed(`${what} holds a string of an unknown kind`)
  }
}

/** Strict UTF-8. */
export function utf8(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw Object.assign(malformed(`${what} is not UTF-8`), { cause })
  }
}

/** ASCII; anything else has no place in an IA5String. */
export function ia5(bytes: Buffer, what: string): string {
  if (bytes.some(byte => byte > 0x7f)) throw malformed(`${what} is not ASCII`)
  return bytes.toString('latin1')
}
