// What `verify --chain` does: judges the windows that a server sealed, one behind the other.
// Applies no policy. Used by `verify`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPublicKey } from '../envelope/keys.ts'
import { usageError } from '../error.ts'
import { openNative } from '../native/native.ts'
import { verifyChain } from '../serve/evidence/chain.ts'
import { renderChain } from '../terminal/chain.ts'
import { writeAll } from '../terminal/output.ts'
import { withProgress } from '../terminal/progress.ts'
import { paintFor } from '../terminal/style.ts'
import { parseChoice } from './flag-values.ts'
import type { VerifyOptions } from './verify-options.ts'

/** Verifies the chain in `directory` as the flags say; the exit code. */
export async function runChainVerification(typed: VerifyOptions, directory: string): Promise<number> {
  refuseOthers(typed)
  const format = parseChoice('-o', typed.output, ['text', 'json'])
  const head = typed.chainHead === undefined ? undefined : parseHead(typed.chainHead)
  if (typed.publicKey === undefined)
    throw usageError('ERR_USAGE_TRUST', '`--chain` needs the key that seals', 'pass `-k seal.pub.pem`')
  const key = loadPublicKey(typed.publicKey)
  const { stdout, stderr } = typed.context
  const native = await openNative()
  const work = new native.Work()
  const scratch = mkdtempSync(join(tmpdir(), 'lanner-chain-'))
  try {
    const report = await withProgress('verifying', work, stderr, () =>
      verifyChain({ native, key, scratch, work }, { directory, head }),
    )
    const text =
      format === 'json'
        ? `${JSON.stringify(report)}\n`
        : renderChain(report, head !== undefined, paintFor(stdout))
    await writeAll(stdout, text)
    return report.passed ? 0 : 1
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function parseHead(text: string): string {
  const hex = text.toLowerCase().replace(/^sha256:/, '')
  if (/^[0-9a-f]{64}$/.test(hex)) return hex
  throw usageError('ERR_USAGE_FLAG_VALUE', `\`--chain-head\` is \`${text}\`, expected a SHA-256 in hex`)
}

function refuseOthers(typed: VerifyOptions): void {
  const others: readonly (readonly [string, unknown])[] = [
    ['--policy', typed.policy],
    ['--attestations', typed.attestations],
    ['--bundle', typed.bundles],
    ['--artifactfile', typed.artifact ?? typed.artifactPath],
    ['--directory-path', typed.directory],
    ['--subjects', typed.subjects],
    ['--replay', typed.replay],
    ['--vsa-outfile', typed.vsaOutfile],
  ]
  const [flag] = others.find(([, value]) => value !== undefined) ?? []
  if (flag === undefined) return
  throw usageError(
    'ERR_USAGE_CHAIN',
    `\`--chain\` applies no policy: \`${flag}\` can't be given with it`,
    'a window is an envelope like others: `lanner verify -p POLICY -k PUB -a WINDOW.json -f WINDOW.jsonl`',
  )
}
