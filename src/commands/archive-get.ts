// `lanner archive get GITOID`: fetches an envelope; only bytes that have this gitoid are let through.
// Judges no signature. Loaded by `cli.ts`.
import { createReadStream } from 'node:fs'
import { Command, Option } from 'clipanion'
import { parseGitoid } from '../archive/gitoid.ts'
import { withScratch } from '../archive/scratch.ts'
import { writeFileAtomic } from '../envelope/atomic-file.ts'
import { writeAll } from '../terminal/output.ts'
import { ArchivistaCommand } from './archivista-options.ts'

/** The command class of `archive get`. */
export class ArchiveGetCommand extends ArchivistaCommand {
  static override paths = [['archive', 'get']]

  static override usage = Command.Usage({
    category: 'Archive',
    description: 'fetch an envelope from Archivista',
    details: `
      The gitoid of what comes back is computed anew; other bytes are refused with exit code 1 and nothing is written. The
      signature is not looked at: \`lanner verify\` and \`lanner inspect -k\` do that.
    `,
    examples: [
      [
        'Fetch an envelope',
        '$0 archive get GITOID -o attestation.json --archivista-server https://archivista.example.org',
      ],
    ],
  })

  outfile = Option.String('-o,--outfile', { description: 'Where the envelope goes (default stdout)' })
  gitoid = Option.String({ name: 'GITOID', required: true })

  async execute(): Promise<number> {
    const gitoid = parseGitoid(this.gitoid)
    const archive = await this.openArchive()
    await withScratch(async directory => {
      const bytes = createReadStream(await archive.download(gitoid, directory))
      if (this.outfile !== undefined) {
        return writeFileAtomic(this.outfile, bytes, { mode: 0o644, existing: 'replace' })
      }
      for await (const chunk of bytes) if (!(await writeAll(this.context.stdout, chunk))) break
    })
    return 0
  }
}
