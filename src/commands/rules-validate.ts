// `lanner rules validate FILE…`: what is wrong with rule files, in Falco's words or its JSON object.
// Loads them as `detect` would and applies none. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import { openRuleBook } from '../detect/rule-book.ts'
import { parseSource } from '../detect/source.ts'
import { openNative } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import type { LannerContext } from './context.ts'
import { parseChoice } from './flag-values.ts'

/** The command class of `rules validate`. */
export class RulesValidateCommand extends Command<LannerContext> {
  static override paths = [['rules', 'validate']]
  static override usage = Command.Usage({
    category: 'Detection',
    description: 'check rule files',
    details: `
      The files are loaded in order into one namespace, as \`detect\` does. Every error and warning has Falco's code, the file with line and
      column, and the place in the text. Exit code 1 when there is an error; warnings alone leave it 0.

      --format json prints the object that \`falco -V\` prints.
    `,
    examples: [
      ['Your rules on top of the shipped ones', '$0 rules validate k8s_audit_rules.yaml my_rules.yaml'],
      ['For a program', '$0 rules validate --format json rules.d | jq .falco_load_results'],
    ],
  })

  source = Option.Array('--source', {
    description: 'Know only this source, besides syscall; repeatable (default: all)',
  })
  format = Option.String('--format', { description: 'text (default) or json' })
  files = Option.Rest({ name: 'file', required: 1 })

  override async execute(): Promise<number> {
    const json = parseChoice('--format', this.format, ['text', 'json']) === 'json'
    const sources = this.source?.map(text => parseSource('--source', text)) ?? []
    const book = await openRuleBook(await openNative(), { named: this.files, sources })
    await writeAll(this.context.stdout, json ? `${book.reportJson()}\n` : book.reportText())
    return book.successful ? 0 : 1
  }
}
