// `lanner completion SHELL`: a completion script made from the very definitions the commands parse with.
import { Cli, Command, Option } from 'clipanion'
import { usageError } from '../error.ts'
import { type CompletionWord, completionScript, SHELLS, type Shell } from '../terminal/completion-script.ts'
import { writeAll } from '../terminal/output.ts'
import type { LannerContext } from './context.ts'
import { COMMANDS } from './table.ts'

/** The command class of `completion`. */
export class CompletionCommand extends Command<LannerContext> {
  static override paths = [['completion']]
  static override usage = Command.Usage({
    category: 'Information',
    description: 'print a completion script for a shell',
    examples: [
      ['For the running bash', 'source <($0 completion bash)'],
      ['For fish', '$0 completion fish | source'],
    ],
  })

  shell = Option.String({ name: SHELLS.join('|'), required: true })

  override async execute(): Promise<number> {
    const shell = SHELLS.find((known): known is Shell => known === this.shell)
    if (shell === undefined) {
      throw usageError('ERR_USAGE_SHELL', `shell \`${this.shell}\` is unknown, expected ${SHELLS.join(', ')}`)
    }
    await writeAll(this.context.stdout, completionScript(shell, await commandWords()))
    return 0
  }
}

/** What can be typed after each command. */
async function commandWords(): Promise<CompletionWord[]> {
  const cli = new Cli<LannerContext>()
  for (const row of COMMANDS) cli.register(await row.load())
  return cli.definitions().map(({ path, description, options }) => ({
    path: path.split(' ').slice(1),
    description: (description ?? '').trim(),
    // A definition reads `-s,--step #0`: the names, then placeholders.
    options: options.flatMap(({ definition, description: text }) =>
      (definition.split(' ')[0] ?? '').split(',').map(name => ({ name, description: (text ?? '').trim() })),
    ),
  }))
}
