// Adds up what cargo test, ava and node:test print into passed, failed and skipped, and prints the one closing line.
// A runner that ends badly or prints no totals counts as a failure: a test that did not run did not pass.
// Used by test.mjs, lint.mjs and test-packed.mjs; `.ci/run` adds up their closing lines.

// A test that cannot run here passes and says why in a line of this form; it is not counted as passed.
const SKIPPED = /^\s*(?:ℹ\s*)?skipped: \S/gm

/** Totals of `cargo test -- --show-output`, which prints what passing tests wrote. */
export function cargoTotals({ code, stdout }) {
  const results = [...stdout.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)]
  const totals = { passed: 0, failed: 0, skipped: 0 }
  for (const [, passed, failed, ignored] of results) {
    totals.passed += Number(passed)
    totals.failed += Number(failed)
    totals.skipped += Number(ignored)
  }
  return settle(totals, { code, stdout, ran: results.length > 0 })
}

/** Totals of ava's closing summary, which leaves the passed ones out when any failed: then its ticks are counted. */
export function avaTotals({ code, stdout }) {
  const summary = stdout.slice(stdout.lastIndexOf('  ─\n') + 1)
  const count = word => Number(new RegExp(`^\\s*(\\d+) ${word}`, 'm').exec(summary)?.[1] ?? 0)
  const failed = [
    'tests? failed',
    'hooks? failed',
    'uncaught exceptions?',
    'unhandled rejections?',
    'tests? remained',
  ]
  const totals = {
    passed: count('tests? passed') || (stdout.match(/^\s*✔ /gm)?.length ?? 0),
    failed: failed.reduce((total, word) => total + count(word), 0),
    skipped: count('tests? skipped') + count('tests? todo'),
  }
  return settle(totals, { code, stdout, ran: totals.passed + totals.failed > 0 })
}

/** Totals of node:test's spec reporter. */
export function nodeTotals({ code, stdout }) {
  const count = word => Number(new RegExp(`^(?:ℹ|#) ${word} (\\d+)`, 'm').exec(stdout)?.[1] ?? 0)
  const totals = {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped: count('skipped') + count('todo'),
  }
  return settle(totals, { code, stdout: '', ran: totals.passed + totals.failed > 0 })
}

/** Sums several totals. */
export function sum(list) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const { passed, failed, skipped } of list) {
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
  return total
}

/** Prints `N passed, N failed, N skipped` alone on a line and sets the exit code. */
export function close({ passed, failed, skipped }) {
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  process.exitCode = failed === 0 ? 0 : 1
}

function settle(totals, { code, stdout, ran }) {
  const unable = stdout.match(SKIPPED)?.length ?? 0
  const settled = { ...totals, passed: totals.passed - unable, skipped: totals.skipped + unable }
  if ((code !== 0 || !ran) && settled.failed === 0) settled.failed = 1
  return settled
}
