// Reads a repository's configuration: its remotes, and the programs it wants run on file contents.
// Trusts the user's own and the system's configuration, but not what lies in `.git`. Used by the git attestor.
import { LannerError } from '../error.ts'
import type { GitProgram } from './git-program.ts'

/** One setting, in the order git applies them. */
export interface GitSetting {
  /** `true` for what the repository itself says. */
  readonly local: boolean
  /** Section and name in lower case, the part between as written. */
  readonly key: string
  readonly value: string
}

/** What keeps the repository's own filters from being run. */
export interface FilterGuard {
  /** `key=value` settings for every run that may look at contents. */
  readonly config: readonly string[]
  /** Names of the filters switched off. */
  readonly disabled: readonly string[]
}

/** All settings that hold in the program's directory. */
export async function readGitSettings(git: GitProgram): Promise<GitSetting[]> {
  const listed = (await git.require(['config', '--list', '--show-scope', '-z'])).toString()
  const fields = listed.split('\0')
  const settings: GitSetting[] = []
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const scope = fields[index]
    const [key = '', ...value] = (fields[index + 1] ?? '').split('\n')
    settings.push({ local: scope === 'local' || scope === 'worktree', key, value: value.join('\n') })
  }
  return settings
}

/** URLs of the repository's remotes as configured, without user information. */
export function remoteUrls(settings: readonly GitSetting[]): string[] {
  return settings
    .filter(({ local, key, value }) => local && /^remote\..+\.url$/s.test(key) && value !== '')
    .map(({ value }) => withoutUserInfo(value))
}

/**
 * Removes `user:password@` from the authority (RFC 3986 §3.2) of a URL. Text that is no URL, as `git@host:path`, stays:
 * there the user is part of the address.
 */
export function withoutUserInfo(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
}

/**
 * `git status` runs `filter.<name>.clean` or `.process` on files that may have changed. Whoever could write to `.git/config`
 * would run a program in our name; so such filters are switched off, save for Git LFS as it sets itself up.
 */
export function guardFilters(settings: readonly GitSetting[]): FilterGuard {
  const extended = settings.some(({ local, key }) => local && key.startsWith('lfs.extension.'))
  const names = new Set<string>()
  for (const { local, key, value } of settings) {
    const name = /^filter\.(.*)\.(?:clean|smudge|process)$/s.exec(key)?.[1]
    if (!local || name === undefined || (!extended && isPlainLfs(value))) continue
    if (name.includes('=')) throw unsafeName(name)
    names.add(name)
  }
  const disabled = [...names]
  // An empty command filters nothing; `required` would turn that into an error.
  const config = disabled.flatMap(name => [
    `filter.${name}.clean=`,
    `filter.${name}.smudge=`,
    `filter.${name}.process=`,
    `filter.${name}.required=false`,
  ])
  return { config, disabled }
}

/** What `git lfs install --local` writes; `lfs.extension.*` beside it would name further programs. */
function isPlainLfs(command: string): boolean {
  return /^git-lfs (?:clean -- %f|smudge(?: --skip)? -- %f|filter-process(?: --skip)?)$/.test(command)
}

/** `git -c` ends a key at the first `=`. */
function unsafeName(name: string): LannerError {
  return new LannerError('ERR_GIT_UNSAFE_CONFIG', `filter \`${name}\` in .git/config can't be switched off`, {
    hint: 'rename the filter: its name holds a `=`',
    facts: { filter: name },
  })
}
