// Replays a recorded run of the golden corpus: the input beside a repository folder, the recorded words and environment.
// Knows the corpus' format and nothing of what is expected. Used by `golden-runs.test.ts`.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, lanner, type Outcome, type Statement, statementOf } from './lanner.ts'

/** `run.json` as far as it is compared. */
export interface RecordedRun {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly exit: number
  readonly envelope_written: boolean
  readonly falco?: {
    readonly report_file: string
    readonly report_digest_set: Readonly<Record<string, string>>
    readonly cluster_name: string
    readonly summary: RecordedSummary
  } | null
  readonly command_run?: Readonly<Record<string, unknown>> | null
  readonly product?: { readonly merkleRoot: string; readonly leaves: readonly string[] | null } | null
  readonly subjects?: readonly string[] | null
}

/** The summary of a recorded capture. */
export interface RecordedSummary {
  readonly total_events: number
  readonly priorities: Readonly<Record<string, number>>
  readonly rule_hits?: readonly { rule: string; count: number; highest_priority: string }[]
  readonly [other: string]: unknown
}

/** What our run left. */
export interface Replayed {
  readonly ended: Outcome
  readonly statement: Statement | undefined
}

/** Lengths of the long line in inputs too large to be kept, by run. */
const LONG_LINES: Readonly<Record<string, number>> = {
  '17-line-over-1mib': 1048577,
  '18-line-1mib-minus-1': 1048575,
  '19-line-1mib-exact': 1048576,
}

/** Replays the run in `folder` (called `name` in `runs`) on a fresh bench. */
export async function replay(place: Bench, runs: string, name: string): Promise<Replayed> {
  const recorded = JSON.parse(readFileSync(join(runs, name, 'run.json'), 'utf8')) as RecordedRun
  const repo = join(place.root, 'repo')
  mkdirSync(repo)
  writeFileSync(join(repo, 'README.md'), 'golden\n')
  copyIfThere(join(runs, name, 'repo'), repo)
  mkdirSync(join(place.root, 'in'))
  copyIfThere(join(runs, name, 'in'), join(place.root, 'in'))
  const length = LONG_LINES[name]
  if (length !== undefined) writeFileSync(join(place.root, 'in', 'ev.jsonl'), withLongLine(runs, length))
  const none = Object.fromEntries(Object.keys(process.env).map(variable => [variable, undefined]))
  const env = { ...none, PATH: process.env.PATH, HOME: '/home/ci', ...recorded.env }
  const ended = await lanner(recorded.args, { cwd: repo, env })
  const envelope = join(place.root, 'att.json')
  const statement = existsSync(envelope) ? statementOf(readFileSync(envelope, 'utf8')) : undefined
  return { ended, statement }
}

/** The corpus is read-only; what the step writes over must not be. */
function copyIfThere(from: string, to: string): void {
  if (existsSync(from)) cpSync(from, to, { recursive: true, mode: 0 })
}

function withLongLine(runs: string, length: number): string {
  const pair = readFileSync(join(runs, '01-normal/in/ev.jsonl'), 'utf8')
  const empty = '{"rule":"Big","priority":"Notice","output":""}'
  const long = empty.replace('""', `"${'x'.repeat(length - empty.length)}"`)
  return `${pair}${long}\n${pair}`
}
