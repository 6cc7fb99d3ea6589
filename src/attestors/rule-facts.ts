// What is signed about the rules themselves: files by digest, how they were applied, and which of them could not be.
// Loads nothing. Used by `step-detection.ts`.
import { loadWarnings, parseLoadedFiles } from '../detect/load-report.ts'
import type { RuleBook } from '../native/native.ts'
import { packageVersion } from '../native/version.ts'
import type { DetectionFacts } from './detections.ts'
import type { DetectionsPlan } from './step-detection.ts'

/** Rules with these warnings were loaded without taking part. */
const LEFT_OUT = ['LOAD_UNKNOWN_FILTER', 'LOAD_UNKNOWN_SOURCE']

/** The facts about the rules of `book`, applied as `plan` says. */
export function ruleFacts(
  book: RuleBook,
  { settings, rules }: Pick<DetectionsPlan, 'settings' | 'rules'>,
): Pick<DetectionFacts, 'engine' | 'rules' | 'settings' | 'not_evaluated'> {
  const warnings = loadWarnings(book.reportJson())
  return {
    engine: { name: 'lanner', version: packageVersion(), falco_engine_version: book.engineVersion },
    rules: {
      files: parseLoadedFiles(book.filesJson()),
      loaded: book.ruleCount(settings.source),
      warnings: warnings.map(({ file, code, message }) => ({ file, code, message })),
    },
    settings: {
      source: settings.source,
      rule_matching: settings.matchAll ? 'all' : 'first',
      priority: rules.priority ?? 'Debug',
      choices: [...(rules.choices ?? [])],
      falco_compat: settings.falcoCompat,
      additions: (rules.additions ?? []).map(({ list, items }) => ({ list, items: [...items] })),
      hostname: settings.hostname,
      ...(settings.container === undefined ? {} : { container: { ...settings.container } }),
    },
    not_evaluated: warnings.flatMap(({ code, message, rule }) =>
      LEFT_OUT.includes(code) && rule !== undefined ? [{ rule, reason: message }] : [],
    ),
  }
}
