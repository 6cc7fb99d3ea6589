// `lanner bundle inspect BUNDLE`: shows what a bundle holds, after checking it against its own list.
// Judges no signature. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import type { BundleManifest } from '../archive/bundle-format.ts'
import { type BundledEnvelope, loadBundle } from '../archive/bundle-reader.ts'
import { withScratch } from '../archive/scratch.ts'
import { type EnvelopeSummary, summarise } from '../archive/summary.ts'
import { readEnvelope } from '../envelope/reading.ts'
import { openNative } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import { type Paint, paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'
import { parseSwitch } from './flag-values.ts'

/** The command class of `bundle inspect`. */
export class BundleInspectCommand extends Command<LannerContext> {
  static override paths = [['bundle', 'inspect']]

  static override usage = Command.Usage({
    category: 'Archive',
    description: 'show what a bundle holds',
    details: `
      Damage, and envelopes that the bundle's own list does not name, end with exit code 1. No signature is checked:
      \`lanner verify --bundle\` does that.
    `,
    examples: [['Look into a bundle', '$0 bundle inspect release.bundle.tar.gz']],
  })

  json = Option.String('--json', { tolerateBoolean: true, description: 'Print it as JSON' })
  bundle = Option.String({ name: 'BUNDLE', required: true })

  async execute(): Promise<number> {
    const json = parseSwitch('--json', this.json)
    const native = await openNative()
    const { stdout } = this.context
    const text = await withScratch(async directory => {
      const { manifest, envelopes } = await loadBundle(this.bundle, directory)
      const shown: Shown[] = []
      for (const bundled of envelopes) {
        const envelope = await readEnvelope(native, bundled.file, directory, new native.Work())
        shown.push(
          show(
            bundled,
            envelope.payloadType,
            envelope.signatures.map(({ keyid }) => keyid),
            summarise(envelope),
          ),
        )
      }
      return json
        ? `${JSON.stringify({ ...manifest, envelopes: shown }, undefined, 2)}\n`
        : render(manifest, shown, paintFor(stdout))
    })
    await writeAll(stdout, text)
    return 0
  }
}

/** One envelope, as `--json` prints it. */
interface Shown {
  readonly sha256: string
  readonly payloadType: string
  readonly signerKeyIDs: readonly string[]
  readonly predicateType?: string
  readonly step?: string
  readonly types: readonly string[]
  readonly subjects: number
}

function show(
  { sha256 }: BundledEnvelope,
  payloadType: string,
  signerKeyIDs: readonly string[],
  { predicateType, step, types, subjects }: EnvelopeSummary,
): Shown {
  return {
    sha256,
    payloadType,
    signerKeyIDs,
    ...(predicateType === undefined ? {} : { predicateType }),
    ...(step === undefined ? {} : { step }),
    types,
    subjects: subjects.length,
  }
}

function render(manifest: BundleManifest, envelopes: readonly Shown[], paint: Paint): string {
  const head: [string, string][] = [
    ['created', manifest.createdAt ?? 'unknown'],
    ['source', [manifest.source, manifest.sourceURL].filter(Boolean).join(' ') || 'unknown'],
    ['holds', `${envelopes.length} ${envelopes.length === 1 ? 'envelope' : 'envelopes'}`],
  ]
  const lines = head.map(([label, text]) => `${paint('strong', `${label}:`.padEnd(9))}${printable(text)}`)
  for (const { step, predicateType, payloadType, signerKeyIDs, types } of envelopes) {
    lines.push(`  ${paint('name', printable(step ?? predicateType ?? payloadType))}`)
    for (const keyid of signerKeyIDs) lines.push(`    signed by ${printable(keyid)}`)
    for (const type of types) lines.push(`    ${paint('faint', printable(type))}`)
  }
  return `${lines.join('\n')}\n`
}

/** Nothing in a bundle is trusted, least of all with a terminal's cursor. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?')
}
