// `lanner bundle create`: packs envelopes, from files or from Archivista with all they refer to, into one file to hand on.
// Verifies nothing. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import { writeBundle } from '../archive/bundle-writer.ts'
import { crawl } from '../archive/crawl.ts'
import { withScratch } from '../archive/scratch.ts'
import { summarise } from '../archive/summary.ts'
import { type ReadEnvelope, readEnvelope } from '../envelope/reading.ts'
import { usageError } from '../error.ts'
import { openNative } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import { parseDigest } from './archive-find.ts'
import { HEADERS_HELP, openArchivista, TOKEN_HELP } from './archivista-options.ts'
import type { LannerContext } from './context.ts'
import { parseCount, parseList } from './flag-values.ts'

/** The command class of `bundle create`. */
export class BundleCreateCommand extends Command<LannerContext> {
  static override paths = [['bundle', 'create']]

  static override usage = Command.Usage({
    category: 'Archive',
    description: 'pack envelopes into a bundle',
    details: `
      A bundle is for \`verify --bundle\` where no archive can be reached. Files are packed as they are; with \`-s\` and
      \`--archivista-url\` everything the server has about those digests, and about what it refers to, comes along.
      The bundle is not signed: only the envelopes in it are.
    `,
    examples: [
      ['From files', '$0 bundle create -o release.bundle.tar.gz build.json falco-capture.json'],
      [
        'From an archive',
        '$0 bundle create -o release.bundle.tar.gz -s SHA256 --archivista-url https://archivista.example.org',
      ],
    ],
  })

  subjects = Option.Array('-s,--subjects,--subject', {
    description: 'Digest (HEX or ALG:HEX) to fetch envelopes for; repeatable',
  })
  server = Option.String('--archivista-url,--archivista-server', {
    description: 'URL of the Archivista server',
  })
  headers = Option.Array('--archivista-headers', { description: HEADERS_HELP })
  tokenPath = Option.String('--archivista-token-path', { description: TOKEN_HELP })
  outfile: string = Option.String('-o,--outfile', { required: true, description: 'Where the bundle goes' })
  maxEnvelopes = Option.String('--max-envelopes', { description: 'Refuse to fetch more (10000)' })
  maxDepth = Option.String('--max-depth', { description: 'Rounds of following back-refs (5)' })
  files = Option.Rest({ name: 'ENVELOPE' })

  async execute(): Promise<number> {
    const subjects = parseList(this.subjects).map(parseDigest)
    this.checkUsage(subjects)
    const { server, outfile } = this
    const origin = {
      source: server === undefined ? ('file' as const) : ('archivista' as const),
      ...(server === undefined ? {} : { sourceURL: server }),
      subjects,
      createdAt: new Date(),
    }
    const entries = await withScratch(directory =>
      writeBundle(this.gather(subjects, directory), outfile, origin, directory),
    )
    const count = `${entries.length} ${entries.length === 1 ? 'envelope' : 'envelopes'}`
    await writeAll(this.context.stderr, `${count} in ${outfile}\n`)
    if (entries.length > 0) return 0
    await writeAll(this.context.stderr, 'nothing was found: the bundle is empty\n')
    return 1
  }

  private checkUsage(subjects: readonly string[]): void {
    if (this.files.length === 0 && this.server === undefined) {
      throw usageError(
        'ERR_USAGE_MISSING',
        '`bundle create` needs envelopes',
        'name files, or `-s` and `--archivista-url`',
      )
    }
    if (this.server !== undefined && subjects.length === 0) {
      throw usageError(
        'ERR_USAGE_SUBJECT',
        '`--archivista-url` needs a subject to look for',
        'pass `-s SHA256`',
      )
    }
    if (this.server === undefined && subjects.length > 0) {
      throw usageError(
        'ERR_USAGE_SUBJECT',
        '`-s` looks in an archive, and none is named',
        'pass `--archivista-url`',
      )
    }
  }

  private async *gather(subjects: readonly string[], directory: string): AsyncGenerator<ReadEnvelope> {
    const limits = {
      depth: parseCount('--max-depth', this.maxDepth, 5),
      envelopes: parseCount('--max-envelopes', this.maxEnvelopes, 10_000),
    }
    const native = await openNative()
    const open = (file: string): Promise<ReadEnvelope> =>
      readEnvelope(native, file, directory, new native.Work())
    for (const file of this.files) yield await open(file)
    if (this.server === undefined) return
    const { server, headers, tokenPath } = this
    const archive = await openArchivista({ server, headers, tokenPath, env: this.context.env })
    const found = crawl(archive, subjects, directory, limits, async file => {
      const result = await open(file)
      return { result, backRefs: summarise(result).backRefs }
    })
    for await (const { result } of found) yield result
  }
}
