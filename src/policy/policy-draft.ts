// Drafts a policy from envelopes: their steps, who signed them, which types they carry, and a gate on Falco captures to fill in.
// A proposal: it allows what it was shown, so a person must read it before signing. Used by `policy init`.
import type { KeyObject } from 'node:crypto'
import { keyId, publicKeyPem } from '../envelope/key-id.ts'
import type { RawKeyVerifier } from '../envelope/trust.ts'
import type { Evidence } from './evidence.ts'

/** An envelope with the keys given that signed it. */
export interface SignedEvidence {
  readonly evidence: Evidence
  readonly signers: readonly RawKeyVerifier[]
}

/** Attestations every collection has; requiring them restricts nothing. */
const IMPLIED = /\/(?:material|product|command-run)\/v/

/** Rego with every rule commented out: it denies nothing until someone chooses. */
const FALCO_GATE = `package falco.gate

# deny holds the reasons to refuse; the empty list below lets everything through.
deny = []

# Take one of these instead of the line above.
#
# A priority is absent, not 0, when no event has it.
# deny[msg] { n := input.summary.priorities.critical; n > 0; msg := sprintf("%d critical events", [n]) }
#
# deny[msg] { hit := input.summary.rule_hits[_]; hit.rule == "Terminal shell in container"; msg := hit.rule }
`

/** The policy as JSON, two-space indented. Keys without evidence they signed are left out. */
export function draftPolicy(signed: readonly SignedEvidence[], expires: Date): string {
  const keys = new Map(signed.flatMap(({ signers }) => signers.map(({ key }) => [keyId(key), key] as const)))
  const steps = new Map<string, { functionaries: Set<string>; types: Set<string> }>()
  for (const { evidence, signers } of signed) {
    const { collection } = evidence
    if (collection === undefined) continue
    const step = steps.get(collection.name) ?? { functionaries: new Set(), types: new Set() }
    for (const { key } of signers) step.functionaries.add(keyId(key))
    for (const { type } of collection.entries) step.types.add(type)
    steps.set(collection.name, step)
  }
  const policy = {
    expires: expires.toISOString().replace(/\.\d+Z$/, 'Z'),
    publickeys: Object.fromEntries([...keys].map(([id, key]) => [id, { keyid: id, key: encodedKey(key) }])),
    steps: Object.fromEntries([...steps].map(([name, step]) => [name, draftStep(name, step)])),
  }
  return `${JSON.stringify(policy, null, 2)}\n`
}

function draftStep(
  name: string,
  { functionaries, types }: { functionaries: ReadonlySet<string>; types: ReadonlySet<string> },
): Record<string, unknown> {
  const telling = [...types].filter(type => !IMPLIED.test(type))
  const required = telling.length > 0 ? telling : [...types]
  return {
    name,
    functionaries: [...functionaries].map(publickeyid => ({ type: 'publickey', publickeyid })),
    attestations: required.sort().map(type => ({ type, ...gateFor(type) })),
  }
}

function gateFor(type: string): Record<string, unknown> {
  if (!type.endsWith('/falco/v0.1')) return {}
  const module = Buffer.from(FALCO_GATE).toString('base64')
  return { regopolicies: [{ name: 'falco-gate', module }] }
}

function encodedKey(key: KeyObject): string {
  return Buffer.from(publicKeyPem(key)).toString('base64')
}
