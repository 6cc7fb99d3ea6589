// Shows an inspection to a person: who signed, subjects, attestors; captures and detections are shown by `inspected-captures.ts`.
// Computes nothing but widths. Used by `inspect`.
import type { Inspection, SignatureState } from '../envelope/inspection.ts'
import { indent, renderDetections, renderFalco } from './inspected-captures.ts'
import { humanBytes } from './progress.ts'
import { shellWord } from './shell-words.ts'
import type { Paint, Tone } from './style.ts'
import { renderTable } from './table.ts'

const MOST_SUBJECTS = 20
const STATE: Record<SignatureState, readonly [Tone, string]> = {
  valid: ['good', 'valid'],
  invalid: ['bad', 'NOT VALID under this key'],
  unchecked: ['caution', 'not checked (pass -k PUB)'],
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
    ...inspection.falco.map(falco => renderFalco(falco, paint)),
    ...inspection.detections.map(found => renderDetections(found, paint)),
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

function duration({ starttime, endtime }: { starttime?: string; endtime?: string }): string {
  if (starttime === undefined || endtime === undefined) return ''
  return `${Date.parse(endtime) - Date.parse(starttime)} ms`
}
