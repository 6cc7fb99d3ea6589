// The rules that judge events of one source, as the configuration chooses them; and what they are, to be told.
// Judges nothing. Used by `event-judge.ts` and by `lanner serve check`.
import { parseDescription } from '../../detect/description.ts'
import type { Priority } from '../../detect/priority.ts'
import { openRuleBook } from '../../detect/rule-book.ts'
import type { RuleChoice } from '../../detect/rule-choice.ts'
import { LannerError, messageOf } from '../../error.ts'
import type { Native, RuleBook } from '../../native/native.ts'
import { shippedFile } from '../../native/version.ts'
import { JUDGED_SOURCES, type JudgedSource, type RulesConfig } from '../config/config.ts'

/** Loads the rules of one source. Throws `ERR_USAGE_RULES` naming what is wrong with them. */
export async function openJudgingRules(
  native: Native,
  source: JudgedSource,
  rules: RulesConfig,
): Promise<RuleBook> {
  const book = await openRuleBook(native, {
    named: rules.files[source],
    sources: [source],
    priority: rules.priority,
    choices: choicesOf(rules),
  })
  if (book.successful) return book
  throw new LannerError(
    'ERR_USAGE_RULES',
    `rules for ${source} don't load:\n${book.reportText().trimEnd()}`,
    {
      exit: 2,
      facts: { source },
    },
  )
}

/** What is switched off first, then what is switched on. */
function choicesOf({ disable, enable }: RulesConfig): RuleChoice[] {
  const choice =
    (on: boolean) =>
    (text: string): RuleChoice =>
      text.startsWith('tag:')
        ? { enable: on, by: 'tag', pattern: text.slice(4) }
        : { enable: on, by: 'rule', pattern: text }
  return [...disable.map(choice(false)), ...enable.map(choice(true))]
}

/** Rules of one source. */
export interface DescribedRules {
  readonly source: JudgedSource
  /** Files and folders as they are configured. */
  readonly files: readonly string[]
  /** Whether nothing was configured, and these come with the program. */
  readonly shipped: boolean
  /** The least urgent that are looked at. */
  readonly priority: Priority
  /** In those files for this source and of that priority, and how many of them take part. */
  readonly rules: number
  readonly judging: number
}

/** Rules that the server would not start with. */
export interface BrokenRules {
  readonly source: JudgedSource
  readonly why: string
}

/** What judges each source that has rules; and which of them don't load. */
export async function describeRules(
  native: Native,
  rules: RulesConfig,
): Promise<{ readonly described: readonly DescribedRules[]; readonly broken: readonly BrokenRules[] }> {
  const described: DescribedRules[] = []
  const broken: BrokenRules[] = []
  for (const source of JUDGED_SOURCES.filter(name => rules.files[name].length > 0)) {
    try {
      const book = await openJudgingRules(native, source, rules)
      const all = parseDescription(book.describeJson()).rules.filter(({ info }) => info.source === source)
      const files = rules.files[source]
      const { priority } = rules
      const shipped = files.every(file => file === shippedFile(`rules/${source}.yaml`))
      described.push({ source, files, shipped, priority, rules: all.length, judging: book.ruleCount(source) })
    } catch (thrown) {
      broken.push({ source, why: messageOf(thrown) })
    }
  }
  return { described, broken }
}
