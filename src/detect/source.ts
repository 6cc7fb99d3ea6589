// The sources rules can be for, and flags that name a source or a priority.
// Knows no field; the addon's catalogs do. Used by the commands about rules.
import { usageError } from '../error.ts'
import { PRIORITIES, type Priority, priorityOf } from './priority.ts'
import { closest } from './spelling.ts'

/** Where events can come from. */
export const SOURCES = ['k8s_audit', 'aws_cloudtrail', 'falco', 'syscall'] as const
/** One of `SOURCES`. */
export type Source = (typeof SOURCES)[number]

/** Reads the value of `flag`. Throws `ERR_USAGE_SOURCE`. */
export function parseSource(flag: string, text: string): Source {
  const found = SOURCES.find(source => source === text)
  if (found !== undefined) return found
  const near = closest(text, SOURCES)
  const hint = near === undefined ? `sources are ${SOURCES.join(', ')}` : `did you mean \`${near}\`?`
  throw usageError('ERR_USAGE_SOURCE', `\`${flag}\` is \`${text}\`, which is no source`, hint)
}

/** Reads the value of `flag` in any case; `info` is Informational. Throws `ERR_USAGE_PRIORITY`. */
export function parsePriority(flag: string, text: string): Priority {
  const found = priorityOf(text)
  if (found !== undefined) return found
  const words = PRIORITIES.map(each => each.toLowerCase()).join(', ')
  throw usageError('ERR_USAGE_PRIORITY', `\`${flag}\` is \`${text}\`, expected one of ${words}`)
}
