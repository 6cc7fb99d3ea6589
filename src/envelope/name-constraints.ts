// Which names an authority may certify (RFC 5280 §4.2.1.10): DNS names, mail addresses, URIs and IP addresses.
// Where implementations differ in what a base covers, the reading that refuses more is taken. Used while chains are built.
import { contextTag, type Der } from './der.ts'
import { type AlternativeNames, ia5 } from './x509-name.ts'

interface Subtrees {
  readonly dnsNames: readonly string[]
  readonly emails: readonly string[]
  readonly uris: readonly string[]
  /** Address followed by mask. */
  readonly addresses: readonly Buffer[]
}

/** The extension as read. */
export interface NameConstraints {
  readonly permitted: Subtrees
  readonly excluded: Subtrees
  /** False when it speaks of kinds of names that aren't compared here; it counts as not understood then. */
  readonly complete: boolean
}

type Side = 'permitted' | 'excluded'

export function readNameConstraints(value: Der): NameConstraints {
  const parts = value.sequence('the name constraints')
  const of = (number: number): Der[] =>
    parts
      .filter(({ tag }) => tag === contextTag(number, 'constructed'))
      .flatMap(part => part.children())
      .flatMap(subtree => subtree.sequence('a name constraint').slice(0, 1))
  const permitted = of(0)
  const excluded = of(1)
  return {
    permitted: readSubtrees(permitted),
    excluded: readSubtrees(excluded),
    complete: [...permitted, ...excluded].every(isCompared),
  }
}

/** The first name that `constraints` forbid, `undefined` when all are allowed. */
export function forbiddenName(names: AlternativeNames, constraints: NameConstraints): string | undefined {
  const { permitted, excluded } = constraints
  return (
    // Without a host that is a domain name nothing can be said of a URI, so it is refused wherever names are limited at all.
    names.uris.find(uri => uriHost(uri) === undefined) ??
    names.dnsNames.find(name => refused(name, permitted.dnsNames, excluded.dnsNames, coversDns)) ??
    names.emails.find(name => refused(name, permitted.emails, excluded.emails, coversEmail)) ??
    names.uris.find(name => refused(name, permitted.uris, excluded.uris, coversUri)) ??
    names.addresses
      .find(address => refused(address, permitted.addresses, excluded.addresses, coversAddress))
      ?.toString('hex')
  )
}

function refused<Name, Base>(
  name: Name,
  permitted: readonly Base[],
  excluded: readonly Base[],
  covers: (name: Name, base: Base, side: Side) => boolean,
): boolean {
  if (excluded.some(base => covers(name, base, 'excluded'))) return true
  return permitted.length > 0 && !permitted.some(base => covers(name, base, 'permitted'))
}

function coversDns(name: string, base: string, side: Side): boolean {
  const host = name.toLowerCase()
  const domain = base.toLowerCase()
  if (isBelow(host, domain)) return true
  // `*.example.com` stands for names that may lie below an excluded `a.example.com`.
  return side === 'excluded' && host.startsWith('*.') && isBelow(domain.replace(/^\./, ''), host.slice(2))
}

function coversEmail(name: string, base: string, side: Side): boolean {
  const at = name.lastIndexOf('@')
  if (at < 0) return side === 'excluded'
  const domain = name.slice(at + 1).toLowerCase()
  const baseAt = base.lastIndexOf('@')
  if (baseAt < 0) return coversHost(domain, base, side)
  return name.slice(0, at) === base.slice(0, baseAt) && domain === base.slice(baseAt + 1).toLowerCase()
}

function coversUri(name: string, base: string, side: Side): boolean {
  const host = uriHost(name)
  return host !== undefined && coversHost(host, base, side)
}

function uriHost(uri: string): string | undefined {
  const host = URL.canParse(uri) ? new URL(uri).hostname.toLowerCase() : ''
  return host === '' || host.startsWith('[') || /^[\d.]+$/.test(host) ? undefined : host
}

/** A base without leading dot is one host by RFC 5280, a whole domain to many implementations. */
function coversHost(host: string, base: string, side: Side): boolean {
  const domain = base.toLowerCase()
  return side === 'excluded' || domain.startsWith('.') ? isBelow(host, domain) : host === domain
}

function coversAddress(address: Buffer, base: Buffer, side: Side): boolean {
  if (base.length !== 2 * address.length) return side === 'excluded' && ![8, 32].includes(base.length)
  const mask = base.subarray(address.length)
  return address.every((byte, at) => (byte & (mask[at] ?? 0)) === ((base[at] ?? 0) & (mask[at] ?? 0)))
}

function isBelow(host: string, domain: string): boolean {
  if (domain === '') return true
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`)
}

function readSubtrees(bases: readonly Der[]): Subtrees {
  const of = (tag: number): Der[] => bases.filter(base => base.tag === contextTag(tag, 'primitive'))
  const text = (tag: number): string[] => of(tag).map(base => ia5(base.content, 'a name constraint'))
  return {
    emails: text(1),
    dnsNames: text(2),
    uris: text(6),
    addresses: of(7).map(base => base.content),
  }
}

function isCompared({ tag, content }: Der): boolean {
  if (tag === contextTag(7, 'primitive')) return content.length === 8 || content.length === 32
  return [1, 2, 6].some(number => tag === contextTag(number, 'primitive'))
}
