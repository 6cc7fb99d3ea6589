// What every command is given besides its own words.
import type { BaseContext } from 'clipanion'

/** Clipanion's streams and environment, with the command of the step. */
export interface LannerContext extends BaseContext {
  /** The words after `--`; `undefined` when there was no `--`. */
  readonly step: readonly string[] | undefined
  /** Our own words as they were parsed: what their order says is lost to the options. */
  readonly words: readonly string[]
}
