// From what `--rules` names to files in loading order: a directory stands for its `*.yaml` and `*.yml`, sorted, not deeper.
// Reads no rule. Used by every command about rules.
import { readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { LannerError, usageError } from '../error.ts'

/** The files, in order. Throws `ERR_RULES_FILE` for what isn't there, `ERR_USAGE_RULES` where nothing is named. */
export function ruleFiles(named: readonly string[]): string[] {
  if (named.length === 0)
    throw usageError('ERR_USAGE_RULES', 'no rule file is named', 'name one: --rules FILE')
  return named.flatMap(path => (look(path).isDirectory() ? filesIn(path) : [path]))
}

function filesIn(directory: string): string[] {
  const files = readdirSync(directory)
    .filter(name => /\.ya?ml$/.test(name))
    .map(name => join(directory, name))
    .filter(file => look(file).isFile())
    .sort()
  if (files.length > 0) return files
  throw usageError('ERR_USAGE_RULES', `\`${directory}\` holds no rule file (*.yaml, *.yml)`)
}

function look(path: string): Stats {
  try {
    return statSync(path)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const why = code === 'ENOENT' ? 'is not there' : `can't be read (${String(code)})`
    throw new LannerError('ERR_RULES_FILE', `rule file \`${path}\` ${why}`, {
      exit: 2,
      facts: { file: path },
      cause,
    })
  }
}
