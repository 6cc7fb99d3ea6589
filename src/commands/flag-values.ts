// Reads flag values the way cilock's users write them: `--flag=false`, comma lists, sizes; refuses the rest by name.
// Knows no command. Used by the option classes.
import { usageError } from '../error.ts'

/** A switch that may carry a value: absent, `--flag`, `--flag=true`, `--flag=false`. */
export function parseSwitch(flag: string, value: string | boolean | undefined, fallback = false): boolean {
  if (value === undefined) return fallback
  if (typeof value === 'boolean') return value
  if (['true', '1', 't', 'TRUE', 'True'].includes(value)) return true
  if (['false', '0', 'f', 'FALSE', 'False'].includes(value)) return false
  throw usageError('ERR_USAGE_FLAG_VALUE', `\`${flag}\` is \`${value}\`, expected true or false`)
}

/** Repeated flags and comma lists as one list: `-a falco,git -a environment`. Empty parts are dropped. */
export function parseList(values: readonly string[] | undefined): string[] {
  return (values ?? [])
    .flatMap(value => value.split(','))
    .map(part => part.trim())
    .filter(part => part !== '')
}

/** One of a few words. */
export function parseChoice<const Choice extends string>(
  flag: string,
  value: string | undefined,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  if (value === undefined) return choices[0]
  const found = choices.find(choice => choice === value)
  if (found !== undefined) return found
  throw usageError('ERR_USAGE_FLAG_VALUE', `\`${flag}\` is \`${value}\`, expected ${choices.join(' or ')}`)
}

/** A whole number of at least zero, in decimal. */
export function parseCount(flag: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback
  const number = Number(value)
  if (/^\d+$/.test(value) && Number.isSafeInteger(number)) return number
  throw usageError('ERR_USAGE_FLAG_VALUE', `\`${flag}\` is \`${value}\`, expected a whole number`)
}
