// `lanner attestors list`: what can be attested, as a table or as JSON with cilock's keys.
import { Command, Option } from 'clipanion'
import { ATTESTORS } from '../attestors/registry.ts'
import { writeAll } from '../terminal/output.ts'
import { renderTable } from '../terminal/table.ts'
import type { LannerContext } from './context.ts'
import { parseChoice } from './flag-values.ts'

/** The command class of `attestors list`. */
export class AttestorsListCommand extends Command<LannerContext> {
  static override paths = [['attestors', 'list']]
  static override usage = Command.Usage({ category: 'Information', description: 'list the attestors' })

  format = Option.String('--format', { description: 'table (default) or json' })

  override async execute(): Promise<number> {
    const format = parseChoice('--format', this.format, ['table', 'json'])
    await writeAll(this.context.stdout, format === 'json' ? asJson() : asTable())
    return 0
  }
}

function asJson(): string {
  const rows = ATTESTORS.map(({ name, type, stage, alwaysRun, byDefault }) => ({
    name,
    predicate_type: type,
    run_type: stage,
    always_run: alwaysRun,
    default: byDefault,
  }))
  return `${JSON.stringify(rows, null, 2)}\n`
}

function asTable(): string {
  const mark = (alwaysRun: boolean, byDefault: boolean): string =>
    alwaysRun ? ' (always run)' : byDefault ? ' (default)' : ''
  const rows = ATTESTORS.map(({ name, type, stage, alwaysRun, byDefault }) => [
    name + mark(alwaysRun, byDefault),
    type,
    stage,
  ])
  return renderTable(['Name', 'Type', 'RunType'], rows)
}
