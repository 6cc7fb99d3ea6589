// `lanner rules coverage`: which rules a log leaves blind, because it lacks what they read.
// The addon looks; this prints. Loaded by `cli.ts`.
import { Option } from 'clipanion'
import { parseCoverage } from '../detect/coverage.ts'
import { sourceOf } from '../detect/rule-book.ts'
import { openNative } from '../native/native.ts'
import { renderCoverage } from '../terminal/coverage.ts'
import { writeAll } from '../terminal/output.ts'
import { withProgress } from '../terminal/progress.ts'
import { paintFor } from '../terminal/style.ts'
import { parseChoice } from './flag-values.ts'
import { RulesCommand } from './rules-options.ts'

/** The command class of `rules coverage`. */
export class RulesCoverageCommand extends RulesCommand {
  static override paths = [['rules', 'coverage']]
  static override usage = RulesCommand.Usage({
    category: 'Detection',
    description: 'find rules that a log leaves blind',
    details: `
      Reads a log and lists the rules that can't match on it because it lacks what they read: an audit policy of level Metadata leaves out
      request objects, CloudTrail leaves out parameters of some calls. Copies of an event (same auditID and stage) are counted.
    `,
    examples: [
      ['Before trusting silence', '$0 rules coverage -r k8s_audit_rules.yaml --source k8s_audit audit.log'],
    ],
  })

  format = Option.String('--format', { description: 'text (default) or json' })
  inputs = Option.Rest({ name: 'log', required: 1 })

  override async execute(): Promise<number> {
    const json = parseChoice('--format', this.format, ['text', 'json']) === 'json'
    const options = this.engineOptions()
    const named = this.namedSource()
    const native = await openNative()
    const book = await this.openRules(native, options)
    if (book === undefined) return 2
    const settings = this.settings(sourceOf(book, named), options)
    const work = new native.Work()
    const { stdout, stderr } = this.context
    const answer = await withProgress('reading', work, stderr, () =>
      book.coverage(settings, this.inputs, work),
    )
    await writeAll(stdout, json ? `${answer}\n` : renderCoverage(parseCoverage(answer), paintFor(stdout)))
    return 0
  }
}
