// Has rules judge a file, or the system calls of a traced step while it makes them, and keeps the alerts for the attestor.
// Judges nothing itself. Used by the workflow and by `planned-step.ts`.
import { createHash } from 'node:crypto'
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { LineSplitter } from '../detect/line-splitter.ts'
import type { Priority } from '../detect/priority.ts'
import { openRuleBook, type RuleSelection } from '../detect/rule-book.ts'
import type { Source } from '../detect/source.ts'
import { alertsReach, parseStatistics, type Statistics } from '../detect/statistics.ts'
import { LannerError, usageError } from '../error.ts'
import type { DetectionSettings, Native, RuleBook, TraceRecord, Work } from '../native/native.ts'
import type { AttestorMessages, Finding } from './attestor.ts'
import { attestDetections, type DetectionFacts } from './detections.ts'
import { LineSpool } from './line-spool.ts'
import { ruleFacts } from './rule-facts.ts'
import type { TracerOptions } from './step-tracer.ts'

/** Milliseconds to let events gather before they are judged together. */
const GATHERING = 10

/** Bytes that are worth judging at once. */
const FEW = 32 << 10

/** Alerts that are shown while the step runs; the rest is in the envelope. */
const MOST_SHOWN = 20

/** What is judged, by which rules, and what becomes of it. */
export interface DetectionsPlan {
  readonly rules: RuleSelection
  readonly settings: DetectionSettings & { readonly source: Source }
  /** File to judge, as named, and where it is; absent for the system calls of the step. */
  readonly file: { readonly path: string; readonly absolute: string } | undefined
  readonly alerts: 'embed' | 'digest'
  /** Where the alerts go as well. */
  readonly outfile: string | undefined
  /** The least urgent alert that makes the run fail. */
  readonly failOn: Priority | undefined
}

/** Rules that are loaded, and what they found so far. */
export class StepDetection {
  readonly #plan: DetectionsPlan
  readonly #book: RuleBook
  readonly #alerts: LineSpool
  readonly #messages: AttestorMessages
  readonly #splitter = new LineSplitter()
  #shown = 0
  #live: LiveInput | undefined
  #heard = false
  #statistics: Statistics | undefined

  private constructor(plan: DetectionsPlan, book: RuleBook, alerts: LineSpool, messages: AttestorMessages) {
    this.#plan = plan
    this.#book = book
    this.#alerts = alerts
    this.#messages = messages
  }

  /** Loads the rules. Throws `ERR_RULES_LOAD` with what is wrong with them. */
  static async open(
    native: Native,
    plan: DetectionsPlan,
    spoolDirectory: string,
    messages: AttestorMessages,
  ): Promise<StepDetection> {
    const book = await openRuleBook(native, plan.rules)
    if (!book.successful) {
      throw usageError('ERR_RULES_LOAD', `the rules do not load:\n${book.reportText().trimEnd()}`)
    }
    return new StepDetection(plan, book, await LineSpool.open(spoolDirectory, 'alerts'), messages)
  }

  /**
   * Begins to judge the system calls of a step; they are copied to `events` too. Gives what the tracer has to know: where to write
   * them, and which of them it need not write when nobody else wants them: those that no rule can match.
   */
  listen(native: Native, events: LineSpool | undefined): Pick<TracerOptions, 'events' | 'triage'> {
    const { readEnd, writeEnd } = native.openPipe()
    const live = this.#book.follow(this.#plan.settings, ['trace'])
    const stream = new Socket({ fd: readEnd, readable: true, writable: false })
    const hash = createHash('sha256')
    let size = 0
    const judge = async (): Promise<JudgedLive> => {
      for await (const piece of stream as AsyncIterable<Buffer>) {
        // Many lines at once cost little more than one.
        if (piece.length < FEW) await setTimeout(GATHERING)
        hash.update(piece)
        size += piece.length
        await events?.append(piece)
        for (const lines of this.#splitter.push(piece)) await this.#take(await live.feed(0, lines))
      }
      for (const lines of this.#splitter.end()) await this.#take(await live.feed(0, lines))
      return { sha256: hash.digest('hex'), size, statistics: parseStatistics(live.statisticsJson()) }
    }
    const judged = judge()
    // Told by `finding`. The pipe is closed by then, so that the step waits for nobody.
    judged.catch(() => undefined)
    this.#live = { writeEnd, judged }
    if (events !== undefined) return { events: writeEnd }
    return { events: writeEnd, triage: this.#book.triage(this.#plan.settings) }
  }

  /** The step is over. Waits until all it did is judged. Never rejects: what went wrong is told by `finding`. */
  async heard(): Promise<void> {
    if (this.#live === undefined || this.#heard) return
    this.#heard = true
    closeSync(this.#live.writeEnd)
    await this.#live.judged.catch(() => undefined)
  }

  /** Judges the file, if it is one, and gives the finding. `trace` is what the tracer left, if the step was traced. */
  async finding(
    native: Native,
    trace: TraceRecord | undefined,
    spoolDirectory: string,
    work: Work,
  ): Promise<Finding> {
    const { file, alerts, outfile } = this.#plan
    const judged = file === undefined ? await this.#judgedTrace(trace) : await this.#judgeFile(file)
    const { input, statistics } = judged
    this.#statistics = statistics
    const capture = await native.ingestFile(
      this.#alerts.path,
      alerts === 'embed' ? spoolDirectory : undefined,
      work,
    )
    if (outfile !== undefined) await this.#alerts.save(outfile)
    const facts: DetectionFacts = {
      ...ruleFacts(this.#book, this.#plan),
      input,
      judged: {
        events: statistics.events,
        alerts: statistics.alerts,
        duplicates: statistics.duplicates,
        skipped: statistics.skipped,
      },
      rule_counts: statistics.rules,
    }
    return attestDetections(capture, facts, alerts)
  }

  /** Throws `ERR_DETECTIONS_ALERT` when an alert was as urgent as the plan allows none. */
  assertQuiet(): void {
    const { failOn } = this.#plan
    const statistics = this.#statistics
    if (failOn === undefined || statistics === undefined || !alertsReach(statistics, failOn)) return
    const message = `a rule of priority ${failOn} or more urgent gave an alert`
    throw new LannerError('ERR_DETECTIONS_ALERT', message, { exit: 1 })
  }

  /** Forgets the alerts. */
  async close(): Promise<void> {
    await this.#alerts.close()
  }

  async #judgedTrace(trace: TraceRecord | undefined): Promise<Judged> {
    if (this.#live === undefined || trace === undefined) {
      throw new LannerError('ERR_DETECTIONS_NO_TRACE', 'the step was not traced: there is nothing to judge', {
        hint: 'rules for system calls need `--trace`, where tracing is permitted',
      })
    }
    const { sha256, size, statistics } = await this.#live.judged
    const { lost = 0n, passedOver = 0n } = trace.events ?? {}
    const events = statistics.events + Number(passedOver)
    return {
      input: { kind: 'trace', sha256, size, lost: Number(lost) },
      statistics: { ...statistics, events },
    }
  }

  async #judgeFile({ path, absolute }: NonNullable<DetectionsPlan['file']>): Promise<Judged> {
    const detection = this.#book.detectFile(this.#plan.settings, absolute)
    for (let lines = await detection.next(); lines !== null; lines = await detection.next()) {
      await this.#take(lines)
    }
    const statistics = parseStatistics(detection.statisticsJson())
    const { sha256, size, changed } = detection.digest()
    const input = {
      kind: 'file',
      path,
      sha256,
      size: Number(size),
      ...(changed ? { changed_while_read: true } : {}),
    } as const
    return { input, statistics }
  }

  async #take(alerts: Buffer): Promise<void> {
    if (alerts.length === 0) return
    await this.#alerts.append(alerts)
    if (this.#shown >= MOST_SHOWN || this.#plan.file !== undefined) return
    for (const line of alerts
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .slice(0, MOST_SHOWN - this.#shown)) {
      this.#shown += 1
      const { output } = JSON.parse(line) as { output?: string }
      this.#messages.warn(output ?? line)
    }
    if (this.#shown >= MOST_SHOWN)
      this.#messages.warn('further alerts are not shown here; all are in the envelope')
  }
}

/** What was judged, and what came of it. */
interface Judged {
  readonly input: DetectionFacts['input']
  readonly statistics: Statistics
}

/** The system calls of the step on their way through. */
interface LiveInput {
  readonly writeEnd: number
  /** Settles when the last event was judged. */
  readonly judged: Promise<JudgedLive>
}

/** The digest and size of the lines that were judged, and what came of them. */
interface JudgedLive {
  readonly sha256: string
  readonly size: number
  readonly statistics: Statistics
}
