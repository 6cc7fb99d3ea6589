// Checks each envelope's signatures under a policy's trust once, however many steps ask, and however early.
// Remembers verdicts, decides nothing. Used by the judging of steps and external attestations.
import type { OpenedEnvelope } from '../envelope/opening.ts'
import { type SignatureVerdict, type TrustedKeys, verifyEnvelopeSignatures } from '../envelope/trust.ts'
import type { Payload, Work } from '../native/native.ts'

/** Signature verdicts by envelope. */
export class SignatureBook {
  private readonly trust: TrustedKeys
  private readonly work: Work
  /** By payload: an envelope is asked about before and after its statement was read. */
  private readonly known = new Map<Payload, Promise<SignatureVerdict>>()

  constructor(trust: TrustedKeys, work: Work) {
    this.trust = trust
    this.work = work
  }

  verdict(envelope: OpenedEnvelope): Promise<SignatureVerdict> {
    const known = this.known.get(envelope.payload)
    if (known !== undefined) return known
    const verdict = verifyEnvelopeSignatures(envelope, this.trust, this.work)
    this.known.set(envelope.payload, verdict)
    return verdict
  }
}
