// What is signed about the rules themselves: files by digest, how they were applied, and which of them could not be.
// Loads nothing. Used by `step-detection.ts` and, to compare, by `verify --replay`.
import * as z from 'zod'
import type { RuleBook } from '../native/native.ts'
import type { DetectionFacts } from './detections.ts'
import type { DetectionsPlan } from './step-detection.ts'

const files = z.array(z.object({ path: z.string(), sha256: z.string(), size: z.int().nonnegative() }))

const message = z.object({
  code: z.string(),
  message: z.string(),
  context: z.object({
    locations: z.array(z.object({ item_type: z.string(), item_name: z.string() })),
  }),
})

const report = z.object({
  falco_load_results: z.array(z.object({ name: z.string(), warnings: z.array(message) })),
})

/** Rules with these warnings were loaded without taking part. */
const LEFT_OUT = ['LOAD_UNKNOWN_FILTER', 'LOAD_UNKNOWN_SOURCE']

/** The facts about the rules of `book`, applied as `plan` says. */
export function ruleFacts(
  book: RuleBook,
  { settings, rules }: Pick<DetectionsPlan, 'settings' | 'rules'>,
): Pick<DetectionFacts, 'rules' | 'settings' | 'not_evaluated'> {
  const { falco_load_results: results } = report.parse(JSON.parse(book.reportJson()))
  const warnings = results.flatMap(({ name, warnings: said }) =>
    said.map(({ code, message: text, context }) => ({
      file: name,
      code,
      message: text,
      item: ruleIn(context),
    })),
  )
  return {
    rules: {
      files: files.parse(JSON.parse(book.filesJson())),
      loaded: book.ruleCount(settings.source),
      warnings: warnings.map(({ file, code, message: text }) => ({ file, code, message: text })),
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
    not_evaluated: warnings.flatMap(({ code, message: text, item }) =>
      LEFT_OUT.includes(code) && item !== undefined ? [{ rule: item, reason: text }] : [],
    ),
  }
}

function ruleIn({ locations }: z.infer<typeof message>['context']): string | undefined {
  return locations.find(({ item_type }) => item_type === 'rule')?.item_name
}
