// Tells which paths of a work tree differ from HEAD, submodules included.
// Submodules are looked into here and not by git itself, which would obey their configuration. Used by the git attestor.
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { sortedObject } from './byte-order.ts'
import { type FilterGuard, guardFilters, readGitSettings } from './git-config.ts'
import type { GitProgram } from './git-program.ts'

/** State of one path in the index and in the work tree. */
export interface GitPathStatus {
  readonly staging: string
  readonly worktree: string
}

/** The state of a work tree. */
export interface GitStatus {
  /** By path as git prints it: quoted when odd, `old -> new` for a rename, `folder/` for one that is untracked. */
  readonly paths: Readonly<Record<string, GitPathStatus>>
  readonly warnings: readonly string[]
}

const WORDS: Readonly<Record<string, string>> = {
  ' ': 'unmodified',
  '?': 'untracked',
  M: 'modified',
  A: 'added',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  U: 'updated',
}

// Every flag stands for a setting by which a repository could hide changes.
const STATUS = [
  'status',
  '--porcelain=v1',
  '--untracked-files=normal',
  '--find-renames',
  '--ignore-submodules=dirty',
] as const

/** Reads the state of the work tree around `directory`, where `git` runs. */
export async function readGitStatus(
  git: GitProgram,
  directory: string,
  guard: FilterGuard,
): Promise<GitStatus> {
  const warnings = guard.disabled.map(
    name => `filter \`${name}\` of .git/config was not run for git's status`,
  )
  const paths = new Map<string, GitPathStatus>()
  for (const line of lines(await git.require(STATUS, guard.config))) {
    const [path, status] = parseLine(line)
    paths.set(path, status)
  }
  for (const submodule of await submodules(git)) {
    const state = await submoduleState(git, directory, submodule)
    const key = quotedAsStatus(submodule.printed)
    if (state === 'modified') {
      paths.set(key, { staging: paths.get(key)?.staging ?? 'unmodified', worktree: 'modified' })
    } else if (state === 'unreadable') {
      warnings.push(
        `submodule \`${submodule.path}\` could not be read: changes in it are not in git's status`,
      )
    }
  }
  return { paths: sortedObject(paths), warnings }
}

/** git-status(1), short format: `XY PATH`, X the index, Y the work tree. */
function parseLine(line: string): readonly [string, GitPathStatus] {
  const word = (letter: string): string => WORDS[letter] ?? letter
  return [line.slice(3).trim(), { staging: word(line.charAt(0)), worktree: word(line.charAt(1)) }]
}

interface Submodule {
  /** From the working directory. */
  readonly path: string
  /** From the root of the repository, quoted by git when odd. */
  readonly printed: string
}

/** Paths the index holds as commits, mode 160000. */
async function submodules(git: GitProgram): Promise<Submodule[]> {
  const listed = await git.require(['ls-files', '--stage', '-z', ':/'])
  const found: Submodule[] = []
  for (let start = 0; start < listed.length; ) {
    const end = listed.indexOf(0, start)
    // Compared as bytes: a repository has few submodules and may have millions of files.
    if (listed.compare(GITLINK, 0, GITLINK.length, start, start + GITLINK.length) === 0) {
      const entry = listed.subarray(start, end).toString()
      const path = entry.slice(entry.indexOf('\t') + 1)
      const printed = lines(await git.require(['ls-files', '--full-name', '--', `:(literal)${path}`]))[0]
      found.push({ path, printed: printed ?? path })
    }
    start = end + 1
  }
  return found
}

const GITLINK = Buffer.from('160000 ')

/** `git status` puts paths with a space in quotes; `git ls-files` does not. */
function quotedAsStatus(printed: string): string {
  return printed.includes(' ') && !printed.startsWith('"') ? `"${printed}"` : printed
}

async function submoduleState(
  git: GitProgram,
  directory: string,
  { path }: Submodule,
): Promise<'clean' | 'modified' | 'unreadable'> {
  const folder = join(directory, path)
  // Not checked out: git too takes it as unchanged.
  const present = await lstat(join(folder, '.git')).catch(() => undefined)
  if (present === undefined) return 'clean'
  try {
    const inner = git.in(path)
    const up = (await inner.require(['rev-parse', '--show-cdup'])).toString().trim()
    // A broken `.git` makes git go on upward and find ours.
    if (up !== '') return 'unreadable'
    const { paths } = await readGitStatus(inner, folder, guardFilters(await readGitSettings(inner)))
    return Object.keys(paths).length > 0 ? 'modified' : 'clean'
  } catch {
    return 'unreadable'
  }
}

function lines(output: Buffer): string[] {
  return output
    .toString()
    .split('\n')
    .filter(line => line !== '')
}
