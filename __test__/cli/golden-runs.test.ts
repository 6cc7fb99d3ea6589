// Every recorded `run` of the golden corpus with the recorded words, input and environment: what cilock signed, we sign.
// Where ours ends otherwise the table says how, and names the row of the documentation that says why. Started by ava.
import { readdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { type RecordedRun, type RecordedSummary, type Replayed, replay } from './golden-run.ts'
import { bench, corpus, predicateOf, type Statement } from './lanner.ts'

/** What is otherwise than recorded; what is not named here must be as recorded. */
interface Difference {
  /** First cell of the row in docs/differences.md, or of the exit codes in README.md. */
  readonly row: string
  readonly exit?: number
  /** Events attested; `none` when there is no falco predicate. */
  readonly events?: number | 'none'
  /** Members of the summary. */
  readonly summary?: Partial<RecordedSummary>
  readonly skipped?: Readonly<Record<string, number>>
  readonly products?: readonly string[]
  /** Nothing is run and nothing is signed. */
  readonly envelope?: false
  /** What stderr says. */
  readonly says?: RegExp
}

const quiet: Difference = { row: 'no event in the window', exit: 0, events: 0 }
const failed: Difference = { row: '3', exit: 3, events: 'none' }
const usage: Difference = { row: '2', exit: 2, envelope: false }
const longLine: Difference = { row: 'a line over 1 MiB', exit: 0, events: 5 }
const array = { row: 'array of events, other JSON', exit: 3, events: 'none' } as const
const mistyped: Difference = { row: '`tags`, `output_fields` of another type', events: 2 }
const stepCode: Difference = { row: 'exit code of a failing step' }
const nothingWritten: Difference = {
  ...failed,
  says: /ERR_FALCO_NO_CAPTURE[\s\S]*hint: .*--attestor-falco-file/,
}
const stale: Difference = { row: 'file rewritten with the same bytes', exit: 0, events: 2, products: [] }

const DIFFERENCES: Readonly<Record<string, Difference>> = {
  '02-empty-file': quiet,
  '03-quiet-window-grep': { ...quiet, exit: 1 },
  '04-banner-first': {
    row: 'a banner line in the first 3 KiB',
    exit: 0,
    events: 2,
    skipped: { not_json: 1 },
    says: /1 not_json \(line 1\)/,
  },
  '15-bom': { row: 'a byte order mark', exit: 0, events: 2 },
  '16-utf16': { ...failed, says: /ERR_FALCO_UTF16[\s\S]*iconv/ },
  '17-line-over-1mib': longLine,
  '19-line-1mib-exact': longLine,
  '20-no-products': nothingWritten,
  '21-file-unchanged': nothingWritten,
  '22-file-rewritten-same': stale,
  '24-file-touched': stale,
  '25-file-deleted': nothingWritten,
  '26-two-candidates': {
    row: 'several captures',
    exit: 3,
    events: 'none',
    says: /2 Falco captures: a\.jsonl, b\.jsonl/,
  },
  '31-symlink-product': nothingWritten,
  '32-command-exit-3': { ...stepCode, exit: 3 },
  '34-command-not-found': { ...stepCode, exit: 127 },
  '35-command-killed': { ...stepCode, exit: 137 },
  '36-no-command': {
    ...usage,
    row: '`run` without a command',
    says: /ERR_USAGE_COMMAND[\s\S]*lanner attest/,
  },
  '40-zero-event-json': { ...array, says: /ERR_FALCO_NO_EVENTS/ },
  '45-tags-string': mistyped,
  '46-output-fields-array': mistyped,
  '48-only-rule-word-lines': { ...array, says: /ERR_FALCO_NO_EVENTS/ },
  '51-number-overflow': { row: 'numbers in events', events: 2 },
  '52-dup-keys': {
    row: '`Rule` instead of `rule`',
    events: 1,
    skipped: { no_rule: 1 },
    summary: { rule_hits: [{ rule: 'second', count: 1, highest_priority: 'Notice' }], duplicate_keys: 1 },
  },
  '53-invalid-utf8': { row: 'invalid UTF-8', events: 1, skipped: { not_utf8: 1 } },
  '54-invalid-utf8-late': { row: 'invalid UTF-8', events: 3, skipped: { not_utf8: 1 } },
  '56-nul-char': { row: 'a banner line in the first 3 KiB', exit: 0, events: 1, skipped: { not_json: 1 } },
  '57-time-formats': {
    row: 'window',
    events: 5,
    summary: {
      window_start: '2026-05-29T09:00:00+00:00',
      window_end: '2026-05-29T10:50:08.5Z',
      without_time: 2,
    },
  },
  '60-json-array-file': { ...array, says: /ERR_FALCO_PRETTY_PRINTED[\s\S]*jq -c '\.\[\]'/ },
  '61-pretty-json': { ...failed, says: /ERR_FALCO_PRETTY_PRINTED[\s\S]*jq -c \./ },
  '62-workingdir': { row: 'the file under `--workingdir`', exit: 0, events: 2 },
  '63-exclude-glob': nothingWritten,
  '65-no-default-product': { row: '`--no-default-attestor product` with falco', exit: 0, events: 2 },
  '66-attestor-unknown': { ...usage, says: /attestor not found: nope/ },
  '67-git-not-a-repo': { row: '3', exit: 3, says: /attestor git: .*ERR_GIT_NO_REPOSITORY/ },
  '70-hashes-sha1': {
    row: '`--hashes sha1`, `--dirhash-glob`',
    says: /warning: `--hashes sha1` is not recorded/,
  },
  '71-hashes-sha1-only': { ...usage, row: '`--hashes sha1`, `--dirhash-glob`', says: /--hashes/ },
  '72-dirhash-glob': {
    row: '`--hashes sha1`, `--dirhash-glob`',
    exit: 0,
    events: 2,
    products: ['falco-events.jsonl'],
  },
  '75-subjects-bad': { ...usage, says: /`img=sha256:abcd`: expected 64 hex digits/ },
  '76-subjects-dup': { ...usage, says: /`a` is given twice/ },
  '77-no-step': { ...usage, says: /--step/ },
  '80-gz-product': { ...failed, says: /ERR_FALCO_GZIP[\s\S]*gzip -dc/ },
}

const root = process.env.LANNER_CORPUS
const runs = join(root ?? '', 'golden/runs')
const NAMES = root === undefined ? [] : readdirSync(runs).filter(name => name !== 'INDEX.md')

test('there are recorded runs, and every named difference is one of them', t => {
  if (corpus(t, 'golden', 'runs') === undefined) return
  t.true(NAMES.length > 70)
  t.deepEqual(
    Object.keys(DIFFERENCES).filter(name => !NAMES.includes(name)),
    [],
  )
})

/** Differences whose row stands nowhere. */
function withoutRow(names: readonly string[]): string[] {
  const text = ['docs/differences.md', 'README.md']
    .map(file => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8'))
    .join('\n')
  return names.filter(name => !text.includes(`\n| ${DIFFERENCES[name]?.row} |`))
}

test('every difference is a row of the documentation', t => {
  t.deepEqual(withoutRow(Object.keys(DIFFERENCES)), [])
})

for (const name of NAMES) {
  const difference = DIFFERENCES[name]
  const law = difference === undefined ? 'ends as cilock ended' : `differs: ${difference.row}`
  test.serial(`${name} ${law}`, async t => {
    const recorded = JSON.parse(readFileSync(join(runs, name, 'run.json'), 'utf8')) as RecordedRun
    const replayed = await replay(bench(t), runs, name)
    const { ended, statement } = replayed
    t.is(ended.code, difference?.exit ?? recorded.exit, ended.stderr)
    if (difference?.says !== undefined) t.regex(ended.stderr, difference.says)
    t.is(statement !== undefined, difference?.envelope ?? recorded.envelope_written)
    if (statement === undefined) return
    assertFalco(t, statement, recorded, difference)
    assertCommandRun(t, statement, recorded, difference)
    assertProducts(t, statement, recorded, difference)
    assertSubjects(t, replayed, recorded, difference)
  })
}

function assertFalco(
  t: ExecutionContext,
  statement: Statement,
  recorded: RecordedRun,
  difference: Difference | undefined,
): void {
  const falco = predicateOf(statement, 'falco')
  const wanted = difference?.events ?? recorded.falco?.summary.total_events ?? 'none'
  t.is(falco?.summary.total_events ?? 'none', wanted)
  if (falco === undefined) return
  t.is(falco.events.length, wanted)
  t.is(falco.cluster, recorded.env.FALCO_CLUSTER_NAME)
  if (difference?.skipped !== undefined) {
    const counts = Object.entries(falco.skipped_lines as Record<string, { count: number }>)
    t.deepEqual(Object.fromEntries(counts.map(([reason, { count }]) => [reason, count])), difference.skipped)
  }
  if (difference?.summary !== undefined) t.like(falco.summary, difference.summary)
  if (recorded.falco == null) return
  t.is(falco.report_file, recorded.falco.report_file)
  t.deepEqual(falco.report_digest_set, { sha256: recorded.falco.report_digest_set.sha256 })
  // cilock leaves an empty cluster out.
  t.is(falco.cluster_name, recorded.falco.cluster_name ?? '')
  if (difference?.events === undefined)
    t.deepEqual(comparable(falco.summary), comparable(recorded.falco.summary))
}

/** Without what only we count, `rule_hits` in one order: theirs is random. */
function comparable(summary: RecordedSummary): unknown {
  const { unknown_priorities, duplicate_keys, without_time, rule_hits: hits, ...rest } = summary
  return { ...rest, rule_hits: [...(hits ?? [])].sort((a, b) => (a.rule < b.rule ? -1 : 1)) }
}

function assertCommandRun(
  t: ExecutionContext,
  statement: Statement,
  { command_run: theirs, args }: RecordedRun,
  difference: Difference | undefined,
): void {
  const ours = predicateOf(statement, 'command-run')
  t.deepEqual(ours.cmd, args.slice(args.indexOf('--') + 1))
  // cilock leaves a zero out, and writes no code when the command failed.
  const failing = difference?.row === stepCode.row || args.includes('--ignore-command-exit-code')
  if (!failing && difference?.exit !== 1) t.is(ours.exitcode, 0)
  for (const [member, value] of Object.entries(theirs ?? {})) t.deepEqual(ours[member], value, member)
}

function assertProducts(
  t: ExecutionContext,
  statement: Statement,
  { product: theirs, args }: RecordedRun,
  difference: Difference | undefined,
): void {
  const ours = predicateOf(statement, 'product')
  if (args.includes('--no-default-attestor')) {
    t.is(ours, undefined)
    return
  }
  const paths = (ours.leaves ?? []).map((leaf: { path: string }) => leaf.path).sort()
  t.deepEqual(paths, [...(difference?.products ?? theirs?.leaves ?? [])].sort())
  if (difference?.products === undefined) t.is(ours.merkleRoot, theirs?.merkleRoot)
}

function assertSubjects(
  t: ExecutionContext,
  { statement }: Replayed,
  { subjects }: RecordedRun,
  difference: Difference | undefined,
): void {
  const ours = (statement?.subject ?? []).map(({ name }) => name)
  t.deepEqual(ours, [...ours].sort(), 'sorted')
  if (difference?.events !== undefined) return
  const short = (name: string): string =>
    name
      .replace('https://aflock.ai/attestations/', '')
      .replace(`falco-events:${hostname()}`, 'falco-events:runner-1')
  t.deepEqual(ours.map(short).sort(), [...(subjects ?? [])].sort())
}
