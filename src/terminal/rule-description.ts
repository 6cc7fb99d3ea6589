// Rules as they are tried, for a person: condition and output with macros and lists put in, what is used, what is not.
// Computes nothing. Used by `rules describe`.
import type { Description, RuleDescription } from '../detect/description.ts'
import { wrap } from './help.ts'
import type { Paint } from './style.ts'

/** A paragraph a rule; with `unused` a last one about macros and lists that nothing uses. */
export function renderDescription(description: Description, unused: boolean, paint: Paint): string {
  const rules = description.rules.map(rule => renderRule(rule, paint)).join('\n')
  if (!unused) return rules
  const rows: [string, string[]][] = [
    ['unused macros', idle(description.macros)],
    ['unused lists', idle(description.lists)],
  ]
  const idleNames = rows.filter(([, names]) => names.length > 0)
  return idleNames.length === 0 ? rules : `${rules}\n${idleNames.map(row => named(row, paint)).join('')}`
}

function idle(
  items: readonly {
    readonly info: { readonly name: string }
    readonly details: { readonly used: boolean }
  }[],
): string[] {
  return items.filter(({ details }) => !details.used).map(({ info }) => info.name)
}

function renderRule({ info, details }: RuleDescription, paint: Paint): string {
  const state = info.enabled ? '' : `, ${paint('caution', 'disabled')}`
  const tags = info.tags.length === 0 ? '' : ` [${info.tags.join(', ')}]`
  const rows: [string, string[]][] = [
    ['macros', details.macros],
    ['lists', details.lists],
    ['exceptions', details.exception_names],
    ['fields', details.condition_fields],
    ['events', info.source === 'syscall' ? details.events : []],
  ]
  return [
    `${paint('strong', info.name)} (${info.source}, ${info.priority}${state})${tags}\n`,
    info.description.trim() === '' ? '' : wrap(info.description.trim().replaceAll(/\s+/g, ' '), 2),
    `  ${paint('name', 'condition')}\n${wrap(details.condition_compiled, 4)}`,
    `  ${paint('name', 'output')}\n${wrap(details.output_compiled, 4)}`,
    ...rows.filter(([, names]) => names.length > 0).map(row => named(row, paint)),
  ].join('')
}

const MOST_NAMES = 40

function named([label, names]: readonly [string, readonly string[]], paint: Paint): string {
  const shown = names.slice(0, MOST_NAMES)
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : ''
  return `  ${paint('name', label)}\n${wrap(shown.join(', ') + more, 4)}`
}
