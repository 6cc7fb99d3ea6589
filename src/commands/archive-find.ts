// `lanner archive find`: lists the envelopes that speak of an artifact, or are of a step or type.
// What it lists is unproven. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import { findEnvelopes, type Match } from '../archive/find.ts'
import { withScratch } from '../archive/scratch.ts'
import { readEnvelope } from '../envelope/reading.ts'
import { usageError } from '../error.ts'
import { openNative } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import { ArchivistaCommand } from './archivista-options.ts'
import { parseChoice, parseCount, parseList } from './flag-values.ts'

/** The command class of `archive find`. */
export class ArchiveFindCommand extends ArchivistaCommand {
  static override paths = [['archive', 'find']]

  static override usage = Command.Usage({
    category: 'Archive',
    description: 'list envelopes in Archivista',
    details: `
      With several of \`--subject\`, \`--step\` and \`--type\` an envelope must fit each of them. Archivista knows steps and
      types only of old witness collections; others are fetched and looked into, so name a subject where you can. Nothing
      listed is verified. \`--format\`: \`text\` (gitoid and step), \`lines\` (gitoids alone), \`json\`. The exit code is 1
      when nothing fits.
    `,
    examples: [
      [
        'What speaks of a file',
        '$0 archive find --subject "$(sha256sum app.bin | cut -d" " -f1)" --archivista-server https://archivista.example.org',
      ],
    ],
  })

  subjects = Option.Array('-s,--subject,--subjects', {
    description: 'Digest (HEX or ALG:HEX) the envelope must speak of; several mean any of them',
  })
  step = Option.String('--step', { description: 'Step of the collection' })
  types = Option.Array('--type', { description: 'Attestation type (URI); several mean any of them' })
  maxEnvelopes = Option.String('--max-envelopes', { description: 'Refuse to look at more (10000)' })
  format = Option.String('--format', { description: 'text (default), lines or json' })

  async execute(): Promise<number> {
    const format = parseChoice('--format', this.format, ['text', 'lines', 'json'])
    const limit = parseCount('--max-envelopes', this.maxEnvelopes, 10_000)
    const query = {
      subjects: parseList(this.subjects).map(parseDigest),
      step: this.step,
      types: parseList(this.types),
    }
    if (query.subjects.length + query.types.length === 0 && query.step === undefined) {
      throw usageError('ERR_USAGE_MISSING', '`archive find` needs `--subject`, `--step` or `--type`')
    }
    const archive = await this.openArchive()
    const native = await openNative()
    const matches = await withScratch(directory =>
      findEnvelopes(archive, query, limit, directory, file =>
        readEnvelope(native, file, directory, new native.Work()),
      ),
    )
    await writeAll(this.context.stdout, render(matches, format))
    return matches.length > 0 ? 0 : 1
  }
}

/** `ALG:HEX` or `HEX`; the index compares values only. */
export function parseDigest(value: string): string {
  const digest = value.slice(value.lastIndexOf(':') + 1)
  if (/^(?:[0-9a-fA-F]{2})+$/.test(digest)) return digest.toLowerCase()
  throw usageError('ERR_USAGE_SUBJECT', `subject \`${value}\` is no digest in hex`)
}

function render(matches: readonly Match[], format: 'text' | 'lines' | 'json'): string {
  if (format === 'json') return `${JSON.stringify(matches, undefined, 2)}\n`
  return matches
    .map(({ gitoid, step, predicateType }) =>
      format === 'lines' ? `${gitoid}\n` : `${gitoid}  ${printable(step ?? predicateType)}\n`,
    )
    .join('')
}

/** The words are the server's or a stranger's. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?')
}
