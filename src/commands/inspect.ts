// `lanner inspect ENVELOPE`: shows what an envelope says and, with a key, whether the signature holds.
import { tmpdir } from 'node:os'
import { Command, Option } from 'clipanion'
import { inspectEnvelope } from '../envelope/inspection.ts'
import { loadPublicKey } from '../envelope/keys.ts'
import { readEnvelope } from '../envelope/reading.ts'
import { openNative } from '../native/native.ts'
import { renderInspection } from '../terminal/inspection.ts'
import { writeAll } from '../terminal/output.ts'
import { withProgress } from '../terminal/progress.ts'
import { paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'
import { parseChoice } from './flag-values.ts'

/** The command class of `inspect`. */
export class InspectCommand extends Command<LannerContext> {
  static override paths = [['inspect']]
  static override usage = Command.Usage({
    category: 'Evidence',
    description: 'show what an envelope says',
    details: `
      Shows signatures, subjects, attestations and a summary of Falco captures, of envelopes of any size.
      With \`-k\` every signature is checked under that public key and the exit code is 1 when none holds.
      Nothing is checked against a policy.
    `,
    examples: [
      ['Look at an envelope and check its signature', '$0 inspect attestation.json -k key.pub.pem'],
      ['The same for programs', '$0 inspect attestation.json -k key.pub.pem --format json'],
    ],
  })

  envelope = Option.String({ name: 'ENVELOPE', required: true })
  key = Option.String('-k,--publickey', { description: 'Public key (PEM) to check the signatures with' })
  format = Option.String('--format', { description: 'text (default) or json' })

  override async execute(): Promise<number> {
    const format = parseChoice('--format', this.format, ['text', 'json'])
    const key = this.key === undefined ? undefined : loadPublicKey(this.key)
    const { stdout, stderr } = this.context
    const native = await openNative()
    const work = new native.Work()
    const inspection = await withProgress('reading', work, stderr, async () =>
      inspectEnvelope(await readEnvelope(native, this.envelope, tmpdir(), work), key, work),
    )
    const text =
      format === 'json'
        ? `${JSON.stringify(inspection, null, 2)}\n`
        : renderInspection(inspection, paintFor(stdout))
    await writeAll(stdout, text)
    return key === undefined || inspection.signatures.some(({ state }) => state === 'valid') ? 0 : 1
  }
}
