// `lanner version`, `--version`: the version and nothing else on the first line.
import { Command } from 'clipanion'
import { packageVersion } from '../native/version.ts'
import type { LannerContext } from './context.ts'

/** The command class of `version`. */
export class VersionCommand extends Command<LannerContext> {
  static override paths = [['version'], ['--version']]
  static override usage = Command.Usage({ category: 'Information', description: 'print the version' })

  override async execute(): Promise<number> {
    this.context.stdout.write(`lanner ${packageVersion()}\n`)
    return 0
  }
}
