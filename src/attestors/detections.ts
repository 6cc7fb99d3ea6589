// The detections attestor: what rules found in a file or in the step's own system calls, with the alerts or their digest.
// Judges nothing itself; `step-detection.ts` had the addon do it. Used by the workflow.
import { Splice } from '../envelope/splice.ts'
import type { Capture } from '../native/native.ts'
import { type Finding, finding } from './attestor.ts'
import { sha256Hex } from './digest.ts'
import type { Detections } from './schemas/detections.ts'
import { captureReport } from './schemas/falco.ts'

/** Predicate type of detections. */
export const DETECTIONS_TYPE = 'https://lanner.dev/attestations/detections/v0.1'

/** What is said besides the alerts. */
export type DetectionFacts = Pick<
  Detections,
  'engine' | 'rules' | 'settings' | 'input' | 'judged' | 'rule_counts' | 'not_evaluated'
>

/** The finding over `alerts`, a capture of the lines the rules gave. */
export function attestDetections(alerts: Capture, facts: DetectionFacts, mode: 'embed' | 'digest'): Finding {
  const report = captureReport(alerts.reportJson())
  const predicate = {
    ...facts,
    report_digest_set: { sha256: alerts.sha256 },
    summary: report.summary,
    lines: report.lines,
    blank_lines: report.blank_lines,
    skipped_lines: report.skipped_lines,
    events_tree: report.events_tree,
    ...(mode === 'embed' ? { events: new Splice(alerts) } : {}),
  }
  const subjects = new Map([
    ...facts.rules.files.map(({ path, sha256 }) => [`rules:${path}`, { sha256 }] as const),
    ...(facts.input.kind === 'file'
      ? [[`source_file:${facts.input.path}`, { sha256: facts.input.sha256 }] as const]
      : []),
    ...facts.rule_counts
      .filter(({ count }) => count > 0)
      .map(({ rule }) => [`rule:${rule}`, { sha256: sha256Hex(rule) }] as const),
  ])
  return finding(predicate, { subjects, warnings: warningsOf(facts) })
}

function warningsOf({ judged, input, not_evaluated }: DetectionFacts): string[] {
  const warnings = judged.skipped.map(({ reason, count }) => `detections: ${count} ${reason}`)
  if (input.kind === 'trace' && (input.lost ?? 0) > 0)
    warnings.push(`${input.lost} events of the step were not judged`)
  if (input.kind === 'file' && input.changed_while_read === true)
    warnings.push(`${input.path} changed while it was read`)
  if (not_evaluated.length > 0) {
    const [first] = not_evaluated
    const more = not_evaluated.length > 1 ? ` and ${not_evaluated.length - 1} more` : ''
    warnings.push(`rules that could not be judged: ${first?.rule} (${first?.reason})${more}`)
  }
  return warnings
}
