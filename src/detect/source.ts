// The sources rules can be for, and the eight priorities, as words on the command line name them.
// Knows no field; the addon's catalogs do. Used by the commands about rules.
import { usageError } from '../error.ts'
import { closest } from './spelling.ts'

/** Where events can come from. */
export const SOURCES = ['k8s_audit', 'aws_cloudtrail', 'falco', 'syscall'] as const
/** One of `SOURCES`. */
export type Source = (typeof SOURCES)[number]

/** Most urgent first, as Falco writes them in alerts. */
export const PRIORITIES = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const
/** One of `PRIORITIES`. */
export type Priority = (typeof PRIORITIES)[number]

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
  const word = text.toLowerCase()
  const found = PRIORITIES.find(each => each.toLowerCase() === (word === 'info' ? 'informational' : word))
  if (found !== undefined) return found
  const words = PRIORITIES.map(each => each.toLowerCase()).join(', ')
  throw usageError('ERR_USAGE_PRIORITY', `\`${flag}\` is \`${text}\`, expected one of ${words}`)
}

/** Whether an alert of `priority` is as urgent as `threshold`, or more. */
export function reaches(priority: Priority, threshold: Priority): boolean {
  return PRIORITIES.indexOf(priority) <= PRIORITIES.indexOf(threshold)
}
