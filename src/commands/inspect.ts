// `lanner inspect ENVELOPE`: shows what an envelope says and, with a key, whether the signature holds.
import { tmpdir } from 'node:os'
import { Command, Option } from 'clipanion'
import { readTracedRun, type TracedRun } from '../attestors/traced-run.ts'
import { inspectEnvelope } from '../envelope/inspection.ts'
import { loadPublicKey } from '../envelope/keys.ts'
import { type ReadEnvelope, readEnvelope } from '../envelope/reading.ts'
import { LannerError } from '../error.ts'
import { openNative } from '../native/native.ts'
import { renderInspection } from '../terminal/inspection.ts'
import { writeAll } from '../terminal/output.ts'
import { withProgress } from '../terminal/progress.ts'
import { type Paint, paintFor } from '../terminal/style.ts'
import { renderTracedRun } from '../terminal/trace-report.ts'
import type { LannerContext } from './context.ts'
import { parseChoice, parseSwitch } from './flag-values.ts'

/** The command class of `inspect`. */
export class InspectCommand extends Command<LannerContext> {
  static override paths = [['inspect']]
  static override usage = Command.Usage({
    category: 'Evidence',
    description: 'show what an envelope says',
    details: `
      Shows signatures, subjects, attestations and a summary of Falco captures, of envelopes of any size.
      With \`-k\` every signature is checked under that public key and the exit code is 1 when none holds.
      Nothing is checked against a policy. \`--trace\` goes on with what the traced command ran, read, wrote and connected to.
    `,
    examples: [
      ['Look at an envelope and check its signature', '$0 inspect attestation.json -k key.pub.pem'],
      ['What the traced step did', '$0 inspect attestation.json --trace'],
      ['The same for programs', '$0 inspect attestation.json -k key.pub.pem --format json'],
    ],
  })

  envelope = Option.String({ name: 'ENVELOPE', required: true })
  key = Option.String('-k,--publickey', { description: 'Public key (PEM) to check the signatures with' })
  format = Option.String('--format', { description: 'text (default) or json' })
  trace = Option.String('--trace', {
    tolerateBoolean: true,
    description: 'Show what the traced command did, too',
  })

  override async execute(): Promise<number> {
    const format = parseChoice('--format', this.format, ['text', 'json'])
    const key = this.key === undefined ? undefined : loadPublicKey(this.key)
    const { stdout, stderr } = this.context
    const native = await openNative()
    const work = new native.Work()
    const traced = parseSwitch('--trace', this.trace)
    const { inspection, runs } = await withProgress('reading', work, stderr, async () => {
      const envelope = await readEnvelope(native, this.envelope, tmpdir(), work)
      return {
        inspection: await inspectEnvelope(envelope, key, work),
        runs: traced ? tracedRuns(envelope) : [],
      }
    })
    const text =
      format === 'json'
        ? `${JSON.stringify(traced ? { ...inspection, traced: runs } : inspection, null, 2)}\n`
        : renderInspection(inspection, paintFor(stdout)) + renderRuns(runs, paintFor(stdout))
    await writeAll(stdout, text)
    return key === undefined || inspection.signatures.some(({ state }) => state === 'valid') ? 0 : 1
  }
}

/** The traced commands of a collection; more than one only where somebody joined several. */
function tracedRuns(envelope: ReadEnvelope): TracedRun[] {
  const entries = envelope.statement?.collection?.attestations ?? []
  const runs = entries
    .filter(({ type }) => type.includes('/command-run/'))
    .flatMap(({ attestation }) => readTracedRun(attestation) ?? [])
  if (runs.length > 0) return runs
  throw new LannerError('ERR_INSPECT_NOT_TRACED', `${envelope.file}: no traced command in it`, {
    facts: { file: envelope.file },
    hint: 'a step is traced by `lanner run --trace`',
  })
}

function renderRuns(runs: readonly TracedRun[], paint: Paint): string {
  return runs.map(run => `\n${paint('strong', 'trace')}\n${renderTracedRun(run, paint)}`).join('')
}
