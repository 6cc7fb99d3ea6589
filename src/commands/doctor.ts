// `lanner doctor`: whether this machine can do what Lanner needs, each line a check with its reason.
import { Command, Option } from 'clipanion'
import { writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'
import { diagnose } from './diagnosis.ts'
import { parseSwitch } from './flag-values.ts'

const MARKS = { ok: 'good', note: 'caution', fail: 'bad' } as const

/** The command class of `doctor`. */
export class DoctorCommand extends Command<LannerContext> {
  static override paths = [['doctor']]
  static override usage = Command.Usage({
    category: 'Information',
    description: 'check this machine',
    details: 'Exit code 0 when Lanner can work here, 3 when it cannot.',
  })

  json = Option.String('--json', { tolerateBoolean: true, description: 'Print the checks as JSON' })

  override async execute(): Promise<number> {
    const checks = await diagnose()
    const paint = paintFor(this.context.stdout)
    const text = parseSwitch('--json', this.json)
      ? `${JSON.stringify({ checks }, null, 2)}\n`
      : checks
          .map(({ state, name, detail }) => `${paint(MARKS[state], state.padEnd(5))}${name}: ${detail}\n`)
          .join('')
    await writeAll(this.context.stdout, text)
    return checks.some(check => check.state === 'fail') ? 3 : 0
  }
}
