// What a replay found, held against what was signed: the alerts, the counts, the tree and summary over the alerts, and the alerts that
// are embedded. Judges no event. Used by `verify-replay.ts`.
import { createHash, type Hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Detections } from '../attestors/schemas/detections.ts'
import type { CaptureReport } from '../attestors/schemas/falco.ts'
import type { Statistics } from '../detect/statistics.ts'
import type { Payload } from '../native/native.ts'
import { type ExactValue, LeftOut } from '../policy/exact-json.ts'

/** The part of a predicate that the input and the rules determine. */
type Determined = Pick<
  Detections,
  'judged' | 'rule_counts' | 'summary' | 'lines' | 'blank_lines' | 'skipped_lines' | 'events_tree'
>

/** What judging again gave. */
export interface Replayed {
  readonly statistics: Statistics
  /** Of the alerts as a capture. */
  readonly report: CaptureReport
  /** SHA-256 of the alerts as a JSON array, hex. */
  readonly embedding: string
}

const MEMBERS = [
  ...(['judged', 'rule_counts', 'summary', 'lines'] as const),
  ...(['blank_lines', 'skipped_lines', 'events_tree'] as const),
]

/** Names of the members of `signed` that say something else than was found. */
export function differingMembers(signed: Determined, { statistics, report }: Replayed): string[] {
  const { events, alerts, duplicates, skipped, rules } = statistics
  const found: Determined = { ...report, judged: { events, alerts, duplicates, skipped }, rule_counts: rules }
  return MEMBERS.filter(name => !isDeepStrictEqual(comparable(signed)[name], comparable(found)[name]))
}

/** Where the input lay is another matter than where in it something was skipped. */
function comparable(facts: Determined): Readonly<Record<string, unknown>> {
  const skipped = facts.judged.skipped.map(({ reason, count, first }) => ({
    reason,
    count,
    offsets: first.map(({ offset }) => offset),
  }))
  return { ...facts, judged: { ...facts.judged, skipped } }
}

/** Digests lines of alerts as the array in which they are embedded. */
export class EmbeddingDigest {
  readonly #hash: Hash = createHash('sha256').update('[')
  #pending = false

  /** Takes whole lines. */
  update(lines: Buffer): void {
    if (lines.length === 0) return
    if (this.#pending) this.#hash.update(',')
    // A line feed can't be inside of an alert: JSON writes it as an escape.
    const joined = Buffer.from(lines.subarray(0, -1))
    for (let at = joined.indexOf(10); at >= 0; at = joined.indexOf(10, at + 1)) joined[at] = 44
    this.#hash.update(joined)
    this.#pending = true
  }

  /** Hex. */
  digest(): string {
    return this.#hash.update(']').digest('hex')
  }
}

/** Bytes of a payload that are digested at once. */
const PIECE = 1 << 20

/** Whether `events`, as it stands in a predicate, is what was found. Without embedded alerts it is. */
export function embedsAlerts(
  events: ExactValue | undefined,
  payload: Payload,
  { embedding }: Replayed,
): boolean {
  if (events === undefined || events === null) return true
  if (!(events instanceof LeftOut)) return false
  const hash = createHash('sha256')
  const end = events.offset + events.length
  for (let offset = events.offset; offset < end; ) {
    const left = end - offset
    const piece = payload.read(offset, left < PIECE ? Number(left) : PIECE)
    if (piece.length === 0) return false
    hash.update(piece)
    offset += BigInt(piece.length)
  }
  return hash.digest('hex') === embedding
}
