// The verification summary (SLSA VSA): which policy was applied to which attestations, and what came of it.
// Signs nothing; the command does. Written after every verification that was asked for one, also a failed one.
import { createHash } from 'node:crypto'
import type { OpenedEnvelope } from '../envelope/opening.ts'
import { STATEMENT_TYPE } from '../envelope/statement.ts'
import type { Payload } from '../native/native.ts'
import type { Evidence } from './evidence.ts'
import type { Verdict } from './verdict.ts'
import { passedOf } from './walk.ts'

const PREDICATE_TYPE = 'https://slsa.dev/verification_summary/v1'
const POLICY_URI = 'https://aflock.ai/policy/v0.1'
const VERIFIER = 'lanner'
const CHUNK = 1 << 20

/** What the summary is of; parts that were never reached are absent. */
export interface VsaInput {
  readonly policy: OpenedEnvelope | undefined
  readonly evidence: readonly Evidence[]
  readonly verdict: Verdict | undefined
  readonly time: Date
}

/** The statement. Digests are those of the signed payloads, as cilock's are; subjects are the attestations that passed. */
export function vsaStatement({ policy, evidence, verdict, time }: VsaInput): Record<string, unknown> {
  const known = new Map<Evidence, Record<string, string>>()
  const digestOf = (each: Evidence): Record<string, string> => {
    const digest = known.get(each) ?? payloadDigests(each.envelope.payload)
    known.set(each, digest)
    return digest
  }
  const candidates = [...(verdict?.steps ?? []), ...(verdict?.externals ?? [])].flatMap(
    each => each.candidates,
  )
  const passed = new Set(passedOf(candidates).map(each => each.evidence))
  return {
    _type: STATEMENT_TYPE,
    subject: [...passed].map(each => ({ name: each.reference, digest: digestOf(each) })),
    predicateType: PREDICATE_TYPE,
    predicate: {
      verifier: { id: VERIFIER },
      timeVerified: time.toISOString(),
      policy: { uri: POLICY_URI, digest: policy === undefined ? {} : payloadDigests(policy.payload) },
      inputAttestations: evidence.map(each => ({ uri: each.reference, digest: digestOf(each) })),
      verificationResult: verdict?.passed === true ? 'PASSED' : 'FAILED',
    },
  }
}

/** SHA-256, and the git object ids over the same bytes, read once. */
function payloadDigests(payload: Payload): Record<string, string> {
  const header = `blob ${payload.size}\0`
  const sha256 = createHash('sha256')
  const gitSha1 = createHash('sha1').update(header)
  const gitSha256 = createHash('sha256').update(header)
  for (let offset = 0n; offset < payload.size; offset += BigInt(CHUNK)) {
    const chunk = payload.read(offset, CHUNK)
    for (const digest of [sha256, gitSha1, gitSha256]) digest.update(chunk)
  }
  return {
    'gitoid:sha1': `gitoid:blob:sha1:${gitSha1.digest('hex')}`,
    'gitoid:sha256': `gitoid:blob:sha256:${gitSha256.digest('hex')}`,
    sha256: sha256.digest('hex'),
  }
}
