// `lanner rules list FILE…`: one line a rule.
// Loaded by `cli.ts`.
import { type Description, parseDescription } from '../detect/description.ts'
import type { RuleBook } from '../native/native.ts'
import { renderTable } from '../terminal/table.ts'
import { RuleFilesCommand } from './rules-files.ts'

/** The command class of `rules list`. */
export class RulesListCommand extends RuleFilesCommand {
  static override paths = [['rules', 'list']]
  static override usage = RuleFilesCommand.Usage({
    category: 'Detection',
    description: 'list the rules in rule files',
    details:
      'Name, source, priority, whether it is enabled, and tags, in the order in which rules are tried.',
    examples: [['What would be tried', '$0 rules list k8s_audit_rules.yaml my_rules.yaml']],
  })

  protected override show(book: RuleBook, json: boolean): string {
    const rules = summaries(parseDescription(book.describeJson()))
    if (json) return `${JSON.stringify(rules, null, 2)}\n`
    const rows = rules.map(({ name, source, priority, enabled, tags }) => [
      ...[name, source, priority, enabled ? 'yes' : 'no', tags.join(',')],
    ])
    return renderTable(['Name', 'Source', 'Priority', 'Enabled', 'Tags'], rows)
  }
}

interface RuleSummary {
  readonly name: string
  readonly source: string
  readonly priority: string
  readonly enabled: boolean
  readonly tags: readonly string[]
}

function summaries({ rules }: Description): RuleSummary[] {
  return rules.map(({ info: { name, source, priority, enabled, tags } }) => ({
    ...{ name, source, priority, enabled, tags },
  }))
}
