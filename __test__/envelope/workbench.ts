// A fresh folder for one test, `openssl` as the independent oracle, and the golden corpus where there is one.
// Asserts nothing. Used by the tests of keys, signers and their commands.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'

/** A folder that disappears with the test. */
export function freshFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-keys-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs openssl and gives its stdout; throws when it exits with another code than 0. */
export function openssl(words: readonly string[], input?: Uint8Array): Buffer {
  return execFileSync('openssl', words, { input, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** The folder of recorded answers, or `undefined` after saying that the test is skipped. */
export function goldenFolder(t: ExecutionContext): string | undefined {
  const corpus = process.env.LANNER_CORPUS
  if (corpus !== undefined) return join(corpus, 'golden')
  t.log('skipped: no corpus')
  t.pass()
  return undefined
}
