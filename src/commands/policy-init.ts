// `lanner policy init ENVELOPE…`: drafts a policy from evidence, to be read, changed and signed by a person.
// Only keys that were given and have signed get into it. Loaded by `cli.ts`.
import { tmpdir } from 'node:os'
import { Command, Option } from 'clipanion'
import { writeFileAtomic } from '../envelope/atomic-file.ts'
import { anySignatureHolds } from '../envelope/inspection.ts'
import { loadPublicKey } from '../envelope/keys.ts'
import { keyVerifier, type RawKeyVerifier } from '../envelope/trust.ts'
import { LannerError, usageError } from '../error.ts'
import { type Native, openNative, type Work } from '../native/native.ts'
import { readEvidence } from '../policy/evidence.ts'
import { parseInstant } from '../policy/instant.ts'
import { draftPolicy, type SignedEvidence } from '../policy/policy-draft.ts'
import { writeAll } from '../terminal/output.ts'
import type { LannerContext } from './context.ts'
import { parseList, parseSwitch } from './flag-values.ts'

const YEAR = 365 * 24 * 3600 * 1000

/** The command class of `policy init`. */
export class PolicyInitCommand extends Command<LannerContext> {
  static override paths = [['policy', 'init']]

  static override usage = Command.Usage({
    category: 'Policy',
    description: 'draft a policy from envelopes',
    details: `
      Writes steps, functionaries and required types of the envelopes given, and a gate on Falco captures that is commented out.
      Every envelope must be signed by one of the keys given with \`-k\`.
    `,
    examples: [['Draft, then sign', '$0 policy init attestation.json -k key.pub.pem -o policy.json']],
  })

  envelopes = Option.Rest({ name: 'ENVELOPE', required: 1 })
  publicKeys = Option.Array('-k,--publickey', {
    description: 'Public key (PEM) of a functionary; repeat or separate by commas',
  })
  outfile = Option.String('-o,--output', { description: 'Where the policy goes (default stdout)' })
  expires = Option.String('--expires', {
    description: 'RFC 3339 time the policy ends at (default in a year)',
  })

  force = Option.String('--force', { tolerateBoolean: true, description: 'Replace the file if it is there' })

  override async execute(): Promise<number> {
    const keys = parseList(this.publicKeys).map(file => keyVerifier(loadPublicKey(file)))
    if (keys.length === 0)
      throw usageError('ERR_USAGE_KEY', 'no key of a functionary was given', 'pass `-k key.pub.pem`')
    const expires = expiry(this.expires)
    const native = await openNative()
    const work = new native.Work()
    const signed: SignedEvidence[] = []
    for (const file of this.envelopes) signed.push(await signedEvidence(native, file, keys, work))
    const draft = draftPolicy(signed, expires)
    if (this.outfile === undefined || this.outfile === '-') await writeAll(this.context.stdout, draft)
    else {
      const existing = parseSwitch('--force', this.force) ? 'replace' : 'refuse'
      await writeFileAtomic(this.outfile, [Buffer.from(draft)], { mode: 0o644, existing })
    }
    await writeAll(
      this.context.stderr,
      'note: this allows what these envelopes show; read it, choose a gate, then sign it\n',
    )
    return 0
  }
}

function expiry(text: string | undefined): Date {
  if (text === undefined) return new Date(Date.now() + YEAR)
  const nanos = parseInstant(text)
  if (nanos === undefined)
    throw usageError('ERR_USAGE_FLAG_VALUE', `\`--expires\` is \`${text}\`, expected an RFC 3339 time`)
  return new Date(Number(nanos / 1_000_000n))
}

async function signedEvidence(
  native: Native,
  file: string,
  keys: readonly RawKeyVerifier[],
  work: Work,
): Promise<SignedEvidence> {
  const evidence = await readEvidence(native, file, file, tmpdir(), work)
  if (evidence.collection === undefined) {
    throw new LannerError('ERR_EVIDENCE_SHAPE', `\`${file}\` holds no attestation collection`, {
      exit: 1,
      facts: { file },
    })
  }
  const signers: RawKeyVerifier[] = []
  for (const verifier of keys) {
    if (await anySignatureHolds(evidence.envelope, verifier.key, work)) signers.push(verifier)
  }
  if (signers.length > 0) return { evidence, signers }
  throw new LannerError('ERR_SIGNATURE_UNTRUSTED', `\`${file}\` is signed by none of the keys given`, {
    exit: 1,
    facts: { file },
    hint: '`lanner inspect` shows who claims to have signed it',
  })
}
