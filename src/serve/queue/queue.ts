// What stands between inputs and outputs: accepted alerts, kept until every consumer has settled them.
// An interface only: `embedded` keeps them on this machine, `jetstream` in NATS. Used by the server's pipeline.

/** What one sender posted. */
export interface Posted {
  /** One alert, an array, or a line each. */
  readonly body: Buffer
  /** Which input it came by, for metrics and evidence. */
  readonly input: string
}

/** Why one alert was not accepted. */
export interface Refusal {
  /** Line of the body, or element of the array, from 1. */
  readonly line: number
  /** Stable, as in `ERR_ALERT_JSON`. */
  readonly code: string
  readonly reason: string
}

/** What became of one body: every alert in it was accepted or is named as refused. */
export interface Receipt {
  readonly accepted: number
  /** The first hundred. */
  readonly refused: readonly Refusal[]
  readonly refusedCount: number
}

/** Alerts taken from the queue in the order in which they were accepted. */
export interface AlertBatch {
  readonly count: number
  /** Canonical lines, each with its line end; see `AcceptedAlert.line`. */
  readonly lines: Buffer
  /** Their UUIDs, 16 bytes each. */
  readonly ids: Buffer
  /** Their places in the queue, rising, one an alert. */
  readonly positions: BigUint64Array
  /** When they were accepted: nanoseconds since 1970, one an alert. */
  readonly accepted: BigInt64Array
}

/** How much is taken at once. */
export interface TakeLimit {
  readonly alerts: number
  readonly bytes: number
  /** Lines as they were received, without the `uuid` and `source` that canonical ones are given. For evidence. */
  readonly raw?: boolean
}

/** One reader of the queue with a place of its own: an output, the store, the sealing of windows. */
export interface QueueConsumer {
  readonly name: string
  /** The next alerts that were not taken yet; waits for some. `undefined` once `signal` aborts or the queue closes. */
  take(limit: TakeLimit, signal: AbortSignal): Promise<AlertBatch | undefined>
  /** These need not be handed out again, not after a crash either. In any order. */
  settle(positions: BigUint64Array): void
  /** What was taken and not settled will be handed out again, oldest first. */
  rewind(): void
}

/** How full it is. */
export interface QueueStatus {
  /** Bytes on disk that a consumer still waits for, and how many there may be. */
  readonly bytes: number
  readonly limit: number
  readonly consumers: readonly {
    readonly name: string
    /** Alerts not settled. */
    readonly depth: number
    /** Milliseconds since the oldest of them was accepted; 0 when there is none. */
    readonly oldest: number
    /** Alerts handed out here that may have been handed out before, to us or to another worker. */
    readonly redelivered?: number
  }[]
}

/** See the file. */
export interface Queue {
  /**
   * Takes bodies as they came, in one durable write. Resolves with a receipt each, once what was accepted survives a crash.
   * Rejects with `ERR_QUEUE_FULL` (nothing was kept, try later) or `ERR_QUEUE_WRITE` (the disk; nothing was kept). A queue on other
   * machines also with `ERR_QUEUE_OFFLINE` (try later), and may have kept a part then: see `jetstream.ts`.
   */
  accept(posted: readonly Posted[]): Promise<readonly Receipt[]>
  /** The consumer of that name, where it stopped last; a new one begins behind what is there. */
  consumer(name: string): Promise<QueueConsumer>
  /** Forgets a consumer that is no longer configured, so that nothing is kept for it. */
  forget(name: string): Promise<void>
  status(): QueueStatus
  /** Writes down all places and closes. */
  close(): Promise<void>
}
