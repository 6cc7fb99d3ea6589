// The eight priorities of Falco's rules, and how urgent each is against another.
// Pure: the page in the browser uses it too. Used wherever a priority is read or compared.

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

/** By its name in any case; `info` is Informational. */
export function priorityOf(name: string): Priority | undefined {
  const word = name.toLowerCase()
  return PRIORITIES.find(each => each.toLowerCase() === (word === 'info' ? 'informational' : word))
}

/** Whether `priority` is as urgent as `threshold`, or more. */
export function reaches(priority: Priority, threshold: Priority): boolean {
  return PRIORITIES.indexOf(priority) <= PRIORITIES.indexOf(threshold)
}
