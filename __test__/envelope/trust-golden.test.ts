import test from 'ava'
import { matchesCertificateConstraint } from '../../src/envelope/certificate-constraint.ts'
import { meetsTimestampLimits } from '../../src/envelope/timestamp-constraint.ts'
import {
  type PassedSignature,
  type SignatureVerdict,
  type TrustedKeys,
  verifyEnvelopeSignatures,
} from '../../src/envelope/trust.ts'
import { parseDuration, parseInstant } from '../../src/policy/instant.ts'
import {
  fileFlag,
  flag,
  openEnvelope,
  payloadJson,
  type RecordedCase,
  recordedCases,
  type SigningPolicy,
  trustOfFlags,
  trustOfPolicy,
} from './trust-corpus.ts'
import { goldenFolder } from './workbench.ts'

/** Verdicts reached before or after anything is asked of the trust layer. */
function isDecidedHere({ name, class: recorded }: RecordedCase): boolean {
  if (['usage', 'attestation-load', 'policy-load'].includes(recorded)) return false
  // Bytes after the envelope are the reader's to refuse; limits that can't be read, the policy document's.
  if (name.endsWith('-policy-trailing-garbage')) return false
  return recorded !== 'policy-invalid' || !name.includes('-tc-') || name.includes('-rawkey-')
}

async function verify(file: string, trust: TrustedKeys): Promise<SignatureVerdict> {
  const { envelope, work } = await openEnvelope(file)
  return verifyEnvelopeSignatures(envelope, trust, work)
}

/** Whether a passed signature of the policy is by whom the `--policy-*` flags say. */
function signedAsTheFlagsSay(recorded: RecordedCase, passed: PassedSignature): boolean {
  if (passed.certificate === undefined) return true
  const list = (name: string): string[] => (flag(recorded, name) ?? '').split(',')
  const constraint = {
    commonname: flag(recorded, '--policy-commonname') ?? '',
    dnsnames: list('--policy-dns-names'),
    emails: list('--policy-emails'),
    organizations: list('--policy-organizations'),
    uris: list('--policy-uris'),
    roots: ['*'],
    extensions: {
      issuer: flag(recorded, '--policy-fulcio-oidc-issuer') ?? 'https://token.actions.githubusercontent.com',
    },
  }
  const options = { rootIds: passed.rootIds ?? [], emptyMatchesEmpty: true }
  return matchesCertificateConstraint(passed.certificate, constraint, options).ok
}

/** Whether some passed signature is by a functionary of the only step, within its time limits. */
function judge(recorded: RecordedCase, policy: SigningPolicy, passed: readonly PassedSignature[]): string {
  const warn = recorded.args.includes('warn') || Object.values(recorded.env).includes('warn')
  const [step] = Object.values(policy.steps)
  const fits = passed.filter(({ keyId, certificate, rootIds }) =>
    step?.functionaries.some(({ publickeyid, certConstraint }) => {
      const options = { rootIds: rootIds ?? [], emptyMatchesEmpty: warn }
      const meets =
        certificate !== undefined &&
        matchesCertificateConstraint(certificate, certConstraint ?? {}, options).ok
      // A constraint beside a key id binds too, unless that is only to be warned of.
      return publickeyid === keyId && (certConstraint === undefined || warn) ? true : meets
    }),
  )
  if (fits.length === 0) return 'functionary'
  const limits = step?.timestampConstraint
  if (limits == null) return 'pass'
  const read = {
    notBefore: limits.notBefore === undefined ? undefined : parseInstant(limits.notBefore),
    notAfter: limits.notAfter === undefined ? undefined : parseInstant(limits.notAfter),
    maxAge: limits.maxAge === undefined ? undefined : parseDuration(limits.maxAge),
  }
  return fits.some(({ timestamps }) => meetsTimestampLimits(read, timestamps, new Date()).ok)
    ? 'pass'
    : 'timestamp-constraint'
}

async function classOf(recorded: RecordedCase): Promise<string> {
  const policyFile = fileFlag(recorded, '-p') ?? ''
  const policyVerdict = await verify(policyFile, trustOfFlags(recorded))
  if (!policyVerdict.ok) return 'policy-signature'
  if (!policyVerdict.passed.some(passed => signedAsTheFlagsSay(recorded, passed))) return 'policy-signature'
  const policy = payloadJson((await openEnvelope(policyFile)).envelope) as SigningPolicy
  let trust: TrustedKeys
  try {
    trust = trustOfPolicy(policy)
  } catch {
    return 'policy-invalid'
  }
  const verdict = await verify(fileFlag(recorded, '-a') ?? '', trust)
  return verdict.ok ? judge(recorded, policy, verdict.passed) : 'signature'
}

/** What the record calls a verdict of this layer. Limits that no raw key can meet are filed under the policy's faults there. */
function recordedClass({ name, class: recorded }: RecordedCase): string {
  return name.includes('-tc-rawkey-') && recorded === 'policy-invalid' ? 'timestamp-constraint' : recorded
}

for (const category of ['sig', 'x509', 'polx509']) {
  test(`every recorded ${category} case is judged as recorded, as far as signatures decide`, async t => {
    const golden = goldenFolder(t)
    if (golden === undefined) return
    const cases = recordedCases(golden, [category]).filter(isDecidedHere)
    t.true(cases.length > 15)
    for (const recorded of cases) {
      const found = await classOf(recorded)
      t.is(found, recordedClass(recorded), recorded.name)
    }
  })
}
