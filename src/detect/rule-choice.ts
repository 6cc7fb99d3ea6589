// Which rules take part: `--enable` and `--disable` by wildcard or tag and `-o rules[]`, in the order they were typed.
// Matches nothing itself; the loader does. Used by `engine-options.ts` and the commands about rules.
import { usageError } from '../error.ts'
import { type FlowValue, parseFlowValue } from './flow-value.ts'

/** One instruction; a later one wins. */
export interface RuleChoice {
  readonly enable: boolean
  readonly by: 'rule' | 'tag'
  /** A name with `*` for any characters, or a tag. */
  readonly pattern: string
}

/** The key of `-o` that chooses rules. */
export const RULES_KEY = 'rules[]'

type Reader = (flag: string, value: string) => RuleChoice[]

const READERS: Readonly<Record<string, Reader>> = {
  '--enable': (flag, value) => [choiceOf(flag, true, value)],
  '--disable': (flag, value) => [choiceOf(flag, false, value)],
  '-o': (_, value) => optionChoice(value),
  '--option': (_, value) => optionChoice(value),
}

/**
 * The choices among `words`, in order: an option parser that gathers each flag's values apart would lose it.
 * Words after options that take a value are values, and words after `--` are inputs; `--enable=X` and `--enable X` are the same.
 */
export function choicesIn(words: readonly string[]): RuleChoice[] {
  const end = words.indexOf('--')
  const own = end === -1 ? words : words.slice(0, end)
  return own.flatMap((word, index) => {
    const [flag = '', ...rest] = word.split('=')
    const read = Object.hasOwn(READERS, flag) ? READERS[flag] : undefined
    const value = rest.length > 0 ? rest.join('=') : own[index + 1]
    return read === undefined || value === undefined ? [] : read(flag, value)
  })
}

function choiceOf(flag: string, enable: boolean, value: string): RuleChoice {
  const tag = value.startsWith('tag:') ? value.slice(4) : undefined
  const pattern = tag ?? value
  if (pattern === '') throw usageError('ERR_USAGE_FLAG_VALUE', `\`${flag}\` names no rule and no tag`)
  return { enable, by: tag === undefined ? 'rule' : 'tag', pattern }
}

function optionChoice(option: string): RuleChoice[] {
  const at = option.indexOf('=')
  return option.slice(0, at).trim() === RULES_KEY ? [parseRuleChoice(option.slice(at + 1).trim())] : []
}

/** Reads `{disable: {rule: 'Write*'}}`, `{enable: {tag: network}}`. Throws `ERR_USAGE_OPTION_VALUE`. */
export function parseRuleChoice(text: string): RuleChoice {
  const value: FlowValue = parseFlowValue(text)
  if (typeof value === 'object' && !Array.isArray(value)) {
    const [[verb, what] = ['', ''], ...others] = Object.entries(value)
    if (others.length === 0 && (verb === 'enable' || verb === 'disable') && typeof what === 'object') {
      const [[by, pattern] = ['', ''], ...more] = Object.entries(what)
      if (more.length === 0 && (by === 'rule' || by === 'tag') && typeof pattern === 'string') {
        return { enable: verb === 'enable', by, pattern }
      }
    }
  }
  throw usageError(
    'ERR_USAGE_OPTION_VALUE',
    `\`-o ${RULES_KEY}\` does not say which rules`,
    'as `-o "rules[]={disable: {rule: \'Write*\'}}"` or `{enable: {tag: network}}`',
  )
}
