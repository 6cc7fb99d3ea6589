// `lanner events verify`: checks one event and its audit path against the signed root.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'clipanion'
import {
  assertIncluded,
  type EventProof,
  enclosedEnvelope,
  readEventProof,
  signedCapture,
} from '../envelope/event-proof.ts'
import { anySignatureHolds } from '../envelope/inspection.ts'
import { loadPublicKey } from '../envelope/keys.ts'
import { type ReadEnvelope, readEnvelope } from '../envelope/reading.ts'
import { LannerError } from '../error.ts'
import { type Native, openNative, type Work } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'
import { parseSwitch } from './flag-values.ts'

/** The command class of `events verify`. */
export class EventsVerifyCommand extends Command<LannerContext> {
  static override paths = [['events', 'verify']]
  static override usage = Command.Usage({
    category: 'Evidence',
    description: 'check the proof of one event, or a selection of alerts',
    details: `
      Recomputes the path from the event to the Merkle root and compares it with the root in the envelope: the enclosed
      one, or that of \`--envelope\`. With \`-k\` the envelope's signature must hold too; without it the signature is not
      checked, and the output says so. A signed selection of alerts, as the page of \`lanner serve\` exports it, is checked with all
      the windows it encloses, and needs \`-k\`. Exit code 1 when anything does not fit.
    `,
    examples: [['Check a proof that was handed over', '$0 events verify proof.json -k key.pub.pem']],
  })

  proof = Option.String({ name: 'PROOF', required: true })
  envelope = Option.String('-e,--envelope', {
    description: 'Envelope that signs the capture, when it is not enclosed',
  })
  key = Option.String('-k,--publickey', { description: 'Public key (PEM) the envelope must be signed with' })
  json = Option.String('--json', { tolerateBoolean: true, description: 'Print the result as JSON' })

  override async execute(): Promise<number> {
    const { isSelectionFile, verifySelection } = await import('./selection-verify.ts')
    if (isSelectionFile(this.proof)) return verifySelection(this, parseSwitch('--json', this.json))
    const proof = readEventProof(this.proof)
    const key = this.key === undefined ? undefined : loadPublicKey(this.key)
    const native = await openNative()
    const work = new native.Work()
    const envelope = await this.openEnvelope(native, proof, work)
    assertIncluded(native, proof, signedCapture(envelope))
    if (key !== undefined && !(await anySignatureHolds(envelope, key, work))) {
      throw new LannerError(
        'ERR_PROOF_SIGNATURE',
        `no signature of ${envelope.file} holds under ${this.key}`,
        { exit: 1 },
      )
    }
    await this.report(proof, key !== undefined)
    return 0
  }

  private async openEnvelope(native: Native, proof: EventProof, work: Work): Promise<ReadEnvelope> {
    if (this.envelope !== undefined) return readEnvelope(native, this.envelope, tmpdir(), work)
    const enclosed = enclosedEnvelope(proof)
    if (enclosed === undefined) {
      throw new LannerError(
        'ERR_PROOF_NO_ENVELOPE',
        'the proof encloses no envelope: there is no signed root to check against',
        {
          exit: 1,
          hint: 'pass the envelope with --envelope',
        },
      )
    }
    const directory = mkdtempSync(join(tmpdir(), 'lanner-proof-'))
    try {
      const file = join(directory, 'envelope.json')
      writeFileSync(file, enclosed, { mode: 0o600 })
      return { ...(await readEnvelope(native, file, tmpdir(), work)), file: 'the enclosed envelope' }
    } finally {
      rmSync(directory, { recursive: true })
    }
  }

  private async report(proof: EventProof, signatureChecked: boolean): Promise<void> {
    const { stdout } = this.context
    if (parseSwitch('--json', this.json)) {
      const result = {
        included: true,
        index: proof.index,
        root: proof.events_tree.root,
        signature: signatureChecked ? 'valid' : 'unchecked',
      }
      await writeAll(stdout, `${JSON.stringify(result)}\n`)
      return
    }
    const paint = paintFor(stdout)
    const signature = signatureChecked
      ? paint('good', 'signature valid')
      : paint('caution', 'signature not checked (pass -k PUB)')
    await writeAll(
      stdout,
      `${paint('good', 'included')}: event ${proof.index} of ${proof.events_tree.size} under root ${proof.events_tree.root}; ${signature}\n`,
    )
  }
}
