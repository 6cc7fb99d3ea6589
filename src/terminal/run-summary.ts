// The summary of a run, as the JSON cilock's users read and as a few lines for a person.
// Counts nothing itself. Used by `run` and `attest`.

import type { DetectionFacts } from '../attestors/detections.ts'
import type { FalcoSummary } from '../attestors/schemas/falco.ts'
import type { TracingMember } from '../attestors/tracing.ts'
import type { RunRecord } from '../attestors/workflow.ts'
import { Splice } from '../envelope/splice.ts'
import type { CollectionStatement } from '../envelope/statement.ts'
import { counted } from './counted.ts'
import type { Paint } from './style.ts'

/** An attestation outside of the collection, and where it was written. */
export interface SeparateEnvelope {
  readonly name: string
  readonly outfile: string
}

/** What came of `--enable-archivista`. */
export interface RunUpload {
  readonly uploaded: boolean
  readonly archivista_url?: string
  readonly gitoid?: string
}

/** How tracing went. */
export type RunTracing =
  | {
      readonly traced: true
      readonly processes: number
      /** Distinct paths. */
      readonly opened: number
      readonly written: number
      readonly connections: number
      readonly gaps: number
    }
  | { readonly traced: false; readonly reason: string }

/** What rules found. */
export interface RunDetections {
  /** What was judged: a path, or `the step`. */
  readonly input: string
  readonly events: number
  readonly alerts: number
  /** Rules that gave an alert, in the order of definition. */
  readonly rules: readonly { readonly rule: string; readonly count: number }[]
}

/** Keys as cilock's `--json` summary, those that apply here. */
export interface RunSummary extends RunUpload {
  readonly step: string
  readonly signer: string
  readonly outfile?: string
  /** Attestations that got an envelope of their own. */
  readonly apart?: readonly SeparateEnvelope[]
  readonly subjects: readonly { readonly name: string; readonly digests: Readonly<Record<string, string>> }[]
  readonly attestors: readonly {
    readonly name: string
    readonly status: 'ran' | 'skipped' | 'failed'
    readonly detail?: string
  }[]
  /** Absent when tracing was not asked for. */
  readonly tracing?: RunTracing
  readonly wrapped_command: { readonly args: readonly string[]; readonly exit_code: number }
  readonly falco?: FalcoSummary
  readonly detections?: RunDetections
}

/** Gathers the summary of a run. */
export function runSummary(
  statement: CollectionStatement,
  record: RunRecord,
  signer: string,
  outfile: string | undefined,
  apart: readonly SeparateEnvelope[] = [],
  upload: RunUpload = { uploaded: false },
): RunSummary {
  const falco = record.attestations.find(attestation => attestation.name === 'falco')
  return {
    step: statement.predicate.name,
    signer,
    ...upload,
    ...(outfile === undefined ? {} : { outfile }),
    ...(apart.length === 0 ? {} : { apart }),
    // Thousands of product subjects never come here; they are in the envelope.
    subjects: statement.subject.flatMap(subject =>
      subject instanceof Splice ? [] : [{ name: subject.name, digests: subject.digest }],
    ),
    attestors: [
      // An attestor can fail with its attestation kept: what it found is not what was demanded.
      ...record.attestations
        .filter(({ name }) => !record.failures.some(failure => failure.name === name))
        .map(({ name }) => ({ name, status: 'ran' as const })),
      ...record.failures.map(({ name, requested, error }) => ({
        name,
        status: requested ? ('failed' as const) : ('skipped' as const),
        detail: `${error.code}: ${error.message}`,
      })),
    ],
    ...tracingOf(record),
    wrapped_command: { args: record.step.cmd, exit_code: record.step.exitCode },
    ...(falco === undefined ? {} : { falco: falco.predicate.summary as FalcoSummary }),
    ...detectionsOf(record),
  }
}

function detectionsOf({ attestations }: RunRecord): { detections?: RunDetections } {
  const found = attestations.find(({ name }) => name === 'detections')?.predicate
  if (found === undefined) return {}
  const { input, judged, rule_counts: counts } = found as DetectionFacts
  return {
    detections: {
      input: input.kind === 'file' ? input.path : 'the step',
      events: judged.events,
      alerts: judged.alerts,
      rules: counts.filter(({ count }) => count > 0),
    },
  }
}

function tracingOf({ attestations }: RunRecord): { tracing?: RunTracing } {
  const found = attestations.find(({ name }) => name === 'command-run')?.predicate.tracing
  const tracing = found as TracingMember | undefined
  if (tracing === undefined) return {}
  if (!tracing.traced) return { tracing: { traced: false, reason: tracing.reason } }
  const total = (name: string): number => Number(tracing.summary[name] ?? 0)
  return {
    tracing: {
      traced: true,
      processes: total('processes'),
      opened: total('paths'),
      written: total('written'),
      connections: total('connections'),
      gaps: tracing.gap_count,
    },
  }
}

/** The same for a person, on stderr. */
export function renderRunSummary(summary: RunSummary, paint: Paint): string {
  const code = summary.wrapped_command.exit_code
  const attestors = summary.attestors.map(({ name, status }) =>
    status === 'ran' ? name : paint(status === 'failed' ? 'bad' : 'faint', `${name} (${status})`),
  )
  const rows: [string, string][] = [
    ['step', `${summary.step}, exit code ${code === 0 ? paint('good', '0') : paint('bad', String(code))}`],
    ['attested', attestors.join(', ')],
  ]
  if (summary.tracing !== undefined) rows.push(['traced', tracingLine(summary.tracing, paint)])
  if (summary.falco !== undefined) rows.push(['falco', falcoLine(summary.falco)])
  if (summary.detections !== undefined) rows.push(['detections', detectionsLine(summary.detections)])
  rows.push(['signed by', summary.signer])
  rows.push(['envelope', summary.outfile ?? 'stdout'])
  for (const { name, outfile } of summary.apart ?? []) rows.push([`${name} in`, outfile])
  if (summary.gitoid !== undefined) rows.push(['uploaded', summary.gitoid])
  return rows.map(([label, text]) => `${paint('strong', `${label}:`.padEnd(12))}${text}\n`).join('')
}

function tracingLine(tracing: RunTracing, paint: Paint): string {
  if (!tracing.traced) return paint('caution', `no: ${tracing.reason}`)
  const { processes, opened, written, connections, gaps } = tracing
  const parts = [
    counted(processes, 'process', 'processes'),
    `${counted(opened, 'file')} used`,
    `${written} written`,
  ]
  if (connections > 0) parts.push(counted(connections, 'connection'))
  return `${parts.join(', ')}, ${gaps === 0 ? 'no gaps' : paint('bad', counted(gaps, 'gap'))}`
}

function falcoLine(summary: FalcoSummary): string {
  const priorities = Object.entries(summary.priorities).map(([priority, count]) => `${count} ${priority}`)
  const rules = summary.distinct_rules ?? summary.rule_hits?.length ?? 0
  const detail = priorities.length === 0 ? '' : ` (${priorities.join(', ')}), ${counted(rules, 'rule')}`
  return `${counted(summary.total_events, 'event')}${detail}`
}

function detectionsLine({ input, events, alerts, rules }: RunDetections): string {
  const by = rules.length === 0 ? '' : ` of ${counted(rules.length, 'rule')}`
  return `${counted(alerts, 'alert')}${by} in ${counted(events, 'event')} of ${input}`
}
