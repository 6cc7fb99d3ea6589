// `lanner rules describe FILE…`: rules as they are tried, macros and lists put in, with everything they use.
// Loaded by `cli.ts`.
import { Option } from 'clipanion'
import { parseDescription } from '../detect/description.ts'
import { closest } from '../detect/spelling.ts'
import { usageError } from '../error.ts'
import type { RuleBook } from '../native/native.ts'
import { renderDescription } from '../terminal/rule-description.ts'
import { paintFor } from '../terminal/style.ts'
import { RuleFilesCommand } from './rules-files.ts'

/** The command class of `rules describe`. */
export class RulesDescribeCommand extends RuleFilesCommand {
  static override paths = [['rules', 'describe']]
  static override usage = RuleFilesCommand.Usage({
    category: 'Detection',
    description: 'show rules with macros and lists put in',
    details: 'JSON has the shape of `falco -L` with json_output, with --rule that of `falco -l NAME`.',
    examples: [['One rule', '$0 rules describe k8s_audit_rules.yaml --rule "Attach/Exec Pod"']],
  })

  rule = Option.String('--rule', { description: 'Only this rule' })

  protected override show(book: RuleBook, json: boolean): string {
    const whole = parseDescription(book.describeJson())
    if (this.rule !== undefined)
      assertRule(
        this.rule,
        whole.rules.map(({ info }) => info.name),
      )
    if (json) return `${book.describeJson(this.rule)}\n`
    const rules = whole.rules.filter(({ info }) => this.rule === undefined || info.name === this.rule)
    return renderDescription({ ...whole, rules }, this.rule === undefined, paintFor(this.context.stdout))
  }
}

/** Throws `ERR_USAGE_RULE` when there is no such rule. */
export function assertRule(rule: string, known: readonly string[]): void {
  if (known.includes(rule)) return
  const near = closest(rule, known)
  const hint = near === undefined ? '`lanner rules list FILE` lists the rules' : `did you mean \`${near}\`?`
  throw usageError('ERR_USAGE_RULE', `no rule \`${rule}\``, hint)
}
