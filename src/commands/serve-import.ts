// `lanner serve import`: a configuration of the server out of falcosidekick's.
// Writes a file only where `-o` names one, and never over another. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import { readBoundedFile } from '../envelope/bounded-file.ts'
import { usageError } from '../error.ts'
import { readVariables } from '../serve/import/environment-file.ts'
import { writeNewFile } from '../serve/import/new-file.ts'
import { importSidekick, SIDEKICK_NAMES } from '../serve/import/sidekick-import.ts'
import { SidekickSettings } from '../serve/import/sidekick-settings.ts'
import { messagesTo } from '../terminal/messages.ts'
import { writeAll } from '../terminal/output.ts'
import type { LannerContext } from './context.ts'

/** No configuration is as large. */
const MOST_BYTES = 4 << 20

/** The command class of `serve import`. */
export class ServeImportCommand extends Command<LannerContext> {
  static override paths = [['serve', 'import']]
  static override usage = Command.Usage({
    category: 'Server',
    description: 'make a configuration out of one of falcosidekick',
    details: `
      Takes falcosidekick's YAML file, its environment variables as a file of NAME=VALUE lines (\`--env\`, which win), or both. Every output
      that is switched on becomes an output, its \`minimumpriority\` a route. What has no counterpart or works another way is told on
      stderr and in comments on top of the result. Variables that hold secrets stay variables.

      The result goes to stdout, or with -o to a new file that only you can read.
    `,
    examples: [
      ['A file', '$0 serve import sidekick.yaml -o lanner.yaml'],
      ['What a container is given', '$0 serve import --env sidekick.env'],
    ],
  })

  output = Option.String('-o,--outfile', { description: 'Write it to this file, which must not exist' })
  env = Option.String('--env', { description: 'File of environment variables, NAME=VALUE a line' })
  file = Option.String({ name: 'sidekick.yaml', required: false })

  override async execute(): Promise<number> {
    const { text, notes } = importSidekick(this.settings())
    if (this.output === undefined) await writeAll(this.context.stdout, text)
    else writeNewFile(this.output, text)
    const messages = messagesTo(this.context.stderr, 'info')
    for (const note of notes) messages.warn(note)
    const place = this.output ?? 'the result'
    messages.info(
      `check ${place} with \`lanner serve check${this.output === undefined ? '' : ` --config ${this.output}`}\``,
    )
    return 0
  }

  private settings(): SidekickSettings {
    if (this.file === undefined && this.env === undefined) {
      throw usageError(
        'ERR_USAGE_MISSING',
        'nothing is named to import',
        'name a YAML file, or variables by --env FILE',
      )
    }
    const settings = new SidekickSettings()
    const read = (file: string): string =>
      readBoundedFile(file, { limit: MOST_BYTES, code: 'ERR_IMPORT_READ', what: 'configuration' }).toString(
        'utf8',
      )
    if (this.file !== undefined) settings.addYaml(this.file, read(this.file))
    if (this.env !== undefined) settings.addEnvironment(readVariables(read(this.env)), SIDEKICK_NAMES)
    return settings
  }
}
