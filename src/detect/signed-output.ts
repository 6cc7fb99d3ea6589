// How alerts are written that are signed: as `detect` does without options, but for the time, which must be the same everywhere.
// Used by `run` and by `verify --replay`.
import type { OutputSettings } from '../native/native.ts'
import { DEFAULT_OPTIONS } from './engine-options.ts'

const { json, includeOutput, includeMessage, includeFields, includeTags, base64 } = DEFAULT_OPTIONS

/** Signed alerts. */
export const SIGNED_OUTPUT: OutputSettings = {
  ...{ json, includeOutput, includeMessage, includeFields, includeTags, base64 },
  isoTime: true,
  appended: [],
  staticFields: [],
}
