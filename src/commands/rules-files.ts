// The flags of the commands that show what rule files hold, and the loading they share.
// Applies no rule. Used by `rules list` and `rules describe`.
import { Command, Option } from 'clipanion'
import { openRuleBook } from '../detect/rule-book.ts'
import { openNative, type RuleBook } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import type { LannerContext } from './context.ts'
import { parseChoice } from './flag-values.ts'

/** Files as words, text or JSON. */
export abstract class RuleFilesCommand extends Command<LannerContext> {
  format: string | undefined = Option.String('--format', { description: 'text (default) or json' })
  files: string[] = Option.Rest({ name: 'file', required: 1 })

  override async execute(): Promise<number> {
    const json = parseChoice('--format', this.format, ['text', 'json']) === 'json'
    const book = await openRuleBook(await openNative(), { named: this.files })
    if (!book.successful) {
      await writeAll(this.context.stderr, book.reportText())
      return 2
    }
    await writeAll(this.context.stdout, this.show(book, json))
    return 0
  }

  /** What is printed of files that loaded. */
  protected abstract show(book: RuleBook, json: boolean): string
}
