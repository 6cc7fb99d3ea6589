// Now, on two clocks: one that only goes forward, by which windows end, and the one people read, which may be set.
// Given to everything that folds, so that no wall clock that is set makes a window end early, late or never.

/** See the file. */
export interface Instant {
  /** Milliseconds since some moment. */
  readonly monotonic: number
  /** Milliseconds since 1970. */
  readonly wall: number
}

/** The machine's clocks. */
export function currentInstant(): Instant {
  return { monotonic: performance.now(), wall: Date.now() }
}
