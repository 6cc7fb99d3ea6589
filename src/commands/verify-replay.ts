// Judges kept events again, with the rules that are said to have judged them, and compares what that gives with what was signed.
// Trusts no evidence: it is asked only of evidence that has passed. Used by `verify-run.ts`.
import { createHash } from 'node:crypto'
import { DETECTIONS_TYPE } from '../attestors/detections.ts'
import { LineSpool } from '../attestors/line-spool.ts'
import { type Detections, detectionsSchema } from '../attestors/schemas/detections.ts'
import { captureReport } from '../attestors/schemas/falco.ts'
import { parseLoadedFiles } from '../detect/load-report.ts'
import { openRuleBook } from '../detect/rule-book.ts'
import { SIGNED_OUTPUT } from '../detect/signed-output.ts'
import { parseStatistics } from '../detect/statistics.ts'
import { toLannerError } from '../native/failure.ts'
import type { Detection, Native, RuleBook, Work } from '../native/native.ts'
import type { Evidence } from '../policy/evidence.ts'
import { type ExactValue, exactPieces, isExactObject } from '../policy/exact-json.ts'
import type { Fault, Verdict } from '../policy/verdict.ts'
import { differingMembers, EmbeddingDigest, embedsAlerts, type Replayed } from './replayed-alerts.ts'

/** What is judged again, by which rules. */
export interface ReplayPlan {
  readonly files: readonly string[]
  readonly rules: readonly string[]
}

/** What a replay works with. */
interface Replay {
  readonly native: Native
  readonly plan: ReplayPlan
  readonly spoolDirectory: string
  readonly work: Work
}

/** Detections that were signed. */
interface Signed {
  readonly facts: Omit<Detections, 'events'>
  readonly events: ExactValue | undefined
  readonly evidence: Evidence
}

/** `verdict` with what the replay found wrong. Never throws but for bugs. */
export async function withReplay(
  native: Native,
  plan: ReplayPlan,
  verdict: Verdict,
  spoolDirectory: string,
  work: Work,
): Promise<Verdict> {
  const faults: Fault[] = []
  try {
    const signed = passedEvidence(verdict).flatMap(detectionsIn)
    if (signed.length === 0) faults.push(fault('ERR_REPLAY_NONE', 'no passed evidence holds detections'))
    else faults.push(...(await replayAll({ native, plan, spoolDirectory, work }, signed)))
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

function detectionsIn(evidence: Evidence): Signed[] {
  const { collection, predicate, predicateType } = evidence
  const alone = predicateType === DETECTIONS_TYPE ? [predicate] : []
  const entries = collection?.entries ?? []
  const bodies = [...alone, ...entries.filter(each => each.type === DETECTIONS_TYPE).map(each => each.body)]
  return bodies.map(body => ({
    facts: signedFacts(body),
    events: isExactObject(body) ? body.events : undefined,
    evidence,
  }))
}

/** Without the alerts themselves. Throws `ZodError` where the shape is another one. */
function signedFacts(body: ExactValue | undefined): Signed['facts'] {
  const members = isExactObject(body) ? Object.entries(body).filter(([name]) => name !== 'events') : []
  const text = members.map(
    ([name, value]) => `${JSON.stringify(name)}:${[...exactPieces(value as ExactValue)].join('')}`,
  )
  return detectionsSchema.omit({ events: true }).parse(JSON.parse(`{${text.join(',')}}`))
}

/** A file is replayed for the detections that are said to be of it, and for no other. */
async function replayAll(replay: Replay, signed: readonly Signed[]): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const file of replay.plan.files) {
    const sha256 = await replay.native.digestFile(file, replay.work)
    const chosen = signed.filter(({ facts }) => facts.input.sha256 === sha256)
    if (chosen.length === 0) faults.push(notJudged(file, sha256, signed))
    for (const each of chosen) faults.push(...(await replayOne(replay, file, each)))
  }
  return faults
}

function notJudged(file: string, sha256: string, signed: readonly Signed[]): Fault {
  const judged = [...new Set(signed.map(({ facts }) => `sha256:${facts.input.sha256}`))].join(', ')
  return fault('ERR_REPLAY_INPUT', `${file} is not what was judged: sha256:${sha256}, not ${judged}`)
}

async function replayOne(
  replay: Replay,
  file: string,
  { facts, events, evidence }: Signed,
): Promise<Fault[]> {
  const { native, plan, work } = replay
  const { settings, rules, judged } = facts
  const book = await openRuleBook(native, {
    named: plan.rules,
    sources: [settings.source],
    priority: settings.priority,
    choices: settings.choices,
    additions: settings.additions,
  })
  const ours = parseLoadedFiles(book.filesJson())
  if (ours.map(({ sha256 }) => sha256).join() !== rules.files.map(({ sha256 }) => sha256).join()) {
    const names = rules.files.map(({ path, sha256 }) => `${path} (sha256:${sha256})`).join(', ')
    return [fault('ERR_REPLAY_RULES', `the rules are not those that were applied: ${names}`)]
  }
  const detection = judgeAgain(book, settings, file)
  const alerts = await LineSpool.open(replay.spoolDirectory, 'alerts')
  try {
    const { sha256, embedding } = await collect(detection, alerts)
    const read = detection.digest().sha256
    if (read !== facts.input.sha256) {
      return [fault('ERR_REPLAY_INPUT', `${file} changed: sha256:${read}, not sha256:${facts.input.sha256}`)]
    }
    const statistics = parseStatistics(detection.statisticsJson())
    const counts = `${statistics.alerts} alerts in ${statistics.events} events, signed are ${judged.alerts} in ${judged.events}`
    if (sha256 !== facts.report_digest_set.sha256)
      return [fault('ERR_REPLAY_ALERTS', `the rules give other alerts: ${counts}`)]
    const capture = await native.ingestFile(alerts.path, undefined, work)
    const found: Replayed = { statistics, report: captureReport(capture.reportJson()), embedding }
    const differing = differingMembers(facts, found)
    if (!embedsAlerts(events, evidence.envelope.payload, found)) differing.push('events')
    if (differing.length === 0) return []
    const what = differing.map(name => `\`${name}\``).join(', ')
    return [fault('ERR_REPLAY_FACTS', `what is signed of the alerts is not so: ${what} (${counts})`)]
  } finally {
    await alerts.close()
  }
}

function judgeAgain(book: RuleBook, settings: Detections['settings'], file: string): Detection {
  const { container } = settings
  return book.detectFile(
    {
      source: settings.source,
      matchAll: settings.rule_matching === 'all',
      falcoCompat: settings.falco_compat,
      hostname: settings.hostname,
      utcOffset: 0,
      ...(container === undefined ? {} : { container: withoutUndefined(container) }),
      output: SIGNED_OUTPUT,
    },
    file,
  )
}

function withoutUndefined({ name, privileged, image }: NonNullable<Detections['settings']['container']>): {
  name: string
  privileged: boolean
  image?: string
} {
  return { name, privileged, ...(image === undefined ? {} : { image }) }
}

/** Keeps the alerts, and digests them as lines and as they are embedded. */
async function collect(
  detection: Detection,
  alerts: LineSpool,
): Promise<{ readonly sha256: string; readonly embedding: string }> {
  const hash = createHash('sha256')
  const embedding = new EmbeddingDigest()
  for (let lines = await detection.next(); lines !== null; lines = await detection.next()) {
    hash.update(lines)
    embedding.update(lines)
    await alerts.append(lines)
  }
  return { sha256: hash.digest('hex'), embedding: embedding.digest() }
}

function fault(code: string, why: string): Fault {
  return { code, why }
}
