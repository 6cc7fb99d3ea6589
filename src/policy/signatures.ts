// Checks each envelope's signatures under a policy's trust once, however many steps ask.
// Remembers verdicts, decides nothing. Used by the judging of steps and external attestations.
import { type SignatureVerdict, type TrustedKeys, verifyEnvelopeSignatures } from '../envelope/trust.ts'
import type { Work } from '../native/native.ts'
import type { Evidence } from './evidence.ts'

/** Signature verdicts by envelope. */
export class SignatureBook {
  private readonly trust: TrustedKeys
  private readonly work: Work
  private readonly known = new Map<Evidence, Promise<SignatureVerdict>>()

  constructor(trust: TrustedKeys, work: Work) {
    this.trust = trust
    this.work = work
  }

  verdict(evidence: Evidence): Promise<SignatureVerdict> {
    const known = this.known.get(evidence)
    if (known !== undefined) return known
    const verdict = verifyEnvelopeSignatures(evidence.envelope, this.trust, this.work)
    this.known.set(evidence, verdict)
    return verdict
  }
}
