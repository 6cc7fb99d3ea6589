// `lanner archive put FILE…`: stores envelopes in Archivista, also those whose upload failed before.
// Sends nothing that is no envelope. Loaded by `cli.ts`.
import type { Writable } from 'node:stream'
import { Command, Option } from 'clipanion'
import type { Archivista } from '../archive/archivista.ts'
import { withScratch } from '../archive/scratch.ts'
import { toLannerError } from '../native/failure.ts'
import { type Native, openNative } from '../native/native.ts'
import { renderFailure } from '../terminal/failure.ts'
import { writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'
import { ArchivistaCommand } from './archivista-options.ts'
import { parseChoice } from './flag-values.ts'

/** One file's outcome, as `--format json` prints it. */
type Put =
  | { readonly path: string; readonly gitoid: string; readonly known: boolean }
  | { readonly path: string; readonly error: string }

/** The command class of `archive put`. */
export class ArchivePutCommand extends ArchivistaCommand {
  static override paths = [['archive', 'put']]

  static override usage = Command.Usage({
    category: 'Archive',
    description: 'store envelopes in Archivista',
    details: `
      An envelope that the server has already counts as stored, so a failed upload is repeated by the same words. A file that
      can't be stored is reported on stderr, the others still are, and the exit code is 3.
    `,
    examples: [
      [
        'Store an envelope',
        '$0 archive put attestation.json --archivista-server https://archivista.example.org',
      ],
    ],
  })

  format = Option.String('--format', { description: 'text (gitoid and path, default) or json' })
  files = Option.Rest({ name: 'FILE', required: 1 })

  async execute(): Promise<number> {
    const format = parseChoice('--format', this.format, ['text', 'json'])
    const { stdout, stderr } = this.context
    const archive = await this.openArchive()
    const native = await openNative()
    const outcomes: Put[] = []
    for (const path of this.files) {
      const outcome = await put(native, archive, path, stderr)
      outcomes.push(outcome)
      if (format === 'text' && 'gitoid' in outcome) await writeAll(stdout, `${outcome.gitoid}  ${path}\n`)
    }
    if (format === 'json') await writeAll(stdout, `${JSON.stringify(outcomes, undefined, 2)}\n`)
    return outcomes.some(outcome => 'error' in outcome) ? 3 : 0
  }
}

async function put(native: Native, archive: Archivista, path: string, stderr: Writable): Promise<Put> {
  try {
    // The server stores whatever it is sent: a key named by mistake must not leave this machine.
    await withScratch(spool => native.openEnvelope(path, spool, new native.Work()))
    return { path, ...(await archive.upload(path)) }
  } catch (thrown) {
    const failure = toLannerError(thrown)
    if (failure.exit === 70) throw thrown
    await writeAll(stderr, renderFailure(failure, paintFor(stderr), path))
    return { path, error: `${failure.code}: ${failure.message}` }
  }
}
