// Events in, alerts out: one set of rules for one source, over what is posted and over files that grow.
// Judges one text at a time. Queues nothing. Used by the listener for audit events and by followed files.
import { hostname } from 'node:os'
import { DEFAULT_OPTIONS } from '../../detect/engine-options.ts'
import type { LiveDetection, Native } from '../../native/native.ts'
import type { JudgedSource, RulesConfig } from '../config/config.ts'
import type { Refusal } from '../queue/queue.ts'
import { openJudgingRules } from './judging-rules.ts'

/** What was found in one text. */
export interface Judgement {
  /** Lines. */
  readonly alerts: Buffer
  /** Events judged. */
  readonly events: number
  /** What was no event: the first few. */
  readonly refused: readonly Refusal[]
  readonly refusedCount: number
}

const REASONS: Readonly<Record<string, string>> = {
  'not-json': 'not well-formed JSON',
  'trailing-text': 'something follows the event on its line',
  'too-deep': 'too deeply nested',
  'not-an-event': 'not an event of this source',
  'no-time': 'the event has no time that can be read',
  insight: 'tells of other records only',
  'too-long': 'longer than an event may be',
}

/** See the file. */
export class EventJudge {
  readonly #detection: LiveDetection
  #last: Promise<unknown> = Promise.resolve()

  private constructor(detection: LiveDetection) {
    this.#detection = detection
  }

  /** Loads the rules of one source. Throws `ERR_USAGE_RULES` naming what is wrong with them. */
  static async open(native: Native, source: JudgedSource, rules: RulesConfig): Promise<EventJudge> {
    const book = await openJudgingRules(native, source, rules)
    const { json, includeOutput, includeMessage, includeFields, includeTags, base64 } = DEFAULT_OPTIONS
    const detection = book.follow(
      {
        source,
        matchAll: false,
        falcoCompat: false,
        hostname: process.env.FALCO_HOSTNAME ?? hostname(),
        utcOffset: 0,
        output: {
          ...{ json, includeOutput, includeMessage, includeFields, includeTags, base64 },
          isoTime: true,
          appended: [],
          staticFields: [],
        },
      },
      [],
    )
    return new EventJudge(detection)
  }

  /** Judges all that a text holds. Texts take turns: more than one at a time would hold up others that need a thread. */
  judge(text: Buffer): Promise<Judgement> {
    const judged = this.#last.then(() => this.#detection.judge(text))
    this.#last = judged.catch(() => undefined)
    return judged.then(({ alerts, events, skipped }) => ({
      alerts,
      events,
      refused: skipped
        .flatMap(({ reason, first }) => first.map(offset => refusal(text, reason, offset)))
        .sort((a, b) => a.line - b.line),
      refusedCount: skipped.reduce((sum, { count }) => sum + count, 0),
    }))
  }
}

function refusal(text: Buffer, reason: string, offset: number): Refusal {
  return {
    line: lineAt(text, offset),
    code: `ERR_EVENT_${reason.toUpperCase().replaceAll('-', '_')}`,
    reason: REASONS[reason] ?? reason,
  }
}

function lineAt(text: Buffer, offset: number): number {
  let line = 1
  for (let at = text.indexOf(10); at >= 0 && at < offset; at = text.indexOf(10, at + 1)) line += 1
  return line
}
