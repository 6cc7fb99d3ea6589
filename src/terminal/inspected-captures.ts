// Shows Falco captures and detections to a person: where events came from, what was counted, with bars by priority and rule.
// Computes nothing but widths. Used by `inspection.ts`.
import type { FalcoSummary } from '../attestors/schemas/falco.ts'
import type { InspectedDetections, InspectedFalco } from '../envelope/inspected-captures.ts'
import type { Paint, Tone } from './style.ts'
import { renderTable } from './table.ts'

const MOST_RULES = 20
const BAR = 30
const TONES: Record<string, Tone> = {
  emergency: 'bad',
  alert: 'bad',
  critical: 'bad',
  error: 'bad',
  warning: 'caution',
}

/** A paragraph for one capture. */
export function renderFalco(falco: InspectedFalco, paint: Paint): string {
  const { summary } = falco
  const facts = [
    ['source', `${falco.source} sha256:${falco.sha256}`],
    ['cluster', falco.cluster === '' ? '(not named)' : falco.cluster],
    ['events', `${summary.total_events} (${falco.events})${windowOf(summary)}`],
    ...(falco.treeRoot === undefined ? [] : [['tree', `${falco.treeRoot} (RFC 6962)`]]),
    ...skippedRows(falco.skipped),
  ]
  return `\n${paint('strong', 'falco')}\n${indent(renderTable([], facts))}${summaryBars(summary, paint)}`
}

/** A paragraph for one detection. */
export function renderDetections(found: InspectedDetections, paint: Paint): string {
  const { input, judged, summary } = found
  const what = input.kind === 'file' ? input.path : 'system calls of the step'
  const lost = input.kind === 'trace' && (input.lost ?? 0) > 0 ? [['lost', `${input.lost} events`]] : []
  const copies = judged.duplicates === 0 ? '' : `, ${judged.duplicates} of them copies`
  const facts = [
    ['input', `${what} (${found.source}) sha256:${input.sha256}`],
    ...lost,
    ...found.rules.map(({ path, sha256 }) => ['rules', `${path} sha256:${sha256}`]),
    ['judged', `${judged.events} events${copies}`],
    ['alerts', `${judged.alerts} (${found.alerts})${windowOf(summary)}`],
    ['tree', `${found.treeRoot} (RFC 6962)`],
    ...skippedRows(found.skipped),
    ...found.notEvaluated.map(({ rule, reason }) => ['not judged', `${rule}: ${reason}`]),
  ]
  return `\n${paint('strong', 'detections')}\n${indent(renderTable([], facts))}${summaryBars(summary, paint)}`
}

function windowOf({ window_start: start, window_end: end }: FalcoSummary): string {
  return start === undefined ? '' : `, ${start} to ${end ?? start}`
}

function skippedRows(skipped: Readonly<Record<string, number>>): string[][] {
  return Object.entries(skipped).map(([reason, count]) => ['skipped', `${count} ${reason}`])
}

function summaryBars(summary: FalcoSummary, paint: Paint): string {
  const priorities = Object.entries(summary.priorities).map(([name, count]) => ({
    name,
    count,
    tone: TONES[name] ?? 'good',
  }))
  const rules = (summary.rule_hits ?? []).map(({ rule, count, highest_priority }) => ({
    name: rule,
    count,
    tone: TONES[highest_priority.toLowerCase()] ?? 'good',
  }))
  return [
    bars('priority', priorities, summary.total_events, paint),
    bars('rule', rules, summary.total_events, paint),
  ].join('')
}

interface Bar {
  readonly name: string
  readonly count: number
  readonly tone: Tone
}

/** One row each: name, count, and a bar whose full width is all events. */
function bars(title: string, all: readonly Bar[], total: number, paint: Paint): string {
  if (all.length === 0) return ''
  const rows = all.slice(0, MOST_RULES).map(({ name, count, tone }) => {
    const width = Math.max(1, Math.round((count / Math.max(total, 1)) * BAR))
    return [name, String(count), paint(tone, '█'.repeat(width))]
  })
  if (all.length > MOST_RULES) rows.push([`… and ${all.length - MOST_RULES} more`, '', ''])
  return `\n${indent(`by ${title}\n${renderTable([], rows)}`)}`
}

/** Two blanks before every line that has text. */
export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}
