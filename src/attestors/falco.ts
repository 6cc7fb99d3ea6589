// The falco attestor: one capture file as a predicate with its events or their digest, the summary and what was skipped.
// Parses nothing itself; the addon's single pass did, over the very bytes it digested. Used by the workflow.
import { hostname } from 'node:os'
import { Splice } from '../envelope/splice.ts'
import { LannerError } from '../error.ts'
import type { Capture } from '../native/native.ts'
import { type DigestSet, type Finding, finding } from './attestor.ts'
import { sha256Hex } from './digest.ts'
import { type CaptureReport, captureReport, type SkippedLines } from './schemas/falco.ts'

/** Predicate type of a Falco capture. */
export const FALCO_TYPE = 'https://aflock.ai/attestations/falco/v0.1'

/** How the capture is turned into a predicate. */
export interface FalcoOptions {
  /** Path as it stands in the product tree or as the user named it. */
  readonly path: string
  /** `FALCO_CLUSTER_NAME`, empty when unset. */
  readonly cluster: string
  /** `embed` puts the event lines into the predicate, `digest` only their tree. */
  readonly events: 'embed' | 'digest'
  /** Any skipped line is an error. */
  readonly strict: boolean
  /** The host that attests. */
  readonly host?: string
}

/** The finding over a capture the addon has read. Throws `ERR_FALCO_STRICT` naming file, line and reason. */
export function attestFalco(capture: Capture, options: FalcoOptions): Finding {
  const report = captureReport(capture.reportJson())
  const skipped = skippedLines(report.skipped_lines)
  if (options.strict) assertNothingSkipped(report.skipped_lines, options.path)
  const digest: DigestSet = { sha256: capture.sha256 }
  const host = options.host ?? hostname()
  const predicate = {
    report_file: options.path,
    report_digest_set: digest,
    cluster_name: options.cluster,
    cluster: options.cluster,
    source_file: { path: options.path, sha256: capture.sha256, size: Number(capture.size) },
    hostname: host,
    summary: report.summary,
    lines: report.lines,
    blank_lines: report.blank_lines,
    skipped_lines: report.skipped_lines,
    ...(report.truncated_last_line ? { truncated_last_line: true } : {}),
    ...(capture.changedWhileRead ? { changed_while_read: true } : {}),
    ...(capture.unchangedByStep ? { unchanged_by_step: true } : {}),
    events_tree: report.events_tree,
    ...(options.events === 'embed' ? { events: new Splice(capture) } : {}),
  }
  return finding(predicate, {
    subjects: subjectsOf(options, host, digest, report),
    warnings: warningsOf(options.path, skipped, capture, report),
  })
}

function subjectsOf(
  options: FalcoOptions,
  host: string,
  digest: DigestSet,
  report: CaptureReport,
): ReadonlyMap<string, DigestSet> {
  const ofText = (text: string): DigestSet => ({ sha256: sha256Hex(text) })
  const subjects = new Map<string, DigestSet>([
    [`falco-events:${host}`, ofText(host)],
    [`report_file:${options.path}`, digest],
  ])
  if (options.cluster !== '') subjects.set(`cluster:${options.cluster}`, ofText(options.cluster))
  for (const { rule } of report.summary.rule_hits ?? []) subjects.set(`rule:${rule}`, ofText(rule))
  return subjects
}

/** One line for a person: how many lines are no events, why, and where the first of each kind stands. */
function skippedLines(skipped: SkippedLines): string | undefined {
  const parts = Object.entries(skipped).map(([reason, { count, first }]) => {
    const more = count > first.length ? ', …' : ''
    return `${count} ${reason} (line ${first.join(', ')}${more})`
  })
  return parts.length === 0 ? undefined : parts.join('; ')
}

function warningsOf(
  path: string,
  skipped: string | undefined,
  capture: Capture,
  report: CaptureReport,
): string[] {
  return [
    ...(skipped === undefined
      ? []
      : [`${path}: lines that are no events were skipped and counted: ${skipped}`]),
    ...(report.truncated_last_line ? [`${path}: the last line is cut off`] : []),
    ...(capture.unchangedByStep
      ? [`${path} holds the bytes it held before the step: it may be an old capture`]
      : []),
    ...(capture.changedWhileRead
      ? [`${path} changed while it was read; the digest is of the bytes read`]
      : []),
  ]
}

function assertNothingSkipped(skipped: SkippedLines, path: string): void {
  const faults = Object.entries(skipped).map(([reason, { first }]) => ({ reason, line: first[0] ?? 0 }))
  const [first] = faults.sort((a, b) => a.line - b.line)
  if (first === undefined) return
  throw new LannerError('ERR_FALCO_STRICT', `${path}: line ${first.line} is no event: ${first.reason}`, {
    hint: 'leave --attestor-falco-strict out to skip and count such lines',
    facts: { file: path, line: first.line, expected: 'a JSON object with a non-empty string `rule`' },
  })
}
