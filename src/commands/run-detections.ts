// Turns the typed flags about rules into what they mean: which rules judge what, and what becomes of the alerts.
// Loads no rule; that happens before the step starts. Used by `run-plan.ts`.
import { namedFile } from '../attestors/named-file.ts'
import type { DetectionsPlan } from '../attestors/step-detection.ts'
import { alertHostname } from '../detect/alert-hostname.ts'
import { SIGNED_OUTPUT } from '../detect/signed-output.ts'
import { parsePriority, parseSource, type Source } from '../detect/source.ts'
import { usageError } from '../error.ts'
import { containerOf } from './container-flags.ts'
import { parseChoice, parseList, parseSwitch } from './flag-values.ts'
import type { StepCommand } from './run-options.ts'

/** The flags read here. */
export type DetectionsFlags = Pick<
  StepCommand,
  | 'attestations'
  | 'rules'
  | 'detectionsFile'
  | 'detectionsSource'
  | 'detectionsAlerts'
  | 'detectionsOutfile'
  | 'ruleMatching'
  | 'failOn'
  | 'falcoCompat'
  | 'asContainer'
  | 'asPrivileged'
  | 'trace'
>

/** What rules are to judge; `undefined` where there are none. Throws usage errors that name the flag. */
export function planDetections(
  flags: DetectionsFlags,
  directory: string,
  environment: NodeJS.ProcessEnv,
): DetectionsPlan | undefined {
  const { rules, detectionsFile: file } = flags
  if (rules === undefined) {
    refuseWithoutRules(flags)
    return undefined
  }
  const source = sourceOf(flags)
  return {
    rules: { named: rules, sources: [source], additions: [{ list: WORKSPACE, items: [directory] }] },
    settings: {
      source,
      matchAll: parseChoice('--rule-matching', flags.ruleMatching, ['first', 'all']) === 'all',
      falcoCompat: parseSwitch('--falco-compat', flags.falcoCompat),
      hostname: alertHostname(environment),
      utcOffset: 0,
      ...containerOf({ source, container: flags.asContainer, privileged: flags.asPrivileged }),
      output: SIGNED_OUTPUT,
    },
    file: file === undefined ? undefined : namedFile(directory, file),
    alerts: parseChoice('--attestor-detections-alerts', flags.detectionsAlerts, ['embed', 'digest']),
    outfile: flags.detectionsOutfile,
    failOn: flags.failOn === undefined ? undefined : parsePriority('--fail-on', flags.failOn),
  }
}

/** A list that rules may define: directories a step may write to. The step's own is added to it. */
const WORKSPACE = 'ci_workspace'

/** The system calls of the step, unless a file is named; what that holds must be said. */
function sourceOf({ detectionsFile, detectionsSource, trace }: DetectionsFlags): Source {
  const named =
    detectionsSource === undefined ? undefined : parseSource('--attestor-detections-source', detectionsSource)
  if (detectionsFile !== undefined) {
    if (named !== undefined) return named
    throw usageError(
      'ERR_USAGE_SOURCE',
      '`--attestor-detections-file` needs to be told what the file holds',
      'pass --attestor-detections-source k8s_audit, aws_cloudtrail, falco or syscall',
    )
  }
  if (named !== undefined && named !== 'syscall') {
    throw usageError(
      'ERR_USAGE_SOURCE',
      `\`--attestor-detections-source ${named}\` needs a file to judge`,
      'name it: --attestor-detections-file FILE',
    )
  }
  if (trace === undefined || (trace !== 'auto' && !parseSwitch('--trace', trace))) {
    throw usageError(
      'ERR_USAGE_TRACE',
      '`--rules` needs `--trace`, or a file to judge',
      'without tracing the system calls of the step are not seen; a file is named with --attestor-detections-file',
    )
  }
  return 'syscall'
}

function refuseWithoutRules(flags: DetectionsFlags): void {
  const typed: readonly (readonly [string, unknown])[] = [
    ['--attestor-detections-file', flags.detectionsFile],
    ['--attestor-detections-source', flags.detectionsSource],
    ['--attestor-detections-alerts', flags.detectionsAlerts],
    ['--alerts', flags.detectionsOutfile],
    ['--rule-matching', flags.ruleMatching],
    ['--fail-on', flags.failOn],
    ['--as-container', flags.asContainer],
    ['--as-privileged', flags.asPrivileged],
    ['--attestations detections', parseList(flags.attestations).includes('detections') ? true : undefined],
  ]
  const [flag] = typed.find(([, value]) => value !== undefined) ?? []
  if (flag === undefined) return
  throw usageError('ERR_USAGE_RULES', `\`${flag}\` needs rules`, 'name them: --rules FILE')
}
