// `lanner detect`: the alerts that rules give on audit logs, CloudTrail, stored alerts and traced system calls.
// Judges nothing itself; the addon reads, judges and writes lines. Loaded by `cli.ts`.
import { Option } from 'clipanion'
import { sourceOf } from '../detect/rule-book.ts'
import type { Source } from '../detect/source.ts'
import { alertsReach, parseStatistics } from '../detect/statistics.ts'
import { openNative } from '../native/native.ts'
import { renderSkipped, renderStatistics } from '../terminal/detection-statistics.ts'
import { writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'
import { type DetectPlan, planDetection } from './detect-plan.ts'
import { runDetection } from './detect-run.ts'
import { RulesCommand } from './rules-options.ts'

/** The command class of `detect`. */
export class DetectCommand extends RulesCommand {
  static override paths = [['detect']]
  static override usage = RulesCommand.Usage({
    category: 'Detection',
    description: "apply Falco's rules to recorded events",
    details: `
      Reads files, directories or stdin and prints an alert a line, as Falco writes them, in the order of the events. JSON lines, arrays,
      \`EventList\`, \`{"Records":[…]}\`, \`lookup-events\` answers, gzip and zstd are recognised by content. Nothing is contacted.

      Statistics and what had to be skipped go to stderr. The exit code is 0 whether or not rules fire, 1 with --fail-on when an alert was
      urgent enough, 2 when rule files don't load, 3 when input can't be read.
    `,
    examples: [
      ['A Kubernetes audit log', '$0 detect --rules k8s_audit_rules.yaml --source k8s_audit audit.log'],
      [
        'A folder of CloudTrail files, only what is urgent, as a gate',
        '$0 detect -r aws_cloudtrail_rules.yaml --priority warning --fail-on critical trail/',
      ],
      ['A log that grows', '$0 detect -r rules.d --source k8s_audit --follow /var/log/kubernetes/audit.log'],
    ],
  })

  format = Option.String('--format', {
    description: 'json (default) or text; the same as -o json_output=true|false',
  })
  outfile = Option.String('--outfile', {
    description: 'Where alerts go (default stdout); with --follow it is appended to',
  })
  failOn = Option.String('--fail-on', {
    description: 'Exit 1 when an alert has this priority (debug … emergency) or a more urgent one',
  })
  follow = Option.String('--follow', {
    tolerateBoolean: true,
    description: 'Go on with what is added to the files, through rotation, until SIGINT or SIGTERM',
  })
  quiet = Option.String('-q,--quiet', { tolerateBoolean: true, description: 'No statistics' })
  inputs = Option.Rest({ name: 'input' })

  override async execute(): Promise<number> {
    const plan = planDetection(this, this.context.stdin)
    const native = await openNative()
    const book = await this.openRules(native, plan.options)
    if (book === undefined) return 2
    const source = sourceOf(book, plan.source)
    if (!book.sources.includes(source)) await this.warnOfSilence(source)
    const settings = this.settings(source, plan.options)
    const statistics = parseStatistics(await runDetection(book, settings, plan, this.context))
    await this.tell(plan, statistics)
    return plan.failOn !== undefined && alertsReach(statistics, plan.failOn) ? 1 : 0
  }

  /** Silence would look like a quiet log. */
  private async warnOfSilence(source: Source): Promise<void> {
    const { stderr } = this.context
    await writeAll(stderr, `${paintFor(stderr)('caution', 'warning')}: no rule for ${source} takes part\n`)
  }

  private async tell({ quiet }: DetectPlan, statistics: ReturnType<typeof parseStatistics>): Promise<void> {
    const { stderr } = this.context
    await writeAll(stderr, renderSkipped(statistics, paintFor(stderr)))
    if (!quiet) await writeAll(stderr, renderStatistics(statistics))
  }
}
