// The git attestor: commit, author, branch, refs, tags, remotes and changed paths of the repository around a directory.
// Asks the `git` program and stores no object of its own. Used by the workflow.
import { type DigestSet, type Finding, finding } from './attestor.ts'
import { sha256Hex } from './digest.ts'
import { guardFilters, readGitSettings, remoteUrls } from './git-config.ts'
import { type GitCommit, type GitTag, goTime, parseCommit, parseTag, rfc3339 } from './git-object.ts'
import { digestOfProgram, type GitProgram, gitFailure, noWorkTree, openGit } from './git-program.ts'
import { type GitPathStatus, readGitStatus } from './git-status.ts'

export const GIT_TYPE = 'https://aflock.ai/attestations/git/v0.1'

/** The predicate, cilock's members in cilock's forms; all but the strings are omitted when empty. */
export interface GitPredicate {
  readonly gittool: string
  readonly gitbinpath: string
  readonly gitbinhash: DigestSet
  readonly commithash: string
  readonly author: string
  readonly authoremail: string
  readonly committername: string
  readonly committeremail: string
  /** Author time in Go's form. */
  readonly commitdate: string
  readonly commitmessage: string
  readonly status?: Readonly<Record<string, GitPathStatus>>
  readonly commitdigest?: DigestSet
  readonly signature?: string
  readonly parenthashes?: readonly string[]
  readonly treehash?: string
  readonly refs?: readonly string[]
  readonly remotes?: readonly string[]
  readonly tags?: readonly GitTagRecord[]
  readonly branch?: string
}

/** An annotated tag of the commit. */
export interface GitTagRecord {
  readonly name: string
  readonly taggername: string
  readonly taggeremail: string
  readonly when: string
  readonly pgpsignature: string
  readonly message: string
}

/** Attests the repository that holds `workingDirectory`. */
export async function attestGit(
  workingDirectory: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Finding> {
  const git = openGit(workingDirectory, env)
  const inside = await git.require(['rev-parse', '--is-inside-work-tree'])
  if (inside.toString().trim() !== 'true') throw noWorkTree()
  const tool = {
    gittool: 'git-bin',
    gitbinpath: git.path,
    gitbinhash: { sha256: await digestOfProgram(git.path) },
  }
  const head = await headCommit(git)
  if (head === undefined) return found({ ...tool, ...NO_COMMIT }, [])
  const settings = await readGitSettings(git)
  const guard = guardFilters(settings)
  const [commit, branch, pointing, status] = await Promise.all([
    git.require(['cat-file', 'commit', head]).then(parseCommit),
    branchName(git),
    refsAt(git, head),
    readGitStatus(git, workingDirectory, guard),
  ])
  const lists = {
    ...nonEmpty('refs', branch === DETACHED ? [DETACHED, ...pointing.refs] : pointing.refs),
    ...nonEmpty('remotes', remoteUrls(settings)),
    ...nonEmpty('tags', pointing.tags.map(tagRecord)),
  }
  const changed = Object.keys(status.paths).length > 0 ? { status: status.paths } : {}
  return found({ ...tool, ...commitMembers(head, commit), ...changed, ...lists, branch }, status.warnings)
}

/** cilock writes empty strings before the first commit. */
const NO_COMMIT = {
  commithash: '',
  author: '',
  authoremail: '',
  committername: '',
  committeremail: '',
  commitdate: '',
  commitmessage: '',
}

const DETACHED = 'HEAD'

/** Id of HEAD; `undefined` before the first commit. */
async function headCommit(git: GitProgram): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', 'HEAD']
  const output = await git.run(args)
  if (output.exitCode === 0) return output.stdout.toString().trim()
  if (output.exitCode === 1) return undefined
  throw gitFailure(args, output)
}

async function branchName(git: GitProgram): Promise<string> {
  const args = ['symbolic-ref', '--quiet', 'HEAD']
  const output = await git.run(args)
  if (output.exitCode === 1) return DETACHED
  if (output.exitCode !== 0) throw gitFailure(args, output)
  return output.stdout
    .toString()
    .trim()
    .replace(/^refs\/(?:heads\/|tags\/|remotes\/)?/, '')
}

/** Refs whose own value is the commit, and the annotated tags of it, both in the order of ref names. */
async function refsAt(git: GitProgram, head: string): Promise<{ refs: string[]; tags: GitTag[] }> {
  const format = '--format=%(objectname) %(objecttype) %(refname) %(symref)'
  const listed = (await git.require(['for-each-ref', `--points-at=${head}`, format])).toString()
  const refs: string[] = []
  const tags: GitTag[] = []
  for (const line of listed.split('\n')) {
    const [id = '', type, name = '', symbolicTarget] = line.split(' ')
    if (type === 'tag') tags.push(parseTag(await git.require(['cat-file', 'tag', id])))
    // A symbolic ref (refs/remotes/origin/HEAD) names another ref, not the commit.
    else if (id === head && !symbolicTarget) refs.push(name)
  }
  return { refs, tags: tags.filter(tag => tag.object === head) }
}

function commitMembers(
  head: string,
  commit: GitCommit,
): Omit<GitPredicate, 'gittool' | 'gitbinpath' | 'gitbinhash'> {
  return {
    commithash: head,
    author: commit.author.name,
    authoremail: commit.author.email,
    committername: commit.committer.name,
    committeremail: commit.committer.email,
    commitdate: goTime(commit.author.time),
    commitmessage: commit.message,
    commitdigest: commitDigest(head),
    ...(commit.signature === '' ? {} : { signature: commit.signature }),
    ...nonEmpty('parenthashes', commit.parents),
    treehash: commit.tree,
  }
}

function tagRecord(tag: GitTag): GitTagRecord {
  return {
    name: tag.name,
    taggername: tag.tagger?.name ?? '',
    taggeremail: tag.tagger?.email ?? '',
    // Go's zero time, which cilock writes for a tag without a tagger.
    when: tag.tagger === undefined ? '0001-01-01T00:00:00Z' : rfc3339(tag.tagger.time),
    pgpsignature: tag.signature,
    message: tag.message,
  }
}

/**
 * The commit id as a digest. In a SHA-256 repository it must not be a plain `sha256`, which verification takes for the
 * digest of a file; readers refuse names they don't know; so it is the gitoid URI of the commit.
 */
function commitDigest(id: string): DigestSet {
  return id.length === 64 ? { 'gitoid:sha256': `gitoid:commit:sha256:${id}` } : { sha1: id }
}

function found(predicate: GitPredicate, warnings: readonly string[]): Finding {
  const backRefs = new Map<string, DigestSet>()
  if (predicate.commithash !== '')
    backRefs.set(`commithash:${predicate.commithash}`, commitDigest(predicate.commithash))
  for (const parent of predicate.parenthashes ?? [])
    backRefs.set(`parenthash:${parent}`, commitDigest(parent))
  const values = [
    ['authoremail', predicate.authoremail],
    ['committeremail', predicate.committeremail],
    ['refnameshort', predicate.branch ?? ''],
    ...(predicate.remotes ?? []).map(url => ['remote', url] as const),
  ] as const
  const subjects = new Map(backRefs)
  for (const [name, value] of values) subjects.set(`${name}:${value}`, { sha256: sha256Hex(value) })
  return finding({ ...predicate }, { subjects, backRefs, warnings })
}

function nonEmpty<Name extends string, Item>(
  name: Name,
  items: readonly Item[],
): Partial<Record<Name, readonly Item[]>> {
  return (items.length === 0 ? {} : { [name]: items }) as Partial<Record<Name, readonly Item[]>>
}
