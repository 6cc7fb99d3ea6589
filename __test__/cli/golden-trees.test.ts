// Every recorded tree through the command with the recorded words: the roots, subjects and predicates that cilock signed.
// Where ours differs on purpose the table says how, and names the row of the documentation that says why. Started by ava.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { buildTree } from './golden-tree.ts'
import { bench, corpus, lanner, type Outcome, predicateOf, type Statement, statementOf } from './lanner.ts'

interface Leaf {
  readonly path: string
  readonly fileDigest: string
  readonly leafHash: string
  readonly kind?: string
}

interface RecordedTree {
  readonly merkleRoot: string
  readonly treeSize: number
  readonly leaves: readonly Leaf[] | null
}

interface Recorded {
  readonly args: readonly string[]
  readonly cwd: string
  readonly exit: number
  readonly env?: Readonly<Record<string, string>>
  readonly expected?: {
    readonly subjects: Readonly<Record<string, Readonly<Record<string, string>>>>
    readonly git?: Readonly<Record<string, unknown>>
    readonly material?: RecordedTree
    readonly product?: RecordedTree
  }
}

/** What a run over a tree left. */
interface Ran {
  readonly ended: Outcome
  readonly statement: Statement | undefined
}

/** A tree where the outcome is not cilock's. */
interface Difference {
  readonly exit: number
  /** First cell of the row in docs/differences.md or README.md that says so. */
  readonly row: string
  readonly check: (t: ExecutionContext, ran: Ran) => void
  /** Leaves are not compared: their paths are what differs. */
  readonly otherPaths?: true
}

const types = ({ statement }: Ran): string[] =>
  (statement?.predicate.attestations ?? []).map(({ type }) => type.split('/').at(-2) ?? '')

const paths = (leaves: readonly Leaf[]): string[] => leaves.map(({ path }) => path).sort()

const loop: Difference = {
  exit: 0,
  row: 'symlink loop',
  check(t, { statement, ended }) {
    const { incomplete, treeSize } = predicateOf(statement as Statement, 'material')
    t.true(incomplete.length > 0)
    for (const { path, reason } of incomplete) {
      t.true(ended.stderr.includes(path))
      t.regex(reason, /loop/)
    }
    t.is(treeSize, predicateOf(statement as Statement, 'material').leaves.length)
    t.truthy(predicateOf(statement as Statement, 'product'))
  },
}

const DIFFERENCES: Readonly<Record<string, Difference>> = {
  '17b-symlink-loop': loop,
  '17c-symlink-self': loop,
  '25-backslash-collision': {
    exit: 0,
    row: '`a/b` and `a\\b` in one tree',
    otherPaths: true,
    check: (t, { statement }) =>
      t.deepEqual(paths(predicateOf(statement as Statement, 'material').leaves), ['a/b', 'a\\b']),
  },
  '27-nonutf8-name': {
    exit: 0,
    row: 'names that are not UTF-8',
    otherPaths: true,
    check: (t, { statement }) =>
      t.deepEqual(paths(predicateOf(statement as Statement, 'material').leaves), [
        String.raw`bad\xff\xfename`,
        'ok',
      ]),
  },
  '54-exit-1': {
    exit: 1,
    row: "a failing step's command-run",
    check: (t, { statement }) => t.is(predicateOf(statement as Statement, 'command-run').exitcode, 1),
  },
  '57-no-both': {
    exit: 2,
    row: '2',
    check(t, { statement, ended }) {
      t.is(statement, undefined)
      t.regex(ended.stderr, /--no-default-attestor/)
    },
  },
  '59-dirhash': {
    exit: 0,
    row: '`--hashes sha1`, `--dirhash-glob`',
    check(t, { statement, ended }) {
      t.regex(ended.stderr, /warning: `--dirhash-glob` changes nothing/)
      t.deepEqual(paths(predicateOf(statement as Statement, 'material').leaves), ['vendor/a', 'vendor/b/c'])
    },
  },
  '83-git-sha256': {
    exit: 0,
    row: 'git in a SHA-256 repository',
    check(t, { statement }) {
      const git = predicateOf(statement as Statement, 'git')
      t.is(git.commithash.length, 64)
      t.false('sha1' in git.commitdigest || 'sha256' in git.commitdigest)
    },
  },
}

const root = process.env.LANNER_CORPUS
const attested = join(root ?? '', 'golden/attested')
const NAMES = root === undefined ? [] : readdirSync(attested).filter(name => name !== 'INDEX.md')

test('there are recorded trees, and every named difference is one of them', t => {
  if (corpus(t, 'golden', 'attested') === undefined) return
  t.true(NAMES.length > 70)
  t.deepEqual(
    Object.keys(DIFFERENCES).filter(name => !NAMES.includes(name)),
    [],
  )
})

test('every difference is a row of the documentation', t => {
  const text = ['docs/differences.md', 'README.md']
    .map(file => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8'))
    .join('\n')
  for (const [name, { row }] of Object.entries(DIFFERENCES)) t.true(text.includes(`\n| ${row} |`), name)
})

/** The environment the corpus was made in, `more` added; nothing of ours gets in. */
function onlyEnvironment(tree: string, more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const none = Object.fromEntries(Object.keys(process.env).map(name => [name, undefined]))
  const base = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: '/home/ci',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    USER: 'ci',
  }
  const git = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  return { ...none, ...base, ...git, PWD: tree, ...more }
}

async function runRecorded(t: ExecutionContext, name: string, recorded: Recorded): Promise<Ran> {
  const place = bench(t)
  const tree = join(place.root, 'tree')
  mkdirSync(tree)
  buildTree(join(attested, name), tree)
  const cwd = join(place.root, recorded.cwd)
  const ended = await lanner(recorded.args, { cwd, env: onlyEnvironment(cwd, recorded.env ?? {}) })
  const envelope = join(place.root, 'att.json')
  const statement = existsSync(envelope) ? statementOf(readFileSync(envelope, 'utf8')) : undefined
  return { ended, statement }
}

for (const name of NAMES) {
  const difference = DIFFERENCES[name]
  const law = difference === undefined ? 'gives what cilock signed' : `differs: ${difference.row}`
  test.serial(`${name} ${law}`, async t => {
    const recorded = JSON.parse(readFileSync(join(attested, name, 'attested.json'), 'utf8')) as Recorded
    const ran = await runRecorded(t, name, recorded)
    t.is(ran.ended.code, difference?.exit ?? recorded.exit, ran.ended.stderr)
    difference?.check(t, ran)
    if (ran.statement === undefined || recorded.expected === undefined) return
    const hasGit = 'git' in recorded.expected || name.includes('-git-')
    assertTree(t, ran.statement, 'material', recorded, hasGit || name === '80-git-subdir', difference)
    assertTree(t, ran.statement, 'product', recorded, false, difference)
    assertGit(t, ran.statement, recorded)
    assertSubjects(t, ran.statement, recorded, hasGit)
    if (recorded.env !== undefined) assertEnvironment(t, name, ran.statement)
  })
}

function assertTree(
  t: ExecutionContext,
  statement: Statement,
  which: 'material' | 'product',
  { expected, args, exit }: Recorded,
  volatile: boolean,
  difference: Difference | undefined,
): void {
  const wanted = expected?.[which]
  const actual = predicateOf(statement, which)
  if (wanted === undefined) {
    // Recorded without it either because it was left out, which holds for us too, or because cilock failed.
    if (exit === 0) t.is(actual, undefined, `${which} was left out by ${args.join(' ')}`)
    return
  }
  t.is(actual.hashAlgorithm, 'sha256')
  t.is(actual.construction, 'RFC6962')
  // .git/index holds inode and mtime, so the root of a tree with a repository is no one else's.
  if (volatile) return
  t.is(actual.merkleRoot, wanted.merkleRoot)
  t.is(actual.treeSize, wanted.treeSize)
  const distinct = new Set<string>((actual.leaves ?? []).map(({ leafHash }: Leaf) => leafHash))
  t.is(distinct.size, wanted.treeSize)
  t.is('leaves' in actual, which === 'material' || wanted.treeSize > 0)
  if (difference?.otherPaths === true) return
  // Ours lists every path, cilock one for each content.
  const ours = new Map<string, Leaf>((actual.leaves ?? []).map((leaf: Leaf) => [leaf.path, leaf]))
  for (const leaf of wanted.leaves ?? []) t.deepEqual(ours.get(leaf.path), leaf)
}

function assertGit(t: ExecutionContext, statement: Statement, { expected }: Recorded): void {
  if (expected?.git === undefined) return
  t.deepEqual(comparable(predicateOf(statement, 'git')), comparable(expected.git))
}

/** The tool is not ours, and tags and remotes come in a random order in what was recorded. */
function comparable(predicate: Readonly<Record<string, unknown>>): unknown {
  const { gittool, gitbinpath, gitbinhash, ...rest } = predicate
  const sort = (list: unknown): unknown =>
    Array.isArray(list) ? list.map(item => JSON.stringify(item)).sort() : list
  return { ...rest, tags: sort(rest.tags), remotes: sort(rest.remotes) }
}

function assertSubjects(
  t: ExecutionContext,
  statement: Statement,
  { expected, exit }: Recorded,
  hasGit: boolean,
): void {
  // What cilock lost by failing is not among its subjects.
  if (exit !== 0) return
  const short = (name: string): string => name.replace('https://aflock.ai/attestations/', '')
  const kept = ([name]: readonly [string, unknown]): boolean => !hasGit || !name.includes('/tree:')
  const ours = statement.subject.map(({ name, digest }) => [short(name), digest] as const)
  const theirs = Object.entries(expected?.subjects ?? {})
  t.deepEqual(Object.fromEntries(ours.filter(kept)), Object.fromEntries(theirs.filter(kept)))
  t.deepEqual(ours.map(([name]) => name).sort(), theirs.map(([name]) => name).sort())
}

/** Set by cilock itself, or by us to keep git alone. */
const NOT_THE_USERS = /^(CILOCK_|GOMAXPROCS$|GIT_CONFIG_)/

function assertEnvironment(t: ExecutionContext, name: string, statement: Statement): void {
  const theirs = JSON.parse(readFileSync(join(attested, name, 'statement.json'), 'utf8')) as Statement
  const variables = (of: Statement): unknown =>
    Object.fromEntries(
      Object.entries(predicateOf(of, 'environment').variables as Record<string, string>).filter(
        ([variable]) => !NOT_THE_USERS.test(variable),
      ),
    )
  t.deepEqual(variables(statement), variables(theirs))
}

const NOBODY = 65534

test.serial(
  'an unreadable file is recorded by path and reason, and fails the trees only when completeness is required',
  async t => {
    const folder = corpus(t, 'golden', 'attested', '53-unreadable-file')
    if (folder === undefined) return
    if (process.getuid?.() !== 0) {
      t.log('skipped: only root can become the user who may not read')
      return t.pass()
    }
    const place = bench(t)
    // Below the bench's folder, which is root's alone, another user could not work.
    const tree = mkdtempSync(join(tmpdir(), 'lanner-tree-'))
    t.teardown(() => rmSync(tree, { recursive: true, force: true }))
    buildTree(folder, tree)
    for (const file of [place.root, place.key, tree]) chownSync(file, NOBODY, NOBODY)
    chmodSync(tree, 0o755)
    const words = [
      'run',
      '-s',
      'test',
      '-k',
      place.key,
      '-a',
      'environment',
      '-o',
      place.envelope,
      '-d',
      tree,
    ]
    const ran = await lanner([...words, '--', 'true'], { uid: NOBODY, cwd: tree })
    t.is(ran.code, 0, ran.stderr)
    const incomplete = [{ path: 'a', reason: 'permission denied' }]
    t.deepEqual(predicateOf(place.statement(), 'material').incomplete, incomplete)
    t.deepEqual(predicateOf(place.statement(), 'product').incomplete, incomplete)
    t.regex(ran.stderr, /warning: a is not in tree:materials: permission denied/)
    const strict = await lanner([...words, '--require-complete', '--', 'true'], { uid: NOBODY, cwd: tree })
    t.is(strict.code, 3)
    t.regex(strict.stderr, /ERR_TREE_INCOMPLETE/)
    t.deepEqual(types({ ended: strict, statement: place.statement() }), ['environment', 'command-run'])
  },
)
