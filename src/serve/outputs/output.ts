// What an output is: it delivers alerts somewhere, or says what went wrong in a way that tells whether trying again makes sense.
// An interface only; one kind a file beside this one. Queueing, retries and dead letters are the pipeline's.
import type { AcceptedAlert } from '../alert.ts'

/** An open output of one kind. */
export interface Output {
  /**
   * Delivers all of them, in order. Rejects with {@link DeliveryFault}; anything else thrown counts as one that may be tried
   * again. An aborted `signal` is the time-out, or the end of the server.
   */
  deliver(alerts: readonly AcceptedAlert[], signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** What is known of a delivery that went wrong. */
export interface FaultDetails {
  /** Whether the same alerts may be taken another time. */
  readonly retry: boolean
  /** Milliseconds the receiver asked to wait for. */
  readonly after?: number
  /** Of the alerts given, by index: those that were refused for good, with the reason. The others were delivered. */
  readonly refused?: ReadonlyMap<number, string>
  /** Only with `retry`: how many of the first need not be given again, because they were delivered or are in `refused`. */
  readonly done?: number
  readonly cause?: unknown
}

/** A delivery that did not come about, or not wholly. `message` names the receiver without its secrets, and its answer. */
export class DeliveryFault extends Error {
  override readonly name = 'DeliveryFault'
  readonly retry: boolean
  readonly after: number | undefined
  readonly refused: ReadonlyMap<number, string>
  readonly done: number

  constructor(message: string, { retry, after, refused, done, cause }: FaultDetails) {
    super(message, cause === undefined ? undefined : { cause })
    this.retry = retry
    this.after = after
    this.refused = refused ?? new Map()
    this.done = done ?? 0
  }
}
