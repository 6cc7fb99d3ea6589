// From alerts taken to parcels for one output: what is routed to it, grouped and folded as its routes say.
// An interface; `routed-sorting.ts` is what the server uses. Pure but for the time it is told. Used by `output-worker.ts`.
import type { AlertBatch } from '../queue/queue.ts'
import type { Parcel } from './parcel.ts'

/** What comes of a batch, or of time. */
export interface Sorted {
  /** Ready to go. */
  readonly parcels: readonly Parcel[]
  /** Places settled already: of alerts that do not go to this output. */
  readonly settled: BigUint64Array
}

/** See the file. `now` is steady milliseconds. */
export interface Sorting {
  take(batch: AlertBatch, now: number): Promise<Sorted>
  /** What waited long enough. */
  ripe(now: number): Sorted
  /** When `ripe` has something next: steady milliseconds; `undefined` while nothing waits. */
  due(): number | undefined
  /** Everything that waits, whether its time has come or not. */
  flush(now: number): Sorted
}
