// A policy document as written: its shape by schema, every fault named by its path.
// Looks up no reference and parses no key; `policy-structure.ts` and `policy-trust.ts` do. Read by `verify` and `policy …`.
import * as z from 'zod/mini'
import { or, READABLE } from '../envelope/shape.ts'
import { LannerError, messageOf } from '../error.ts'
import {
  type ExactObject,
  type ExactValue,
  isExactObject,
  parseExact,
  refuseCaseVariants,
} from './exact-json.ts'
import { parseDuration, parseInstant } from './instant.ts'

/** Standard base64 with padding; line ends are allowed inside, as Go allows them. */
const bytes = readAs(packed => {
  const text = packed.replace(/[\r\n]/g, '')
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return Buffer.from(text, 'base64')
  return undefined
}, 'expected base64')

const instant = readAs(parseInstant, 'expected an RFC 3339 time such as 2030-01-01T00:00:00Z')

const duration = readAs(text => {
  const nanos = parseDuration(text)
  return nanos !== undefined && nanos > 0n ? nanos : undefined
}, 'expected a Go duration above zero, such as 72h')

/** A text that `read` understands. */
function readAs<Value>(
  read: (text: string) => Value | undefined,
  expected: string,
): z.ZodMiniType<Value, string> {
  return z.pipe(
    z.string(),
    z.transform((text: string, context) => {
      const value = read(text)
      if (value !== undefined) return value
      context.issues.push({ code: 'custom', message: expected, input: text })
      return z.NEVER
    }),
  ) as never
}

const list = <Item extends z.ZodMiniType>(item: Item): z.ZodMiniType<z.output<Item>[]> =>
  or(z.array(item), () => []) as never

const map = <Item extends z.ZodMiniType>(item: Item): z.ZodMiniType<Record<string, z.output<Item>>> =>
  or(z.record(z.string(), item), () => ({})) as never

const text = or(z.string(), () => '')

const certConstraint = z.looseObject({
  commonname: text,
  dnsnames: list(z.string()),
  emails: list(z.string()),
  organizations: list(z.string()),
  uris: list(z.string()),
  roots: list(z.string()),
  extensions: map(z.unknown()),
  requiredpolicyoids: list(z.string()),
})

const functionary = z.looseObject({
  type: text,
  publickeyid: text,
  certConstraint: z.nullish(certConstraint),
})

const regoModule = z.looseObject({ name: text, module: z.nullish(bytes) })
const aiPolicies = list(z.unknown())
const requirement = z.looseObject({ type: text, regopolicies: list(regoModule), aipolicies: aiPolicies })

const timestampConstraint = z
  .looseObject({ notBefore: z.nullish(instant), notAfter: z.nullish(instant), maxAge: z.nullish(duration) })
  .check(
    z.refine(
      ({ notBefore, notAfter, maxAge }) => (notBefore ?? notAfter ?? maxAge) != null,
      'constrains nothing',
    ),
    z.refine(
      ({ notBefore, notAfter }) => notBefore == null || notAfter == null || notBefore <= notAfter,
      'notBefore is after notAfter',
    ),
  )

const step = z.looseObject({
  name: text,
  functionaries: list(functionary),
  attestations: list(requirement),
  artifactsFrom: list(z.string()),
  attestationsFrom: list(z.string()),
  externalFrom: list(z.string()),
  timestampConstraint: z.nullish(timestampConstraint),
})

const external = z.looseObject({
  name: text,
  predicateType: text,
  functionaries: list(functionary),
  regopolicies: list(regoModule),
  aipolicies: aiPolicies,
  required: or(z.boolean(), () => true),
})

const root = z.looseObject({ certificate: bytes, intermediates: list(bytes) })
const publicKey = z.looseObject({ keyid: text, key: bytes })

const policy = z.looseObject({
  expires: z.nullish(instant),
  roots: map(root),
  timestampauthorities: map(root),
  publickeys: map(publicKey),
  steps: map(step),
  externalAttestations: map(external),
})

/** A policy that has the right shape. */
export type PolicyDocument = z.output<typeof policy>
/** One step of it. */
export type PolicyStep = z.output<typeof step>
/** One functionary of a step or external attestation. */
export type PolicyFunctionary = z.output<typeof functionary>
/** What a certificate must say; see `certificate-constraint.ts`. */
export type PolicyCertConstraint = z.output<typeof certConstraint>
/** A Rego module as the policy carries it. */
export type PolicyRegoModule = z.output<typeof regoModule>
/** One attestation outside collections. */
export type PolicyExternal = z.output<typeof external>
/** When a signature must have been made. */
export type PolicyTimestampConstraint = z.output<typeof timestampConstraint>
/** A trusted certificate with its intermediates. */
export type PolicyRoot = z.output<typeof root>

const KEYS = {
  policy: ['expires', 'roots', 'timestampauthorities', 'publickeys', 'steps', 'externalAttestations'],
  step: [
    'name',
    'functionaries',
    'attestations',
    'artifactsFrom',
    'attestationsFrom',
    'externalFrom',
    'timestampConstraint',
  ],
  functionary: ['type', 'publickeyid', 'certConstraint'],
  constraint: [...Object.keys(certConstraint.shape)],
  requirement: ['type', 'regopolicies', 'aipolicies'],
  external: ['name', 'predicateType', 'functionaries', 'regopolicies', 'aipolicies', 'required'],
  module: ['name', 'module'],
  root: ['certificate', 'intermediates'],
  key: ['keyid', 'key'],
  time: ['notBefore', 'notAfter', 'maxAge'],
} as const

/** Reads a policy. Throws `ERR_POLICY_SYNTAX` or `ERR_POLICY_SHAPE`, both naming the path. */
export function parsePolicy(json: string): PolicyDocument {
  const value = parsed(json)
  refuseVariants(value)
  const document = policy.safeParse(value, READABLE)
  if (document.success) return document.data
  const faults = document.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'policy'}: ${message}`,
  )
  throw new LannerError('ERR_POLICY_SHAPE', `the policy is malformed: ${faults.slice(0, 5).join('; ')}`, {
    exit: 1,
    facts: { path: document.error.issues[0]?.path.map(String).join('.') ?? '' },
  })
}

function parsed(json: string): ExactValue {
  try {
    return parseExact(json)
  } catch (cause) {
    const why = messageOf(cause)
    throw new LannerError('ERR_POLICY_SYNTAX', `the policy can't be read: ${why}`, { exit: 1, cause })
  }
}

/** cilock folds the case of keys; a policy that relies on it is refused rather than read in part. */
function refuseVariants(value: ExactValue): void {
  refuseCaseVariants(value, KEYS.policy, 'policy')
  const document = isExactObject(value) ? value : Object.create(null)
  each(document.publickeys, 'publickeys', (key, at) => refuseCaseVariants(key, KEYS.key, at))
  each(document.roots, 'roots', (key, at) => refuseCaseVariants(key, KEYS.root, at))
  each(document.timestampauthorities, 'timestampauthorities', (key, at) =>
    refuseCaseVariants(key, KEYS.root, at),
  )
  each(document.steps, 'steps', (one, at) => {
    refuseCaseVariants(one, KEYS.step, at)
    refuseCaseVariants(member(one, 'timestampConstraint'), KEYS.time, `${at}.timestampConstraint`)
    refuseFunctionaries(one, at)
    each(member(one, 'attestations'), `${at}.attestations`, refuseRequirement)
  })
  each(document.externalAttestations, 'externalAttestations', (one, at) => {
    refuseCaseVariants(one, KEYS.external, at)
    refuseFunctionaries(one, at)
    refuseModules(one, at)
  })
}

function refuseRequirement(value: ExactValue, at: string): void {
  refuseCaseVariants(value, KEYS.requirement, at)
  refuseModules(value, at)
}

function refuseModules(value: ExactValue, at: string): void {
  each(member(value, 'regopolicies'), `${at}.regopolicies`, (module, where) =>
    refuseCaseVariants(module, KEYS.module, where),
  )
}

function refuseFunctionaries(value: ExactValue, at: string): void {
  each(member(value, 'functionaries'), `${at}.functionaries`, (one, where) => {
    refuseCaseVariants(one, KEYS.functionary, where)
    refuseCaseVariants(member(one, 'certConstraint'), KEYS.constraint, `${where}.certConstraint`)
  })
}

function member(value: ExactValue, key: string): ExactValue | undefined {
  return isExactObject(value) ? value[key] : undefined
}

function each(
  value: ExactValue | undefined,
  at: string,
  visit: (item: ExactValue, at: string) => void,
): void {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, `${at}.${index}`)
  else if (isExactObject(value)) {
    for (const [key, item] of Object.entries<ExactValue>(value as ExactObject)) {
      // Schemas leave this key out; a step of that name must not go unjudged.
      if (key === '__proto__')
        throw new LannerError('ERR_POLICY_SHAPE', `${at}: no name may be \`__proto__\``, { exit: 1 })
      visit(item, `${at}.${key}`)
    }
  }
}
