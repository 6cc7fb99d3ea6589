// What goes to an output together, and which places of the queue are settled by it.
// Values only. Made by the sorting of an output's alerts, delivered by its worker.
import { AcceptedAlert } from '../alert.ts'
import type { AlertBatch } from '../queue/queue.ts'

const LINE_END = 0x0a

/** An alert on its way. */
export interface Shipment {
  readonly alert: AcceptedAlert
  /** Nanoseconds since 1970; `undefined` for one that was made here, as a summary is. */
  readonly accepted: bigint | undefined
}

/** One alert or a few that go to an output. */
export interface Parcel {
  readonly shipments: readonly Shipment[]
  /** Places in the queue that need not be handed out again once the alerts were delivered, or buried. */
  readonly settles: BigUint64Array
  /** Must not go together with others. */
  readonly alone: boolean
}

/** The alerts of a batch. */
export function alertsOf({ count, lines, ids }: AlertBatch): AcceptedAlert[] {
  const hex = ids.toString('hex')
  let end = -1
  return Array.from({ length: count }, (_, at) => {
    const start = end + 1
    end = lines.indexOf(LINE_END, start)
    return new AcceptedAlert(uuidText(hex, at * 32), lines.subarray(start, end < 0 ? undefined : end))
  })
}

function uuidText(hex: string, at: number): string {
  const part = (from: number, to: number): string => hex.slice(at + from, at + to)
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`
}
