// `lanner run`: wraps a step, records it, signs the collection.
import { Command } from 'clipanion'
import { usageError } from '../error.ts'
import { attestStep } from './attest-step.ts'
import type { LannerContext } from './context.ts'
import { StepCommand } from './run-options.ts'

/** The command class of `run`. */
export class RunCommand extends StepCommand {
  static override paths = [['run']]
  static override usage = Command.Usage({
    category: 'Evidence',
    description: 'run a step and sign what it did',
    details: `
      Runs the command after \`--\`, records the environment, the repository, the working directory before and after,
      the command with its output, and a Falco capture when asked, and signs it all as one in-toto envelope.

      The exit code is the step's own when that is not 0 (127 not found, 128+n for a signal), else 3 when an attestor
      that was asked for failed, else 1 when \`--fail-on\` was given and an alert was as urgent, else 0. The envelope is written in each of these cases.
    `,
    examples: [
      [
        'Capture the events of a Falco daemonset',
        `$0 run --step falco-capture -k key.pem -o attestation.json -a falco,environment,git -- sh -c 'kubectl logs daemonset/falco -n falco --tail=500 | grep "\\"rule\\"" > falco-events.jsonl'`,
      ],
      [
        'Trace a build: what it ran, read, wrote and reached',
        '$0 run -s build -k key.pem -o a.json --trace -- make',
      ],
      [
        'Sign only the digest of a large capture',
        '$0 run -s capture -k key.pem -o a.json -a falco --attestor-falco-events digest -- ./capture.sh',
      ],
    ],
  })

  override async execute(): Promise<number> {
    const { step } = this.context as LannerContext
    if (step === undefined || step.length === 0) {
      throw usageError(
        'ERR_USAGE_COMMAND',
        'no command to run',
        'put it after `--`: lanner run --step NAME -k key.pem -- make; without a command use `lanner attest`',
      )
    }
    return attestStep(this, step)
  }
}
