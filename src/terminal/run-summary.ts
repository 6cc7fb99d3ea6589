// The summary of a run, as the JSON cilock's users read and as a few lines for a person.
// Counts nothing itself. Used by `run` and `attest`.

import type { FalcoSummary } from '../attestors/schemas/falco.ts'
import type { RunRecord } from '../attestors/workflow.ts'
import { Splice } from '../envelope/splice.ts'
import type { CollectionStatement } from '../envelope/statement.ts'
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
  readonly wrapped_command: { readonly args: readonly string[]; readonly exit_code: number }
  readonly falco?: FalcoSummary
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
      ...record.attestations.map(({ name }) => ({ name, status: 'ran' as const })),
      ...record.failures.map(({ name, requested, error }) => ({
        name,
        status: requested ? ('failed' as const) : ('skipped' as const),
        detail: `${error.code}: ${error.message}`,
      })),
    ],
    wrapped_command: { args: record.step.cmd, exit_code: record.step.exitCode },
    ...(falco === undefined ? {} : { falco: falco.predicate.summary as FalcoSummary }),
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
  if (summary.falco !== undefined) rows.push(['falco', falcoLine(summary.falco)])
  rows.push(['signed by', summary.signer])
  rows.push(['envelope', summary.outfile ?? 'stdout'])
  for (const { name, outfile } of summary.apart ?? []) rows.push([`${name} in`, outfile])
  if (summary.gitoid !== undefined) rows.push(['uploaded', summary.gitoid])
  return rows.map(([label, text]) => `${paint('strong', `${label}:`.padEnd(11))}${text}\n`).join('')
}

function falcoLine(summary: FalcoSummary): string {
  const priorities = Object.entries(summary.priorities).map(([priority, count]) => `${count} ${priority}`)
  const rules = summary.distinct_rules ?? summary.rule_hits?.length ?? 0
  const detail =
    priorities.length === 0 ? '' : ` (${priorities.join(', ')}), ${rules} ${rules === 1 ? 'rule' : 'rules'}`
  return `${summary.total_events} ${summary.total_events === 1 ? 'event' : 'events'}${detail}`
}
