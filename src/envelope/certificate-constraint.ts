// Asks whether a certificate is the one a policy means: its names, its roots, its Fulcio fields, its policy identifiers.
// Assumes that its chain and signature have been checked; `rootIds` comes from there. Used for functionaries and policy signers.
import { fulcioField, isFulcioField } from './fulcio-extensions.ts'
import { isGlob, parseGlob } from './glob.ts'
import type { X509 } from './x509.ts'

/** `certConstraint` of a policy; lists that are absent count as empty. */
export interface CertificateConstraint {
  readonly commonname?: string | null | undefined
  readonly dnsnames?: readonly string[] | null | undefined
  readonly emails?: readonly string[] | null | undefined
  readonly organizations?: readonly string[] | null | undefined
  readonly uris?: readonly string[] | null | undefined
  /** Ids of authorities, or `*` for any of them. */
  readonly roots?: readonly string[] | null | undefined
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined
  readonly requiredpolicyoids?: readonly string[] | null | undefined
}

/** What the constraint itself doesn't say. */
export interface ConstraintOptions {
  /** Authorities the certificate was found to lead to. */
  readonly rootIds: readonly string[]
  /**
   * Whether an empty list and a certificate without such names agree. They don't in a policy (each list needs a value or `*`),
   * they do for `--policy-*` flags and under `--policy-hardening warn`.
   */
  readonly emptyMatchesEmpty: boolean
}

/** The answer, with everything that is in the way. */
export type ConstraintAnswer = { readonly ok: true } | { readonly ok: false; readonly why: string }

const ANY = '*'

/** Checks `certificate` against `constraint`. */
export function matchesCertificateConstraint(
  certificate: X509,
  constraint: CertificateConstraint,
  options: ConstraintOptions,
): ConstraintAnswer {
  const { subject, dnsNames, emails, uris } = certificate
  const list = (name: string, wanted: readonly string[] | null | undefined, found: readonly string[]) =>
    faultOfList(name, wanted ?? [], found, options.emptyMatchesEmpty)
  const faults = [
    faultOfCommonName(constraint.commonname ?? '', subject.commonName),
    list('DNS name', constraint.dnsnames, dnsNames),
    list('email', constraint.emails, emails),
    list('organization', constraint.organizations, subject.organizations),
    list('URI', constraint.uris, uris),
    faultOfRoots(constraint.roots ?? [], options.rootIds),
    ...Object.entries(constraint.extensions ?? {}).map(([field, wanted]) =>
      faultOfExtension(certificate, field, wanted),
    ),
    faultOfPolicies(constraint.requiredpolicyoids ?? [], certificate.policyOids),
  ].filter(fault => fault !== undefined)
  return faults.length === 0 ? { ok: true } : { ok: false, why: faults.join('; ') }
}

/** Common names are compared without regard to case, as cilock does. */
function faultOfCommonName(wanted: string, found: string): string | undefined {
  if (wanted === ANY) return undefined
  if (wanted === '') return 'the constraint names no common name; give one or `*`'
  if (hasControls(wanted)) return 'the common name of the constraint holds control characters'
  const matches = isGlob(wanted)
    ? parseGlob(fold(wanted))?.matches(fold(found)) === true
    : fold(wanted) === fold(found)
  return matches ? undefined : `common name \`${found}\` is not \`${wanted}\``
}

/**
 * Every literal needs a name of its own, byte for byte; each name left over uses up one glob; nothing may remain on either side.
 * So a certificate can't carry one name more than the policy's author knew of.
 */
function faultOfList(
  what: string,
  wantedWithBlanks: readonly string[],
  foundWithBlanks: readonly string[],
  emptyMatchesEmpty: boolean,
): string | undefined {
  if (wantedWithBlanks.includes(ANY)) return undefined
  if (wantedWithBlanks.some(hasControls)) return `a ${what} of the constraint holds control characters`
  const wanted = wantedWithBlanks.filter(value => value !== '')
  const left = foundWithBlanks.filter(value => value !== '')
  if (wanted.length === 0) {
    if (left.length > 0)
      return `${what} ${quoted(left)} is not allowed: the constraint lists none; list it or \`*\``
    return emptyMatchesEmpty
      ? undefined
      : `the constraint lists no ${what} and the certificate has none; list \`*\``
  }
  for (const literal of wanted.filter(value => !isGlob(value))) {
    const at = left.indexOf(literal)
    if (at < 0) return `${what} \`${literal}\` is missing from ${quoted(foundWithBlanks)}`
    left.splice(at, 1)
  }
  return faultOfGlobs(what, wanted.filter(isGlob), left)
}

/** Names take the first free glob that fits; where another distribution would fit, the answer is no, as in cilock. */
function faultOfGlobs(what: string, globs: readonly string[], names: readonly string[]): string | undefined {
  const free = [...globs]
  for (const name of names) {
    const at = free.findIndex(glob => parseGlob(fold(glob))?.matches(fold(name)) === true)
    if (at < 0) return `${what} \`${name}\` is not expected`
    free.splice(at, 1)
  }
  return free[0] === undefined ? undefined : `no ${what} matches \`${free[0]}\``
}

function faultOfRoots(wanted: readonly string[], found: readonly string[]): string | undefined {
  if (wanted.length === 0) return 'the constraint names no root; name one or `*`'
  if (wanted.includes(ANY) ? found.length > 0 : wanted.some(id => found.includes(id))) return undefined
  return `it leads to none of the roots ${quoted(wanted)}`
}

function faultOfExtension(certificate: X509, field: string, wanted: unknown): string | undefined {
  if (wanted === '' || wanted == null) return undefined
  if (typeof wanted !== 'string') return `the constraint on extension \`${field}\` is no text`
  // An unknown field must not be skipped: whoever wrote it meant to restrict something.
  if (!isFulcioField(field)) return `the constraint on extension \`${field}\` is not understood`
  if (hasControls(wanted)) return `the constraint on extension \`${field}\` holds control characters`
  let found: string
  try {
    found = fulcioField(certificate, field)
  } catch {
    return `extension \`${field}\` is unreadable`
  }
  const matches = isGlob(wanted) ? parseGlob(wanted)?.matches(found) === true : wanted === found
  return matches ? undefined : `extension \`${field}\` is \`${found}\`, not \`${wanted}\``
}

function faultOfPolicies(wanted: readonly string[], found: readonly string[]): string | undefined {
  const invalid = wanted.find(oid => !/^[0-2](\.(0|[1-9]\d*))+$/.test(oid))
  if (invalid !== undefined) return `\`${invalid}\` is no object identifier`
  const missing = wanted.find(oid => !found.includes(oid))
  return missing === undefined ? undefined : `certificate policy ${missing} is missing`
}

function fold(text: string): string {
  return text.toLowerCase()
}

function hasControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(text)
}

function quoted(values: readonly string[]): string {
  return values.length === 0 ? '(none)' : values.map(value => `\`${value}\``).join(', ')
}
