// `lanner verify`: judges attestations under a signed policy; the exit code is the verdict.
// Decides nothing itself: `verify-plan.ts` loads what was named, `policy/` judges, `terminal/verdict.ts` words it.
import { Command } from 'clipanion'
import { usageError } from '../error.ts'
import { toLannerError } from '../native/failure.ts'
import { openNative } from '../native/native.ts'
import { failureObject, renderFailure } from '../terminal/failure.ts'
import { writeAll } from '../terminal/output.ts'
import { withProgress } from '../terminal/progress.ts'
import { paintFor } from '../terminal/style.ts'
import { renderVerdict, verdictObject } from '../terminal/verdict.ts'
import { VerifyOptions } from './verify-options.ts'
import { planVerification, type VerifyPlan } from './verify-plan.ts'
import { runVerification, type VerificationReport } from './verify-run.ts'

/** The command class of `verify`. */
export class VerifyCommand extends VerifyOptions {
  static override paths = [['verify']]

  static override usage = Command.Usage({
    category: 'Policy',
    description: 'judge attestations under a signed policy',
    details: `
      Exit code 0 when every step of the policy is satisfied by an attestation that speaks of the artifact, 1 when not, 2 for
      wrong usage. Every artifact that is named must be found in the evidence.

      With --chain the windows that \`lanner serve\` sealed are verified instead: each under the key, none missing, each behind the one it
      names, their alerts unchanged.
    `,
    examples: [
      [
        'A release gate',
        '$0 verify -p policy.signed.json -k policy.pub.pem -a attestation.json -f falco-events.jsonl',
      ],
      [
        'For programs',
        '$0 verify -p policy.signed.json -k policy.pub.pem -a attestation.json -f app.bin -o json',
      ],
      [
        'Why not',
        '$0 verify -p policy.signed.json -k policy.pub.pem -a attestation.json -f app.bin --explain',
      ],
      ['What a server received, whole and in order', '$0 verify --chain windows/ -k seal.pub.pem'],
    ],
  })

  async execute(): Promise<number> {
    if (this.chain !== undefined) {
      const { runChainVerification } = await import('./verify-chain.ts')
      return runChainVerification(this, this.chain)
    }
    if (this.chainHead !== undefined) {
      throw usageError('ERR_USAGE_CHAIN', '`--chain-head` needs `--chain`', 'as `--chain DIRECTORY`')
    }
    const plan = await planVerification(this)
    const native = await openNative()
    const work = new native.Work()
    const report = await withProgress('verifying', work, this.context.stderr, () =>
      runVerification(native, plan, work),
    )
    await this.print(plan, report)
    return report.verdict?.passed === true && report.failure === undefined ? 0 : 1
  }

  private async print(
    { format, explain }: VerifyPlan,
    { verdict, failure }: VerificationReport,
  ): Promise<void> {
    const { stdout, stderr } = this.context
    if (format === 'json') {
      const object = {
        ...(verdict === undefined ? { passed: false } : verdictObject(verdict)),
        ...(failure === undefined
          ? {}
          : { passed: false, ...failureObject(toLannerError(failure)), exit: 1 }),
      }
      await writeAll(stdout, `${JSON.stringify(object)}\n`)
    } else if (verdict !== undefined) {
      await writeAll(stdout, renderVerdict(verdict, explain, paintFor(stdout)))
    }
    if (failure !== undefined) await writeAll(stderr, renderFailure(failure, paintFor(stderr)))
  }
}
