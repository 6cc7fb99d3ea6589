// Delivers many alerts in as many requests as the receiver's limits demand, in order; one bad alert does not cost the others.
// Knows neither wire nor format. Used by outputs that put several alerts into one request, or each into one of its own.
import { messageOf } from '../../error.ts'
import { RefusedAnswer } from './http-client.ts'
import { DeliveryFault } from './output.ts'

/** Something of one alert, of which a request holds several. */
export interface Item {
  /** Of the alert among those given. */
  readonly index: number
  readonly text: string | Buffer
  /** What it counts for against a limit; its bytes if absent. */
  readonly weight?: number
}

/** An alert as the receiver will get it. */
export interface Encoded extends Item {
  readonly text: string
}

/** A portion that was refused for its content: one item of it may be the reason. */
export class RefusedPortion extends DeliveryFault {}

/** How much one request may hold. */
export interface PortionLimit {
  readonly items: number
  /** Bytes, or what `weight` counts. */
  readonly bytes?: number
}

/** Consecutive items that fit together; one that is too large alone has a portion of its own. */
export function portionsOf<T extends Item>(items: readonly T[], limit: PortionLimit): T[][] {
  const most = limit.bytes ?? Number.POSITIVE_INFINITY
  const portions: T[][] = []
  let open: T[] | undefined
  let used = 0
  for (const item of items) {
    // One more for what stands between two of them.
    const length = item.weight ?? (limit.bytes === undefined ? 0 : Buffer.byteLength(item.text) + 1)
    if (open === undefined || open.length >= limit.items || used + length > most) {
      open = []
      portions.push(open)
      used = 0
    }
    open.push(item)
    used += length
  }
  return portions
}

/** Statuses that speak of what was sent and not of who sent it: among several alerts one may be the reason. */
const OF_THE_BODY = new Set([400, 413, 415, 422])

/**
 * Sends portion after portion. A portion refused for its content is halved until the bad alerts are found. Throws one
 * `DeliveryFault` that covers all: with `done` when the rest may be tried again, else naming all that were refused.
 */
export async function deliverPortions<T extends Item>(
  portions: readonly (readonly T[])[],
  send: (portion: readonly T[]) => Promise<void>,
  alreadyRefused: ReadonlyMap<number, string> = new Map(),
): Promise<void> {
  const todo = [...portions].reverse()
  const refused = new Map(alreadyRefused)
  for (let portion = todo.pop(); portion !== undefined; portion = todo.pop()) {
    try {
      await send(portion)
    } catch (thrown) {
      if (!(thrown instanceof DeliveryFault) || thrown.retry)
        throw interrupted(thrown, refused, portion, todo)
      if (thrown.refused.size > 0) for (const [index, reason] of thrown.refused) refused.set(index, reason)
      else if (portion.length > 1 && mayBeOne(thrown)) {
        const middle = Math.ceil(portion.length / 2)
        todo.push(portion.slice(middle), portion.slice(0, middle))
      } else for (const { index } of portion) refused.set(index, thrown.message)
    }
  }
  throwRefused(refused)
}

function mayBeOne(fault: DeliveryFault): boolean {
  return fault instanceof RefusedPortion || (fault instanceof RefusedAnswer && OF_THE_BODY.has(fault.status))
}

/** Throws when there is something in `refused`. */
export function throwRefused(refused: ReadonlyMap<number, string>): void {
  const [first] = refused.values()
  if (first === undefined) return
  const message = refused.size === 1 ? first : `${first} (and ${refused.size - 1} more)`
  throw new DeliveryFault(message, { retry: false, refused })
}

function interrupted(
  thrown: unknown,
  before: ReadonlyMap<number, string>,
  portion: readonly Item[],
  todo: readonly (readonly Item[])[],
): DeliveryFault {
  const fault = thrown instanceof DeliveryFault ? thrown : undefined
  const start = portion[0]?.index ?? 0
  return new DeliveryFault(messageOf(thrown), {
    retry: true,
    refused: new Map([...before, ...(fault?.refused ?? [])]),
    // Portions need not be runs of the alerts: one that still waits may begin before this one.
    done: todo.reduce(
      (least, [first]) => Math.min(least, first?.index ?? 0),
      Math.max(start, fault?.done ?? 0),
    ),
    ...(fault?.after === undefined ? {} : { after: fault.after }),
    cause: thrown,
  })
}
