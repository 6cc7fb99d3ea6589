// Every hostile capture of the corpus through the command: as a product of the step, named by flag, and under strict.
// The table says what must come of each file; a file without a row fails. Started by ava.

import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Bench, bench, corpus, type Outcome, predicateOf } from './lanner.ts'
import { embeddedEvents, eventLines, joined, payloadOf } from './signed-bytes.ts'

/** What must come of a capture that is signed. */
interface Signed {
  readonly events: number
  /** Line numbers by reason. */
  readonly skipped?: Readonly<Record<string, readonly number[]>>
  /** Members of the summary, and of the predicate, beyond the counts. */
  readonly summary?: Readonly<Record<string, unknown>>
  readonly predicate?: Readonly<Record<string, unknown>>
}

/** What must come of a capture that is refused: the stable code and words of the hint. */
interface Refused {
  readonly code: string
  readonly hint: RegExp
}

const REAL = 'Read sensitive file untrusted'
const ARRAY: Refused = { code: 'ERR_FALCO_PRETTY_PRINTED', hint: /one event a line.*jq -c \./ }

const ROWS: Readonly<Record<string, Signed | Refused>> = {
  'banner-first.log': { events: 5, skipped: { not_json: [1, 2] } },
  'banner-between.log': { events: 2, skipped: { not_json: [2, 3, 4] } },
  'crlf.jsonl': { events: 5 },
  'bom.jsonl': { events: 5 },
  'no-last-newline.jsonl': { events: 5 },
  'truncated-last-line.jsonl': {
    events: 5,
    skipped: { not_json: [6] },
    predicate: { truncated_last_line: true },
  },
  'blank-lines.jsonl': { events: 5 },
  'empty.jsonl': { events: 0 },
  'only-blank.jsonl': { events: 0 },
  'only-banner.log': { events: 0, skipped: { not_json: [1, 2] } },
  'no-rule.jsonl': { events: 2, skipped: { no_rule: [2, 3, 4, 5], not_object: [6, 7, 8] } },
  'case-variant-key.jsonl': { events: 1, skipped: { no_rule: [2] } },
  'duplicate-keys.jsonl': {
    events: 2,
    summary: {
      duplicate_keys: 1,
      priorities: { critical: 1, warning: 1 },
      rule_hits: [
        { rule: 'B', count: 1, highest_priority: 'Critical' },
        { rule: REAL, count: 1, highest_priority: 'Warning' },
      ],
    },
  },
  'invalid-utf8.jsonl': { events: 2, skipped: { not_utf8: [2] } },
  'escaped-rule-name.jsonl': {
    events: 2,
    summary: { rule_hits: [{ rule: REAL, count: 2, highest_priority: 'Warning' }] },
  },
  'lone-surrogate.jsonl': { events: 1, skipped: { not_json: [1] } },
  'nul-in-string.jsonl': { events: 2 },
  'raw-control-character.jsonl': { events: 2, skipped: { not_json: [2] } },
  'deep-nesting.jsonl': { events: 2, skipped: { too_deep: [2] } },
  'big-numbers.jsonl': { events: 2 },
  'priorities.jsonl': {
    events: 11,
    summary: {
      unknown_priorities: 2,
      priorities: {
        emergency: 1,
        alert: 1,
        critical: 1,
        error: 1,
        warning: 1,
        notice: 1,
        informational: 2,
        debug: 1,
      },
    },
  },
  'unordered-times.jsonl': {
    events: 6,
    summary: {
      window_start: '2026-05-29T10:50:08.999999999Z',
      window_end: '2026-05-29T10:50:09.500000001Z',
      without_time: 2,
    },
  },
  'unknown-keys.jsonl': { events: 2 },
  'pretty-printed.json': ARRAY,
  'array.json': ARRAY,
  'two-objects-one-line.jsonl': { events: 1, skipped: { trailing_content: [1] } },
  'trailing-comma.jsonl': { events: 1, skipped: { trailing_content: [1] } },
  'leading-log-prefix.log': { code: 'ERR_FALCO_PREFIXED_LOG', hint: /container runtime's prefix/ },
  'utf16le.jsonl': { code: 'ERR_FALCO_UTF16', hint: /JSON is UTF-8.*iconv/ },
  'gzip.jsonl.gz': { code: 'ERR_FALCO_GZIP', hint: /gzip -dc/ },
}

test('every hostile capture of the corpus has a row, and every row its capture', t => {
  const folder = corpus(t, 'falco', 'hostile')
  if (folder === undefined) return
  const files = readdirSync(folder).filter(name => name !== 'README.md')
  t.deepEqual(files.sort(), Object.keys(ROWS).sort())
})

for (const [name, row] of Object.entries(ROWS)) {
  const law = 'code' in row ? `is refused as ${row.code}` : `gives ${row.events} events, byte for byte`
  test.serial(`${name} ${law}, written by the step or named by flag`, async t => {
    const source = corpus(t, 'falco', 'hostile', name)
    if (source === undefined) return
    const product = `falco-${name}`
    const written = bench(t)
    const copied = await written.step(['-a', 'falco', '--', 'cp', source, product])
    await assertOutcome(t, row, written, copied, source, product)
    const named = bench(t)
    copyFileSync(source, join(named.work, name))
    const words = ['-s', 'test', '-k', named.key, '-o', named.envelope, '-a', 'falco']
    const attested = await named.lanner(['attest', ...words, '--attestor-falco-file', name])
    await assertOutcome(t, row, named, attested, source, name)
  })

  test.serial(
    `${name} under strict is an error exactly when a line that is not blank is no event`,
    async t => {
      const source = corpus(t, 'falco', 'hostile', name)
      if (source === undefined) return
      const product = `falco-${name}`
      const strict = bench(t)
      const words = ['-a', 'falco', '--attestor-falco-strict', '--', 'cp', source, product]
      const ended = await strict.step(words)
      const faults = 'code' in row ? [] : Object.entries(row.skipped ?? {})
      if (faults.length === 0) return assertOutcome(t, row, strict, ended, source, product)
      t.is(ended.code, 3, ended.stderr)
      const [reason, lines] = faults.sort(([, a], [, b]) => (a[0] ?? 0) - (b[0] ?? 0))[0] ?? ['', []]
      t.true(ended.stderr.includes(`${product}: line ${lines[0]} is no event: ${reason}`), ended.stderr)
      t.true(ended.stderr.includes('(ERR_FALCO_STRICT)'))
      assertOthersSigned(t, strict)
    },
  )
}

async function assertOutcome(
  t: ExecutionContext,
  row: Signed | Refused,
  place: Bench,
  ended: Outcome,
  source: string,
  path: string,
): Promise<void> {
  if ('code' in row) {
    t.is(ended.code, 3, ended.stderr)
    t.true(ended.stderr.includes(`(${row.code})`), ended.stderr)
    t.true(ended.stderr.includes(path), ended.stderr)
    t.regex(ended.stderr.replaceAll('\n', ' '), new RegExp(`hint: .*${row.hint.source}`))
    assertOthersSigned(t, place)
    return
  }
  t.is(ended.code, 0, ended.stderr)
  assertSigned(t, row, place, readFileSync(source), path)
}

/** The falco predicate is missing, nothing else is. */
function assertOthersSigned(t: ExecutionContext, place: Bench): void {
  t.deepEqual(
    place.statement().predicate.attestations.map(({ type }) => type.split('/').at(-2)),
    ['material', 'command-run', 'product'],
  )
}

function assertSigned(t: ExecutionContext, row: Signed, place: Bench, bytes: Buffer, path: string): void {
  const falco = predicateOf(place.statement(), 'falco')
  const skipped = Object.entries(row.skipped ?? {}).map(([reason, lines]) => [
    reason,
    { count: lines.length, first: lines },
  ])
  t.deepEqual(falco.skipped_lines, Object.fromEntries(skipped))
  t.like(falco.summary, {
    total_events: row.events,
    duplicate_keys: 0,
    unknown_priorities: 0,
    without_time: 0,
    ...row.summary,
  })
  t.like(falco, { truncated_last_line: undefined, ...row.predicate })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  t.deepEqual(falco.source_file, { path, sha256, size: bytes.length })
  const expected = eventLines(bytes, Object.values(row.skipped ?? {}).flat())
  t.is(expected.length, row.events, 'the table agrees with the file')
  t.deepEqual(embeddedEvents(payloadOf(place.envelope)), joined(expected))
  const blank = falco.lines - row.events - Object.values(row.skipped ?? {}).flat().length
  t.is(falco.blank_lines, blank)
}

test('two captures written by one step are an error that lists both, and the flag settles it', async t => {
  const place = bench(t)
  writeFileSync(join(place.root, 'event.jsonl'), '{"rule":"R","priority":"Notice"}\n')
  const script = 'cp ../event.jsonl one.jsonl; cp ../event.jsonl two.jsonl; echo >> two.jsonl'
  const ambiguous = await place.step(['-a', 'falco', '--', 'sh', '-c', script])
  t.is(ambiguous.code, 3)
  t.regex(ambiguous.stderr, /2 Falco captures: one\.jsonl, two\.jsonl \(ERR_FALCO_AMBIGUOUS\)/)
  t.regex(ambiguous.stderr, /hint: .*--attestor-falco-file/)
  assertOthersSigned(t, place)
  const flag = ['--attestor-falco-file', 'two.jsonl']
  t.is((await place.step(['-a', 'falco', ...flag, '--', 'sh', '-c', script])).code, 0)
  t.is(predicateOf(place.statement(), 'falco').source_file.path, 'two.jsonl')
})

test('a quiet window is a signed statement of zero events when its name or the flag says Falco, else an error', async t => {
  const place = bench(t)
  t.is((await place.step(['-a', 'falco', '--', 'touch', 'falco.log'])).code, 0)
  const zero = predicateOf(place.statement(), 'falco')
  t.is(zero.summary.total_events, 0)
  t.is(zero.events_tree.root, createHash('sha256').digest('hex'), 'RFC 6962 §2.1: the hash of nothing')
  const flag = ['--attestor-falco-file', 'quiet.log']
  t.is((await place.step(['-a', 'falco', ...flag, '--', 'touch', 'quiet.log'])).code, 0)
  const other = await place.step(['-a', 'falco', '--', 'touch', 'other.log'])
  t.is(other.code, 3)
  t.regex(other.stderr, /ERR_FALCO_NO_CAPTURE/)
  t.true(existsSync(place.envelope))
})
