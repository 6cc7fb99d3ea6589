// `lanner attest`: the same record as `run` around a step that does nothing.
import { Command } from 'clipanion'
import { usageError } from '../error.ts'
import { attestStep } from './attest-step.ts'
import type { LannerContext } from './context.ts'
import { StepCommand } from './run-options.ts'

/** The command class of `attest`. */
export class AttestCommand extends StepCommand {
  static override paths = [['attest']]
  static override usage = Command.Usage({
    category: 'Evidence',
    description: 'record and sign the present state without running a command',
    details: 'Does what `run` does around the command `true`, which is recorded as such.',
    examples: [
      [
        'Sign a capture that was made before',
        '$0 attest -s capture -k key.pem -o a.json -a falco --attestor-falco-file falco-events.jsonl',
      ],
    ],
  })

  override async execute(): Promise<number> {
    const { step } = this.context as LannerContext
    if (step !== undefined)
      throw usageError('ERR_USAGE_COMMAND', '`attest` takes no command', 'use `lanner run … -- COMMAND`')
    return attestStep(this, ['true'])
  }
}
