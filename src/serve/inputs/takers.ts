// What becomes of a body: alerts go into the queue as they came; events are judged, and their alerts go into the queue.
// Reads nothing from a network or a file. Used by the listeners and by followed files.
import type { ServerMetrics } from '../metrics/server-metrics.ts'
import type { Queue, Receipt } from '../queue/queue.ts'
import { postFault } from './answers.ts'
import type { EventJudge } from './event-judge.ts'

/** Takes one body; resolves once what was good of it is durable. */
export type Take = (body: Buffer) => Promise<Receipt>

/** For bodies that hold alerts. */
export function alertTaker(queue: Pick<Queue, 'accept'>, input: string): Take {
  return body => acceptOne(queue, body, input)
}

/**
 * For bodies that hold events. The receipt counts events: those judged, and what was none. Rejects with `ERR_POST_RULES` where there is
 * no judge.
 */
export function eventTaker(
  queue: Pick<Queue, 'accept'>,
  judge: () => EventJudge | undefined,
  source: string,
  metrics: Pick<ServerMetrics, 'judged'>,
): Take {
  return async body => {
    const present = judge()
    if (present === undefined) {
      throw postFault(
        'ERR_POST_RULES',
        `there are no rules for ${source}`,
        `name rule files: \`rules.${source}\``,
      )
    }
    const { alerts, events, refused, refusedCount } = await present.judge(body)
    metrics.judged.add([source], events)
    // An alert of ours is well formed; were one not, the receipt must not hide it.
    const receipt = alerts.length === 0 ? undefined : await acceptOne(queue, alerts, source)
    return {
      accepted: events,
      refused: [...refused, ...(receipt?.refused ?? [])],
      refusedCount: refusedCount + (receipt?.refusedCount ?? 0),
    }
  }
}

async function acceptOne(queue: Pick<Queue, 'accept'>, body: Buffer, input: string): Promise<Receipt> {
  const [receipt] = await queue.accept([{ body, input }])
  return receipt ?? { accepted: 0, refused: [], refusedCount: 0 }
}
