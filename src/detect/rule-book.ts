// Loads rule files and settles which source they are used for. What is wrong with them is told, not thrown.
// Renders nothing. Used by every command about rules.
import { usageError } from '../error.ts'
import type { Native, RuleBook } from '../native/native.ts'
import type { Priority } from './priority.ts'
import type { RuleChoice } from './rule-choice.ts'
import { ruleFiles } from './rule-files.ts'
import type { Source } from './source.ts'
import { SOURCES } from './source.ts'

/** What is loaded, and what of it takes part. */
export interface RuleSelection {
  /** Files and directories. */
  readonly named: readonly string[]
  /** Sources that are known; all when empty. */
  readonly sources?: readonly Source[]
  readonly priority?: Priority
  readonly choices?: readonly RuleChoice[]
  /** Items added to lists, where the files define such a list. */
  readonly additions?: readonly { readonly list: string; readonly items: readonly string[] }[]
}

/** Loads the files into one namespace, in order. Throws where a file can't be read. */
export function openRuleBook(native: Native, selection: RuleSelection): Promise<RuleBook> {
  const { named, sources = [], priority = 'Debug', choices = [], additions = [] } = selection
  return native.loadRules({
    files: ruleFiles(named),
    sources: [...sources],
    priority,
    choices: choices.map(choice => ({ ...choice })),
    additions: additions.map(({ list, items }) => ({ list, items: [...items] })),
  })
}

/** The source that is named, or the only one the rules are for. Throws `ERR_USAGE_SOURCE` where that is open. */
export function sourceOf(book: Pick<RuleBook, 'sources'>, named: Source | undefined): Source {
  if (named !== undefined) return named
  const [only, ...others] = SOURCES.filter(source => book.sources.includes(source))
  if (only !== undefined && others.length === 0) return only
  const what = only === undefined ? 'no rule takes part' : `the rules are for ${[only, ...others].join(', ')}`
  throw usageError('ERR_USAGE_SOURCE', what, 'say which events are read: --source SOURCE')
}
