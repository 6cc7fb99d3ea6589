// The git predicate against recorded ones, on repositories made by the same scripts, and on hostile ones.
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { DigestSet, Finding } from '../../src/attestors/attestor.ts'
import { attestGit, GIT_TYPE } from '../../src/attestors/git.ts'
import { withoutUserInfo } from '../../src/attestors/git-config.ts'
import { goTime, parseCommit, parseTag, rfc3339 } from '../../src/attestors/git-object.ts'
import { gitSchema } from '../../src/attestors/schemas/git.ts'
import { LannerError } from '../../src/error.ts'

const ENV = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
}

const START = `
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org
export GIT_AUTHOR_DATE=2026-01-02T03:04:05-0030 GIT_COMMITTER_DATE=2026-01-02T03:04:05Z
git init -q -b main --template=; echo hello > a.txt; git add a.txt; git commit -q -m first`

function repository(t: ExecutionContext, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-git-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const tree = join(folder, 'tree')
  mkdirSync(tree)
  execFileSync('sh', ['-euc', script], { cwd: tree, env: ENV, stdio: ['ignore', 'ignore', 'inherit'] })
  return tree
}

interface Recorded {
  readonly cwd: string
  readonly expected: { readonly git?: Record<string, unknown>; readonly subjects: Record<string, DigestSet> }
}

interface Statement {
  readonly predicate: { readonly backrefs?: Record<string, DigestSet> }
}

const corpus = process.env.LANNER_CORPUS
const attested = join(corpus ?? '', 'golden/attested')
const recordedCases =
  corpus === undefined || !existsSync(attested)
    ? []
    : readdirSync(attested).filter(n => /^[78]\d-git/.test(n))

/** Tags and remotes come in a random order in what was recorded, and the tool is not ours. */
function comparable(predicate: Readonly<Record<string, unknown>>): unknown {
  const { gittool, gitbinpath, gitbinhash, ...rest } = predicate
  const sort = (list: unknown): unknown[] | undefined =>
    Array.isArray(list) ? list.map(item => JSON.stringify(item)).sort() : undefined
  return { ...rest, tags: sort(rest.tags), remotes: sort(rest.remotes) }
}

if (recordedCases.length === 0) {
  test('recorded repositories are reproduced', t => {
    t.log('skipped: no corpus')
    t.pass()
  })
}

for (const name of recordedCases) {
  test(`the recorded repository ${name} is reproduced`, async t => {
    const folder = join(attested, name)
    const { cwd, expected } = JSON.parse(readFileSync(join(folder, 'attested.json'), 'utf8')) as Recorded
    const statement = JSON.parse(readFileSync(join(folder, 'statement.json'), 'utf8')) as Statement
    const tree = repository(t, readFileSync(join(folder, 'setup.sh'), 'utf8'))
    const found = await attestGit(join(tree, '..', cwd), ENV)
    t.true(gitSchema.safeParse(found.predicate).success)
    if (expected.git === undefined) {
      t.is(name, '83-git-sha256', 'the one tree cilock fails on is attested here')
      return
    }
    t.deepEqual(comparable(found.predicate), comparable(expected.git))
    t.deepEqual(ofGit(found.subjects), onlyGit(expected.subjects))
    t.deepEqual(ofGit(found.backRefs), onlyGit(statement.predicate.backrefs ?? {}))
  })
}

function ofGit(digests: Finding['subjects']): Record<string, DigestSet> {
  return Object.fromEntries([...digests].map(([name, digest]) => [`git/v0.1/${name}`, digest]))
}

function onlyGit(digests: Record<string, DigestSet>): Record<string, DigestSet> {
  const short = Object.entries(digests).map(
    ([name, digest]) => [name.replace(/^.*\/(git\/v0\.1\/)/, '$1'), digest] as const,
  )
  return Object.fromEntries(short.filter(([name]) => name.startsWith('git/')))
}

async function refusal(t: ExecutionContext, attesting: Promise<Finding>): Promise<LannerError> {
  return (await t.throwsAsync(attesting, { instanceOf: LannerError })) as LannerError
}

test('the commit of a SHA-256 repository is no plain sha256, which would pass for a file', async t => {
  const tree = repository(t, START.replace('git init', 'git init --object-format=sha256'))
  const { predicate, subjects } = await attestGit(tree, ENV)
  const id = String(predicate.commithash)
  t.is(id.length, 64)
  t.deepEqual(predicate.commitdigest, { 'gitoid:sha256': `gitoid:commit:sha256:${id}` })
  t.deepEqual(subjects.get(`commithash:${id}`), { 'gitoid:sha256': `gitoid:commit:sha256:${id}` })
})

test('a folder outside of any repository is an error with its own code', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-git-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  t.is((await refusal(t, attestGit(folder, ENV))).code, 'ERR_GIT_NO_REPOSITORY')
})

test('a bare repository and the inside of .git are refused', async t => {
  const tree = repository(t, `${START}; git init -q --bare --template= bare.git`)
  t.is((await refusal(t, attestGit(join(tree, 'bare.git'), ENV))).code, 'ERR_GIT_NO_WORK_TREE')
  t.is((await refusal(t, attestGit(join(tree, '.git'), ENV))).code, 'ERR_GIT_NO_WORK_TREE')
})

test('without git on an absolute PATH entry the error says so, and a git in the working tree is not taken', async t => {
  const tree = repository(t, `${START}; printf '#!/bin/sh\\ntouch ran' > git; chmod +x git`)
  const error = await refusal(t, attestGit(tree, { ...ENV, PATH: `.:${tree}/nothing` }))
  t.is(error.code, 'ERR_GIT_NOT_FOUND')
  t.truthy(error.hint)
})

test('a repository of another user is an error with a hint', async t => {
  const tree = repository(t, START)
  // git's own switch for its tests: every owner is then another one.
  const wrapped = join(tree, '..', 'bin')
  mkdirSync(wrapped)
  const git = execFileSync('sh', ['-c', 'command -v git']).toString().trim()
  writeFileSync(join(wrapped, 'git'), `#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec ${git} "$@"\n`, {
    mode: 0o755,
  })
  const error = await refusal(t, attestGit(tree, { ...ENV, PATH: wrapped }))
  t.is(error.code, 'ERR_GIT_OWNERSHIP')
  t.regex(error.hint ?? '', /safe\.directory/)
})

test('nothing the repository configures is run', async t => {
  const tree = repository(
    t,
    `${START}
    git init -q -b main --template= sub; (cd sub; echo s > a.txt; git add a.txt; git commit -q -m sub)
    git add sub 2> ../err; git commit -q -m more; ran=$PWD/../ran; mkdir ../hooks
    printf '#!/bin/sh\necho hook >> %s' "$ran" > ../hooks/post-index-change; chmod +x ../hooks/post-index-change
    for folder in . sub; do (cd $folder
      touch -d @1 a.txt; mkdir .git/info; printf 'a.txt filter=f%s\n' $folder > .git/info/attributes
      git config core.fsmonitor "echo fsmonitor $folder >> $ran; false"
      git config core.hooksPath "$PWD/../hooks"
      git config filter.f$folder.clean "echo clean $folder >> $ran; cat"
      git config filter.f$folder.required true
      git config filter.f$folder.process "echo process $folder >> $ran"); done`,
  )
  const ran = join(tree, '../ran')
  rmSync(ran, { force: true })
  const { predicate, warnings } = await attestGit(tree, ENV)
  t.false(existsSync(ran))
  t.false('status' in predicate)
  t.regex(warnings.join(), /filter `f\.`/)
  // The trap is real: git alone springs it, in the submodule too.
  execFileSync('sh', ['-c', 'git status --porcelain > /dev/null 2>&1 || true'], { cwd: tree, env: ENV })
  t.regex(readFileSync(ran, 'utf8'), /fsmonitor \.(.|\n)*process \./)
  execFileSync(
    'sh',
    [
      '-c',
      'git config --unset filter.f..process; git config --unset filter.f..clean; git config --unset filter.f..required; git status --porcelain > /dev/null 2>&1 || true',
    ],
    { cwd: tree, env: ENV },
  )
  t.regex(readFileSync(ran, 'utf8'), /process sub/)
})

test('Git LFS as it sets itself up is left to work', async t => {
  const tree = repository(
    t,
    `${START}
    printf '*.bin filter=lfs\\n' > .gitattributes
    git config filter.lfs.clean 'git-lfs clean -- %f'; git config filter.lfs.required true
    git config lfs.repositoryformatversion 0`,
  )
  t.deepEqual((await attestGit(tree, ENV)).warnings, [])
  appendFileSync(join(tree, '.git/config'), '[lfs "extension.x"]\n\tclean = evil\n')
  t.regex((await attestGit(tree, ENV)).warnings[0] ?? '', /filter `lfs`/)
})

test('a filter that cannot be switched off is refused', async t => {
  const tree = repository(
    t,
    `${START}; git config filter.a=b.clean cat`.replace('filter.a=b.clean', "'filter.a=b.clean'"),
  )
  t.is((await refusal(t, attestGit(tree, ENV))).code, 'ERR_GIT_UNSAFE_CONFIG')
})

test('a repository cannot hide changes by its configuration', async t => {
  const tree = repository(
    t,
    `${START}; git config status.showUntrackedFiles no; echo x > new; mv a.txt b.txt; git add -A`,
  )
  writeFileSync(join(tree, 'untracked'), 'x')
  const { status } = (await attestGit(tree, ENV)).predicate
  t.deepEqual(Object.keys(status as object), ['a.txt -> b.txt', 'new', 'untracked'])
})

test('changes within a submodule, an odd name included, show as git shows them', async t => {
  const tree = repository(
    t,
    `${START}
    for name in sub 'od d' 'caf\u00e9' clean; do
      git init -q -b main --template= "$name"; (cd "$name"; echo s > s; git add s; git commit -q -m s)
      git add "$name" 2> ../err
    done; git commit -q -m subs; mkdir below; echo t > below/t; git add below; git commit -q -m below
    echo changed > sub/s; echo new > 'od d/untracked'; echo new > 'caf\u00e9/n'`,
  )
  const said = execFileSync('git', ['-C', tree, 'status', '--porcelain'], { env: ENV }).toString()
  const expected = said.split('\n').filter(line => line !== '')
  for (const directory of [tree, join(tree, 'below')]) {
    const { status } = (await attestGit(directory, ENV)).predicate
    t.deepEqual(Object.keys(status as object).sort(), expected.map(line => line.slice(3)).sort())
    for (const state of Object.values(status as object)) {
      t.deepEqual(state, { staging: 'unmodified', worktree: 'modified' })
    }
  }
  t.is(expected.length, 3)
})

test('variables of a git hook do not lead to another repository', async t => {
  const tree = repository(t, START)
  const other = repository(t, START.replace('-m first', '-m other'))
  const { predicate } = await attestGit(tree, {
    ...ENV,
    GIT_DIR: join(other, '.git'),
    GIT_INDEX_FILE: '/dev/null',
  })
  t.is(predicate.commitmessage, 'first\n')
  t.false('status' in predicate)
})

test('a replaced commit is attested as it was made', async t => {
  const tree = repository(t, `${START}; git replace HEAD $(git commit-tree -m forged HEAD^{tree})`)
  t.is((await attestGit(tree, ENV)).predicate.commitmessage, 'first\n')
})

test('the same repository gives the same bytes, tags in the order of their names', async t => {
  const tree = repository(
    t,
    `${START}; git tag -a z -m z; git tag -a b -m b; for i in 3 1 2; do echo > $i; done`,
  )
  const [one, other] = [(await attestGit(tree, ENV)).predicate, (await attestGit(tree, ENV)).predicate]
  t.is(JSON.stringify(one), JSON.stringify(other))
  t.deepEqual(
    (one.tags as { name: string }[]).map(tag => tag.name),
    ['b', 'z'],
  )
})

test('a status of many thousand paths is taken whole', async t => {
  const tree = repository(
    t,
    `${START}; mkdir many; echo > many/tracked; git add many; git commit -q -m m; cd many; seq -f 'f-%05.0f' 20000 | xargs touch`,
  )
  t.is(Object.keys((await attestGit(tree, ENV)).predicate.status as object).length, 20_000)
})

test('user information is taken out of URLs only', t => {
  t.is(withoutUserInfo('https://u:p%zz@h.org/a@b'), 'https://h.org/a@b')
  t.is(withoutUserInfo('https://u@x:p@h.org/'), 'https://h.org/')
  t.is(withoutUserInfo('git@h.org:a/b'), 'git@h.org:a/b')
  t.is(withoutUserInfo('https://h.org/?q=a@b'), 'https://h.org/?q=a@b')
  t.is(withoutUserInfo('/srv/git@home'), '/srv/git@home')
})

test('a signed commit gives its armor back, and its message starts after it', t => {
  const raw = Buffer.from(
    'tree t\nparent p\nparent q\nauthor A <a@x> 1 +0000\ncommitter C D <c> d> -1 -0130\ngpgsig -----BEGIN X-----\n \n abc\n -----END X-----\n\nsubject\n\n body\n',
  )
  const commit = parseCommit(raw)
  t.is(commit.signature, '-----BEGIN X-----\n\nabc\n-----END X-----\n')
  t.is(commit.message, 'subject\n\n body\n')
  t.deepEqual(commit.parents, ['p', 'q'])
  t.deepEqual(commit.committer, {
    name: 'C D <c> d>'.slice(0, 3),
    email: 'c> d',
    time: { seconds: -1, offset: -90 },
  })
})

test('the signature of a tag is no part of its message', t => {
  const armor = '-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n'
  const tag = parseTag(Buffer.from(`object o\ntype commit\ntag v1\n\nwords\n${armor}`))
  t.deepEqual(tag, { object: 'o', name: 'v1', tagger: undefined, signature: armor, message: 'words\n' })
})

test('times are written in the zone they were made in', t => {
  t.is(goTime({ seconds: 1_767_341_045, offset: -300 }), '2026-01-02 03:04:05 -0500 -0500')
  t.is(goTime({ seconds: 0, offset: -30 }), '1969-12-31 23:30:00 -0030 -0030')
  t.is(rfc3339({ seconds: 0, offset: 330 }), '1970-01-01T05:30:00+05:30')
  t.is(rfc3339({ seconds: 0, offset: 0 }), '1970-01-01T00:00:00Z')
})

test('the type is the one policies name', t => {
  t.is(GIT_TYPE, 'https://aflock.ai/attestations/git/v0.1')
})
