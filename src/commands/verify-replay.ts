// Judges kept events again, with the rules that are said to have judged them, and compares what that gives with what was signed.
// Trusts no evidence: it is asked only of evidence that has passed. Used by `verify-run.ts`.
import { createHash } from 'node:crypto'
import { DETECTIONS_TYPE } from '../attestors/detections.ts'
import { type Detections, detectionsSchema } from '../attestors/schemas/detections.ts'
import { openRuleBook } from '../detect/rule-book.ts'
import { SIGNED_OUTPUT } from '../detect/signed-output.ts'
import { parseStatistics } from '../detect/statistics.ts'
import { toLannerError } from '../native/failure.ts'
import type { Native, StepContainer } from '../native/native.ts'
import type { Evidence } from '../policy/evidence.ts'
import { type ExactValue, exactPieces, isExactObject } from '../policy/exact-json.ts'
import type { Fault, Verdict } from '../policy/verdict.ts'

/** What is judged again, by which rules. */
export interface ReplayPlan {
  readonly file: string
  readonly rules: readonly string[]
}

/** What a statement says of its detections. */
type Signed = Pick<
  Detections,
  'rules' | 'settings' | 'input' | 'judged' | 'rule_counts' | 'report_digest_set'
>

/** `verdict` with what the replay found wrong. Never throws but for bugs. */
export async function withReplay(native: Native, plan: ReplayPlan, verdict: Verdict): Promise<Verdict> {
  const faults: Fault[] = []
  try {
    const signed = passedEvidence(verdict).flatMap(detectionsIn)
    if (signed.length === 0) faults.push(fault('ERR_REPLAY_NONE', 'no passed evidence holds detections'))
    for (const each of signed) faults.push(...(await replay(native, plan, each)))
  } catch (thrown) {
    const { code, message, exit } = toLannerError(thrown)
    if (exit === 70) throw thrown
    faults.push(fault(code, `the replay failed: ${message}`))
  }
  return { ...verdict, passed: verdict.passed && faults.length === 0, faults: [...verdict.faults, ...faults] }
}

function passedEvidence({ steps, externals }: Verdict): Evidence[] {
  const candidates = [...steps, ...externals].flatMap(each => each.candidates)
  return [...new Set(candidates.flatMap(each => (each.passed ? [each.evidence] : [])))]
}

function detectionsIn({ collection, predicate, predicateType }: Evidence): Signed[] {
  const alone = predicateType === DETECTIONS_TYPE ? [predicate] : []
  const entries = collection?.entries ?? []
  const bodies = [...alone, ...entries.filter(each => each.type === DETECTIONS_TYPE).map(each => each.body)]
  return bodies.map(body => signedDetections(body))
}

/** Without the alerts themselves, whose digest is compared. Throws `ZodError` where the shape is another one. */
function signedDetections(body: ExactValue | undefined): Signed {
  const members = isExactObject(body) ? Object.entries(body).filter(([name]) => name !== 'events') : []
  const text = members.map(
    ([name, value]) => `${JSON.stringify(name)}:${[...exactPieces(value as ExactValue)].join('')}`,
  )
  return detectionsSchema.omit({ events: true }).parse(JSON.parse(`{${text.join(',')}}`))
}

async function replay(native: Native, plan: ReplayPlan, signed: Signed): Promise<Fault[]> {
  const { settings } = signed
  const book = await openRuleBook(native, {
    named: plan.rules,
    sources: [settings.source],
    priority: settings.priority,
    choices: settings.choices,
    additions: settings.additions,
  })
  const ours = JSON.parse(book.filesJson()) as { readonly sha256: string }[]
  const theirs = signed.rules.files
  if (ours.map(file => file.sha256).join() !== theirs.map(file => file.sha256).join()) {
    const names = theirs.map(({ path, sha256 }) => `${path} (sha256:${sha256})`).join(', ')
    return [fault('ERR_REPLAY_RULES', `the rules are not those that were applied: ${names}`)]
  }
  const detection = book.detectFile(
    {
      source: settings.source,
      matchAll: settings.rule_matching === 'all',
      falcoCompat: settings.falco_compat,
      hostname: settings.hostname,
      utcOffset: 0,
      ...(settings.container === undefined ? {} : { container: containerAgain(settings.container) }),
      output: SIGNED_OUTPUT,
    },
    plan.file,
  )
  const alerts = createHash('sha256')
  for (let lines = await detection.next(); lines !== null; lines = await detection.next())
    alerts.update(lines)
  const { sha256 } = detection.digest()
  if (sha256 !== signed.input.sha256) {
    return [
      fault(
        'ERR_REPLAY_INPUT',
        `${plan.file} is not what was judged: sha256:${sha256}, not ${signed.input.sha256}`,
      ),
    ]
  }
  const found = parseStatistics(detection.statisticsJson())
  const digest = alerts.digest('hex')
  if (digest === signed.report_digest_set.sha256) return []
  const counts = `${found.alerts} alerts in ${found.events} events, signed are ${signed.judged.alerts} in ${signed.judged.events}`
  return [fault('ERR_REPLAY_ALERTS', `the rules give other alerts: ${counts}`)]
}

function containerAgain({
  name,
  privileged,
  image,
}: NonNullable<Signed['settings']['container']>): StepContainer {
  return { name, privileged, ...(image === undefined ? {} : { image }) }
}

function fault(code: string, why: string): Fault {
  return { code, why }
}
