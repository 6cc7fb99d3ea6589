// The counts at the end of a detection, in Falco's words, and below them what could not be judged, in ours.
// Computes nothing. Used by `detect`.
import type { Statistics } from '../detect/statistics.ts'
import type { Paint } from './style.ts'

/** What a reason of the addon means to a person. */
const REASONS: Readonly<Record<string, string>> = {
  'not-json': 'are no JSON',
  'trailing-text': 'have text behind the document',
  'too-deep': 'are nested too deep',
  'not-an-event': 'are no event of this source',
  'no-time': 'have no valid time',
  insight: 'only tell of other records (Insight)',
  'too-long': 'are too long',
}

/** Falco's three paragraphs. */
export function renderStatistics({ alerts, priorities, rules }: Statistics): string {
  const severities = priorities.filter(each => each.count > 0)
  const triggered = rules.filter(each => each.count > 0)
  return [
    `Events detected: ${alerts}`,
    'Rule counts by severity:',
    ...severities.map(({ priority, count }) => `   ${priority.toUpperCase()}: ${count}`),
    'Triggered rules by rule name:',
    ...triggered.map(({ rule, count }) => `   ${rule}: ${count}`),
    '',
  ].join('\n')
}

/** Warnings about input that was skipped, and about copies of events; empty where there was nothing. */
export function renderSkipped({ skipped, duplicates }: Statistics, paint: Paint): string {
  const warning = paint('caution', 'warning')
  const lines = skipped.map(({ reason, count, first }) => {
    const places = first.map(({ input, offset }) => `${input} byte ${offset}`).join(', ')
    const more = count > first.length && first.length > 0 ? ', …' : ''
    return `${warning}: ${count} skipped that ${REASONS[reason] ?? reason}${places === '' ? '' : ` (${places}${more})`}\n`
  })
  if (duplicates > 0) {
    lines.push(
      `${warning}: ${duplicates} event${duplicates === 1 ? ' is a copy' : 's are copies'} of one before\n`,
    )
  }
  return lines.join('')
}
