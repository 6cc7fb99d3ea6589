// Which rules take part: `--enable` and `--disable` by wildcard or tag, in the order they were typed.
// Matches nothing itself; the loader does. Used by `engine-options.ts` and the commands about rules.
import { usageError } from '../error.ts'

/** One instruction; a later one wins. */
export interface RuleChoice {
  readonly enable: boolean
  readonly by: 'rule' | 'tag'
  /** A name with `*` for any characters, or a tag. */
  readonly pattern: string
}

const FLAGS: Readonly<Record<string, boolean>> = { '--enable': true, '--disable': false }

/**
 * The choices among `words`, in order: an option parser that gathers each flag's values apart would lose it.
 * Words after options that take a value are values; `--enable=X` and `--enable X` are the same.
 */
export function choicesIn(words: readonly string[]): RuleChoice[] {
  return words.flatMap((word, index) => {
    const [flag = '', ...rest] = word.split('=')
    const enable = Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined
    if (enable === undefined) return []
    const value = rest.length > 0 ? rest.join('=') : words[index + 1]
    return value === undefined ? [] : [parseChoice(flag, enable, value)]
  })
}

function parseChoice(flag: string, enable: boolean, value: string): RuleChoice {
  const tag = value.startsWith('tag:') ? value.slice(4) : undefined
  const pattern = tag ?? value
  if (pattern === '') throw usageError('ERR_USAGE_FLAG_VALUE', `\`${flag}\` names no rule and no tag`)
  return { enable, by: tag === undefined ? 'rule' : 'tag', pattern }
}
