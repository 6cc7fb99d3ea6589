// `lanner events prove`: takes one event out of a capture with the proof that it is the one that was signed.
import { readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Command, Option } from 'clipanion'
import { writeFileAtomic } from '../envelope/atomic-file.ts'
import {
  type EventProof,
  eventProofText,
  newEventProof,
  type SignedCapture,
  signedCapture,
} from '../envelope/event-proof.ts'
import { readEnvelope } from '../envelope/reading.ts'
import { LannerError } from '../error.ts'
import { type Native, openNative, type Work } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import { withProgress } from '../terminal/progress.ts'
import type { LannerContext } from './context.ts'
import { parseCount } from './flag-values.ts'

/** Larger envelopes (those with embedded events, mostly) do not go along with the proof. */
const MAX_ENCLOSED_ENVELOPE = 1 << 20

/** The command class of `events prove`. */
export class EventsProveCommand extends Command<LannerContext> {
  static override paths = [['events', 'prove']]
  static override usage = Command.Usage({
    category: 'Evidence',
    description: 'prove one event of a signed capture',
    details: `
      Reads the capture once and writes a proof: the event's line and its audit path to the signed Merkle root.
      The other events stay private. An envelope without embedded events is enclosed, so the proof stands alone.
    `,
    examples: [
      [
        'The third event',
        '$0 events prove --envelope attestation.json --events falco-events.jsonl --index 2 -o proof.json',
      ],
    ],
  })

  envelope = Option.String('-e,--envelope', {
    required: true,
    description: 'Envelope that signs the capture',
  })
  events = Option.String('--events', { required: true, description: 'The capture file' })
  index = Option.String('--index', { required: true, description: 'Number of the event, from 0' })
  outfile = Option.String('-o,--outfile', { description: 'Where the proof goes (default stdout)' })

  override async execute(): Promise<number> {
    const index = parseCount('--index', this.index, 0)
    const native = await openNative()
    const work = new native.Work()
    const proof = await withProgress('proving', work, this.context.stderr, () =>
      this.prove(native, index, work),
    )
    const text = eventProofText(proof)
    if (this.outfile === undefined) await writeAll(this.context.stdout, text)
    else await writeFileAtomic(this.outfile, [Buffer.from(text)], { mode: 0o644, existing: 'replace' })
    return 0
  }

  private async prove(native: Native, index: number, work: Work): Promise<EventProof> {
    const envelope = await readEnvelope(native, this.envelope, tmpdir(), work)
    const capture = signedCapture(envelope)
    if (index >= capture.size) {
      throw new LannerError(
        'ERR_PROOF_INDEX',
        `event ${index} does not exist: the capture has ${capture.size} events, from 0`,
        {
          exit: 2,
          facts: { file: this.events },
        },
      )
    }
    const found = await native.proveEvent(this.events, BigInt(index), work)
    assertSignedFile(this.events, found.fileSha256, found.root, capture)
    const enclosed = envelope.embeddedEvents === 0n && statSync(this.envelope).size <= MAX_ENCLOSED_ENVELOPE
    return newEventProof(
      found,
      index,
      capture.path,
      enclosed ? JSON.parse(readFileSync(this.envelope, 'utf8')) : undefined,
    )
  }
}

function assertSignedFile(file: string, sha256: string, root: string, capture: SignedCapture): void {
  if (sha256 === capture.sha256 && root === capture.root) return
  throw new LannerError(
    'ERR_PROOF_OTHER_FILE',
    `${file} is not the capture that was signed (sha256 ${sha256}, signed ${capture.sha256})`,
    {
      exit: 1,
      facts: { file, expected: capture.sha256 },
    },
  )
}
