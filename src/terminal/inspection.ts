// Shows an inspection to a person: who signed, subjects, attestors, and the Falco summary with bars.
// Computes nothing but widths. Used by `inspect`.
import type { InspectedFalco, Inspection, SignatureState } from '../envelope/inspection.ts'
import { humanBytes } from './progress.ts'
import { shellWord } from './shell-words.ts'
import type { Paint, Tone } from './style.ts'
import { renderTable } from './table.ts'

const MOST_SUBJECTS = 20
const MOST_RULES = 20
const BAR = 30
const STATE: Record<SignatureState, readonly [Tone, string]> = {
  valid: ['good', 'valid'],
  invalid: ['bad', 'NOT VALID under this key'],
  unchecked: ['caution', 'not checked (pass -k PUB)'],
}
const TONES: Record<string, Tone> = {
  emergency: 'bad',
  alert: 'bad',
  critical: 'bad',
  error: 'bad',
  warning: 'caution',
}

/** The whole page, for stdout. */
export function renderInspection(inspection: Inspection, paint: Paint): string {
  return [
    header(inspection, paint),
    section('signatures', signatureRows(inspection, paint), paint),
    section('subjects', subjectRows(inspection), paint),
    section(
      'attestations',
      inspection.attestations.map(entry => [entry.type, duration(entry)]),
      paint,
    ),
    ...inspection.falco.map(falco => falcoSection(falco, paint)),
  ].join('')
}

function header(inspection: Inspection, paint: Paint): string {
  const rows: [string, string][] = [['envelope', inspection.file]]
  if (inspection.step !== undefined) rows.push(['step', inspection.step])
  if (inspection.command !== undefined) {
    rows.push(['command', inspection.command.cmd.map(shellWord).join(' ')])
    rows.push(['exit code', String(inspection.command.exitcode)])
  }
  rows.push(['payload', `${inspection.payloadType}, ${humanBytes(BigInt(inspection.payloadBytes))}`])
  if (inspection.predicateType !== undefined) rows.push(['predicate', inspection.predicateType])
  return rows.map(([label, text]) => `${paint('strong', label.padEnd(10))} ${text}\n`).join('')
}

function section(title: string, rows: readonly (readonly string[])[], paint: Paint): string {
  const body = rows.length === 0 ? '(none)\n' : renderTable([], rows)
  return `\n${paint('strong', title)}\n${indent(body)}`
}

function signatureRows(inspection: Inspection, paint: Paint): string[][] {
  return inspection.signatures.map(({ keyid, state, certificate, timestamps }) => {
    const [tone, text] = STATE[state]
    const extras = [certificate ? 'certificate' : '', timestamps > 0 ? `${timestamps} timestamps` : '']
    return [keyid === '' ? '(no key id)' : keyid, paint(tone, text), extras.filter(Boolean).join(', ')]
  })
}

function subjectRows({ subjects }: Inspection): string[][] {
  const rows = subjects.slice(0, MOST_SUBJECTS).map(({ name, digest }) => [
    name,
    Object.entries(digest)
      .map(([key, value]) => `${key}:${value}`)
      .join(' '),
  ])
  return subjects.length > MOST_SUBJECTS
    ? [...rows, [`… and ${subjects.length - MOST_SUBJECTS} more`, '']]
    : rows
}

function falcoSection(falco: InspectedFalco, paint: Paint): string {
  const { summary } = falco
  const window =
    summary.window_start === undefined
      ? ''
      : `, ${summary.window_start} to ${summary.window_end ?? summary.window_start}`
  const facts = [
    ['source', `${falco.source} sha256:${falco.sha256}`],
    ['cluster', falco.cluster === '' ? '(not named)' : falco.cluster],
    ['events', `${summary.total_events} (${falco.events})${window}`],
    ...(falco.treeRoot === undefined ? [] : [['tree', `${falco.treeRoot} (RFC 6962)`]]),
    ...Object.entries(falco.skipped).map(([reason, count]) => ['skipped', `${count} ${reason}`]),
  ]
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
    `\n${paint('strong', 'falco')}\n${indent(renderTable([], facts))}`,
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

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}

function duration({ starttime, endtime }: { starttime?: string; endtime?: string }): string {
  if (starttime === undefined || endtime === undefined) return ''
  return `${Date.parse(endtime) - Date.parse(starttime)} ms`
}
