// Small bodies that come while others are being stored share a message, as one message each would cost more than all the rest.
// Only of alerts without uuids of their own: a sender that has given them may send again and wants the repeat recognised, which needs
// the same bytes in the same message. Used by `jetstream.ts`.
import { type CutAlerts, packsOf } from './alert-pack.ts'
import type { Publication } from './jetstream-publisher.ts'

/** Bytes of lines up to which a body is small. */
const SMALL = 16 * 1024
/** Messages under way at once; what comes meanwhile waits for one of them. */
const WINDOW = 2
/** Bytes and alerts that go together: no more than one message holds. */
const TOGETHER = 256 * 1024
const MOST_ALERTS = 2048
/** Length of `"uuid":"…",`. */
const UUID_BYTES = 46

interface Waiting {
  readonly alerts: CutAlerts
  readonly input: string
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/** Whether these alerts may share a message with others. */
export function isShareable({ lines, added }: CutAlerts): boolean {
  return lines.length <= SMALL && added.every(bytes => bytes >= UUID_BYTES)
}

/** See the file. */
export class SmallBodies {
  readonly #publish: (publications: readonly Publication[]) => Promise<void>
  #waiting: Waiting[] = []
  #underWay = 0

  constructor(publish: (publications: readonly Publication[]) => Promise<void>) {
    this.#publish = publish
  }

  /** Resolves once these alerts are stored. */
  add(alerts: CutAlerts, input: string): Promise<void> {
    if (alerts.added.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ alerts, input, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    while (this.#underWay < WINDOW && this.#waiting.length > 0) {
      this.#underWay += 1
      void this.#store(this.#group()).finally(() => {
        this.#underWay -= 1
        this.#next()
      })
    }
  }

  /** The longest that wait, of one input. */
  #group(): readonly Waiting[] {
    const input = this.#waiting[0]?.input
    let [bytes, alerts] = [0, 0]
    const end = this.#waiting.findIndex((waiting, index) => {
      bytes += waiting.alerts.lines.length
      alerts += waiting.alerts.added.length
      return index > 0 && (waiting.input !== input || bytes > TOGETHER || alerts > MOST_ALERTS)
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }

  async #store(group: readonly Waiting[]): Promise<void> {
    const input = group[0]?.input ?? ''
    try {
      const packs = packsOf(joined(group.map(({ alerts }) => alerts)))
      await this.#publish(packs.map(pack => ({ pack, input })))
      for (const { resolve } of group) resolve()
    } catch (cause) {
      for (const { reject } of group) reject(cause)
    }
  }
}

function joined(all: readonly CutAlerts[]): CutAlerts {
  return {
    lines: Buffer.concat(all.map(({ lines }) => lines)),
    ids: Buffer.concat(all.map(({ ids }) => ids)),
    added: Buffer.concat(all.map(({ added }) => added)),
  }
}
