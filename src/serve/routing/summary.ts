// The alert that stands for alerts that were folded: how many, of what, from when to when.
// It has the fields its alerts were told apart by, so that it goes where they would have gone. Used by `folding.ts`.
import { randomUUID } from 'node:crypto'
import { AcceptedAlert } from '../alert.ts'
import type { RouteConfig } from '../config/config.ts'
import { spanText } from '../config/span-text.ts'
import { type Json, jsonText } from '../outputs/json-text.ts'
import { keyValue } from './fold-key.ts'
import type { Folded } from './folded.ts'

/** Tag of every summary. */
export const SUMMARY_TAG = 'lanner.summary'

/** Rule of a summary of alerts of several rules. */
const SEVERAL_RULES = 'Several rules'

/** Keys of an alert that a summary has of its own. */
const OWN_KEYS = ['rule', 'priority', 'source', 'hostname', 'output', 'tags']

/** The summary; `wall` is now, in milliseconds since 1970. */
export function summaryOf(folded: Folded, route: RouteConfig, wall: number): AcceptedAlert {
  const { sample, rules, priority, hostname, count, span } = folded
  const id = randomUUID()
  const [rule = SEVERAL_RULES] = rules.size === 1 ? [...rules.keys()] : []
  const alert: Json = {
    uuid: id,
    source: sample.content.source,
    rule: rule === '' ? SEVERAL_RULES : rule,
    priority,
    time: new Date(wall).toISOString(),
    output: textOf(folded, route),
    hostname,
    tags: [...new Set([...sample.content.tags, SUMMARY_TAG])],
    output_fields: {
      ...identity(folded, route),
      'lanner.folded': count,
      'lanner.folded.by': folded.reason,
      'lanner.folded.from': span.from,
      'lanner.folded.to': span.to,
      'lanner.folded.rules': rulesText(rules),
      'lanner.route': route.name,
    },
  }
  return new AcceptedAlert(id, jsonText(alert))
}

/** The fields that all of them have the same values of. */
function identity({ reason, sample }: Folded, route: RouteConfig): Record<string, Json> {
  const names = reason === 'dedup' ? (route.dedup?.by ?? []) : []
  const fields: Record<string, Json> = {}
  for (const name of names) {
    const value = OWN_KEYS.includes(name) ? undefined : keyValue(sample, name)
    if (value !== undefined) fields[name] = value
  }
  return fields
}

function textOf({ reason, count, span, rules, sample }: Folded, route: RouteConfig): string {
  const when = span.from === span.to ? `at ${span.from}` : `from ${span.from} to ${span.to}`
  const many = count === 1 ? '1 more alert' : `${count} more alerts`
  if (reason === 'dedup') {
    const within = route.dedup === undefined ? '' : ` within ${spanText(route.dedup.for)}`
    return `${many} of the same kind ${when}${within}: ${sample.content.output || sample.content.rule}`
  }
  const { limit = 0, per = 0 } = route.rate ?? {}
  return `${many} ${when}, beyond ${limit} in ${spanText(per)}: ${rulesText(rules)}`
}

/** `Terminal shell (12), Write below etc (3)`, the most frequent first. */
function rulesText(rules: ReadonlyMap<string, number>): string {
  return [...rules]
    .sort(([leftName, left], [rightName, right]) => right - left || (leftName < rightName ? -1 : 1))
    .map(([rule, count]) => `${rule === '' ? 'others' : rule} (${count})`)
    .join(', ')
}
