// What `inspect` tells of Falco captures and of detections: where the events came from, what was counted, what was skipped.
// A view, not a verdict. Used by `inspection.ts`.
import { type Detections, detectionsSchema } from '../attestors/schemas/detections.ts'
import { type FalcoSummary, falcoSchema } from '../attestors/schemas/falco.ts'
import { falcoEntries, isDetections } from './falco-entries.ts'
import type { EnvelopeEntry, ReadEnvelope } from './reading.ts'

/** The Falco part as shown. */
export interface InspectedFalco {
  readonly cluster: string
  readonly source: string
  readonly sha256: string
  readonly events: Enclosed
  readonly summary: FalcoSummary
  readonly skipped: Readonly<Record<string, number>>
  readonly treeRoot?: string
}

/** Detections as shown. */
export interface InspectedDetections {
  /** What was judged: a file, or the system calls of the step. */
  readonly input: Detections['input']
  /** The events' source: `k8s_audit`, `syscall` … */
  readonly source: string
  readonly rules: readonly { readonly path: string; readonly sha256: string }[]
  readonly judged: { readonly events: number; readonly alerts: number; readonly duplicates: number }
  /** Alerts by rule, those of rules that gave none left out. */
  readonly ruleCounts: readonly { readonly rule: string; readonly count: number }[]
  readonly alerts: Enclosed
  /** Over the alerts. */
  readonly summary: FalcoSummary
  readonly skipped: Readonly<Record<string, number>>
  readonly notEvaluated: Detections['not_evaluated']
  readonly treeRoot: string
}

/** Whether lines are in the envelope. */
export type Enclosed = 'embedded' | 'digest only'

/** The Falco captures of `envelope`, but for those of a shape we don't know. */
export function inspectFalco(envelope: ReadEnvelope): InspectedFalco[] {
  return falcoEntries(envelope).flatMap(entry => (isDetections(entry.type) ? [] : falcoOf(entry)))
}

function falcoOf({ attestation }: EnvelopeEntry): InspectedFalco[] {
  const parsed = falcoSchema.safeParse(attestation)
  if (!parsed.success) return []
  const falco = parsed.data
  return [
    {
      cluster: falco.cluster ?? falco.cluster_name ?? '',
      source: falco.source_file?.path ?? falco.report_file ?? '',
      sha256: falco.source_file?.sha256 ?? falco.report_digest_set?.sha256 ?? '',
      events: enclosed(falco),
      summary: falco.summary,
      skipped: counts(
        Object.entries(falco.skipped_lines ?? {}).map(([reason, { count }]) => ({ reason, count })),
      ),
      ...(falco.events_tree === undefined ? {} : { treeRoot: falco.events_tree.root }),
    },
  ]
}

/** The detections of `envelope`, but for those of a shape we don't know. */
export function inspectDetections(envelope: ReadEnvelope): InspectedDetections[] {
  return falcoEntries(envelope).flatMap(entry => (isDetections(entry.type) ? detectionsOf(entry) : []))
}

function detectionsOf({ attestation }: EnvelopeEntry): InspectedDetections[] {
  const parsed = detectionsSchema.safeParse(attestation)
  if (!parsed.success) return []
  const { input, settings, rules, judged, rule_counts, not_evaluated, summary, events_tree } = parsed.data
  return [
    {
      input,
      source: settings.source,
      rules: rules.files.map(({ path, sha256 }) => ({ path, sha256 })),
      judged: { events: judged.events, alerts: judged.alerts, duplicates: judged.duplicates },
      ruleCounts: rule_counts.filter(({ count }) => count > 0),
      alerts: enclosed(parsed.data),
      summary,
      skipped: counts(judged.skipped),
      notEvaluated: not_evaluated,
      treeRoot: events_tree.root,
    },
  ]
}

/** What is embedded was left in the payload and is `null` here; what is not embedded has no such member. */
function enclosed({ events }: { events?: unknown }): Enclosed {
  return events === undefined ? 'digest only' : 'embedded'
}

function counts(reasons: readonly { reason: string; count: number }[]): Record<string, number> {
  return Object.fromEntries(reasons.map(({ reason, count }) => [reason, count]))
}
