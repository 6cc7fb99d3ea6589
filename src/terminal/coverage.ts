// Which rules a log leaves blind, for a person: those that can't match, those that could be judged in part only.
// Computes nothing but plurals. Used by `rules coverage`.
import type { Coverage, RuleCoverage } from '../detect/coverage.ts'
import { wrap } from './help.ts'
import type { Paint } from './style.ts'

/** The whole page, for stdout. */
export function renderCoverage(coverage: Coverage, paint: Paint): string {
  const blind = coverage.rules.filter(({ possible }) => !possible)
  const partly = coverage.rules.filter(({ possible, undecided }) => possible && undecided > 0)
  const sighted = coverage.rules.length - blind.length - partly.length
  return [
    head(coverage),
    section(`${paint('bad', "can't match on this log")}`, blind, coverage, paint),
    section(`${paint('caution', 'judged in part')}`, partly, coverage, paint),
    `\n${blind.length} of ${plural(coverage.rules.length, 'rule')} can't match, ${partly.length} judged in part, ${sighted} see all they read\n`,
  ].join('')
}

function head({ events, duplicates, levels, source }: Coverage): string {
  const copies = duplicates === 0 ? '' : `, ${duplicates} of them copies (the same identity and stage)`
  const shares = levels.map(({ name, count }) => `${name} ${count}`).join(', ')
  return `${plural(events, 'event')} of ${source}${copies}\n${shares === '' ? '' : `levels: ${shares}\n`}`
}

function section(title: string, rules: readonly RuleCoverage[], { source }: Coverage, paint: Paint): string {
  if (rules.length === 0) return ''
  return `\n${title}\n${rules.map(rule => entry(rule, source, paint)).join('')}`
}

function entry(
  { rule, undecided, lacks, absent, matches }: RuleCoverage,
  source: string,
  paint: Paint,
): string {
  const facts: string[] = []
  if (undecided > 0) {
    const where = `${plural(undecided, 'event')} without ${lacks.join(' and ')}`
    facts.push(
      `says nothing about ${where}${matches > 0 ? `; matches ${matches}` : ''}${remedy(lacks, source)}`,
    )
  }
  if (absent.length > 0) facts.push(`no event has ${absent.join(', ')}`)
  return `  ${paint('strong', rule)}\n${facts.map(fact => wrap(fact, 4)).join('')}`
}

/** What the audit policy would have to say (kubernetes.io, "Auditing", audit levels). */
function remedy(lacks: readonly string[], source: string): string {
  if (source !== 'k8s_audit') return ''
  if (lacks.includes('responseObject')) return '; the audit policy needs level RequestResponse there'
  return lacks.includes('requestObject') ? '; the audit policy needs level Request there' : ''
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
