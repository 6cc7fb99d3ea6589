// What goes to an output together, and which places of the queue are settled by it.
// Values only. Made by the sorting of an output's alerts, delivered by its worker.
import { AcceptedAlert } from '../alert.ts'
import type { AlertBatch } from '../queue/queue.ts'

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
  const texts = lines.toString('utf8').split('\n')
  return Array.from({ length: count }, (_, at) => new AcceptedAlert(uuidText(ids, at * 16), texts[at] ?? ''))
}

function uuidText(ids: Buffer, at: number): string {
  const hex = ids.toString('hex', at, at + 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
