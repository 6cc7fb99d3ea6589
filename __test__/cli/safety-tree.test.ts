// Nothing in the working tree leads us out of it, blocks us or makes us record what is not so, however it changes meanwhile.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type Bench, bench, predicateOf } from './lanner.ts'
import {
  eventLine,
  giveToNobody,
  NOBODY,
  ROOT,
  start,
  startProgram,
  until,
  writeCapture,
} from './safety-probes.ts'

interface Leaf {
  readonly path: string
}

function paths(place: Bench, name: 'material' | 'product'): string[] {
  const leaves: Leaf[] = predicateOf(place.statement(), name).leaves ?? []
  return leaves.map(leaf => leaf.path).sort()
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

test('links that lead out of the tree record nothing of what they lead to, and links inside do', async t => {
  const place = bench(t)
  const secret = 'outside, not yours'
  mkdirSync(join(place.root, 'away'))
  writeFileSync(join(place.root, 'away', 'secret'), secret)
  writeFileSync(join(place.work, 'file'), 'inside')
  symlinkSync('../away/secret', join(place.work, 'to-file'))
  symlinkSync('../away', join(place.work, 'to-folder'))
  symlinkSync('/', join(place.work, 'to-root'))
  symlinkSync(join(place.root, 'away/secret'), join(place.work, 'absolute'))
  symlinkSync('/proc/self/environ', join(place.work, 'to-proc'))
  symlinkSync('file', join(place.work, 'inside'))
  const { code, stderr } = await place.step([
    '--',
    'sh',
    '-c',
    'mkdir ../new; cp -a . ../new/; mv ../new copy',
  ])
  t.is(code, 0, stderr)
  t.deepEqual(paths(place, 'material'), ['file', 'inside'])
  t.deepEqual(paths(place, 'product'), ['copy/file', 'copy/inside'])
  t.false(JSON.stringify(place.statement()).includes(sha256(secret)))
})

test('a file or folder swapped for a link during the walk never shows what lies outside', async t => {
  const place = bench(t)
  const secret = 'outside, not yours'
  mkdirSync(join(place.root, 'away'))
  writeFileSync(join(place.root, 'away', 'x'), secret)
  mkdirSync(join(place.work, 'd'))
  writeFileSync(join(place.work, 'd', 'x'), 'inside')
  // The swaps are single renames, so there is always something under both names.
  const script = `echo swapping; while :; do
    ln -s ../away/x l; mv -T l f; echo inside > n; mv -T n f
    mv -T d real; ln -s ../away d; rm d; mv -T real d; done`
  const swapper = startProgram(t, 'sh', ['-c', script], { cwd: place.work })
  await until(() => swapper.said.stdout !== '', 'the swaps')
  for (let round = 0; round < 8; round++) {
    const { code, stderr } = await place.step(['-a', 'environment', '-l', 'error', '--', 'true'])
    t.is(code, 0, stderr)
    t.false(JSON.stringify(place.statement()).includes(sha256(secret)))
  }
})

test('FIFOs, sockets and devices are no files of the tree and keep nobody waiting', async t => {
  const place = bench(t)
  writeFileSync(join(place.work, 'file'), 'x')
  const socket = 'require("net").createServer().listen("socket", () => process.exit())'
  const device = ROOT ? 'mknod zero c 1 5; mknod block b 7 0;' : ''
  const { code, stderr } = await place.step([
    '-a',
    'falco',
    '--',
    'sh',
    '-c',
    `mkfifo fifo falco.jsonl; ${device} ls > made`,
  ])
  t.is(code, 3)
  t.regex(stderr, /falco: the step wrote no Falco capture/)
  spawnSync(process.execPath, ['-e', socket], { cwd: place.work })
  t.is((await place.step(['--', 'true'])).code, 0)
  t.deepEqual(paths(place, 'material'), ['file', 'made'])
})

test('a FIFO, a device, a folder or nothing named as the capture is refused by name at once, the rest is attested', async t => {
  const place = bench(t)
  spawnSync('mkfifo', [join(place.work, 'fifo')])
  mkdirSync(join(place.work, 'folder'))
  for (const file of ['fifo', '/dev/zero', 'folder', 'missing', '/dev/stdin']) {
    const { code, stderr } = await place.step(['-a', 'falco', '--attestor-falco-file', file, '--', 'true'])
    t.is(code, 3, file)
    t.regex(stderr, new RegExp(`falco: .*${file}.*ERR_EVENTS_OPEN`))
    t.is(predicateOf(place.statement(), 'command-run').exitcode, 0)
    t.is(predicateOf(place.statement(), 'falco'), undefined)
  }
})

test('a file that others write, cut or remove all the while is recorded or listed as incomplete, never both, and costs nothing else', async t => {
  const place = bench(t)
  writeFileSync(join(place.work, 'still'), 'still')
  const writing = `echo writing; while :; do
    echo more >> grows; echo content > torn; : > torn; echo here > gone; rm gone; done`
  const writer = startProgram(t, 'sh', ['-c', writing], { cwd: place.work })
  await until(() => writer.said.stdout !== '', 'the writer')
  for (let round = 0; round < 5; round++) {
    // The step ends once the file has grown since the materials were taken: then it has to be a product.
    const script = 's=$(stat -c %s grows); until [ $(stat -c %s grows) -gt $s ]; do :; done; touch "$1"'
    const step = ['--', 'sh', '-c', script, 'sh', `made-${round}`]
    const { code, stderr } = await place.step(['-a', 'environment', ...step])
    t.is(code, 0, stderr)
    for (const name of ['material', 'product'] as const) {
      const incomplete: Leaf[] = predicateOf(place.statement(), name).incomplete ?? []
      const all = [...paths(place, name), ...incomplete.map(({ path }) => path)]
      t.is(new Set(all).size, all.length, all.join())
      for (const { path } of incomplete) t.regex(stderr, new RegExp(`${path} is not in tree:`))
      t.true(all.includes('grows'), `${name} of round ${round}`)
    }
    t.true(paths(place, 'material').includes('still'))
    t.true(paths(place, 'product').includes(`made-${round}`))
  }
})

test('a capture that grows while it is read is attested as the bytes that were read, and says that it changed', async t => {
  const place = bench(t)
  const capture = join(place.work, 'falco.jsonl')
  writeCapture(join(place.root, 'start'), 40)
  // The writer outlives the step, and is slower than reading, which therefore ends.
  const script = `cp ../start falco.jsonl; while :; do echo "$1"; done >> falco.jsonl 2>/dev/null & echo $! > ../writer
    until [ $(stat -c %s falco.jsonl) -gt $(stat -c %s ../start) ]; do :; done`
  const words = ['-a', 'falco', '--attestor-falco-events', 'digest', '--', 'sh', '-c', script, 'sh']
  const { code, stderr } = await place.step([...words, eventLine(1).trim()])
  process.kill(Number(readFileSync(join(place.root, 'writer'), 'utf8')), 'SIGKILL')
  t.is(code, 0, stderr)
  const falco = predicateOf(place.statement(), 'falco')
  t.true(falco.changed_while_read)
  t.regex(stderr, /falco\.jsonl changed while it was read/)
  // The file only grew: what was read is its beginning.
  const head = readFileSync(capture).subarray(0, falco.source_file.size)
  t.is(sha256(head), falco.source_file.sha256)
  const lines = head.toString().split('\n').filter(Boolean).length
  t.true(lines - falco.summary.total_events <= 1, 'all but a torn last line')
})

test('what its user may not read is listed as incomplete with a warning; --require-complete makes it exit 3', async t => {
  const place = bench(t)
  writeFileSync(join(place.work, 'open'), 'x')
  writeFileSync(join(place.work, 'locked'), 'x')
  mkdirSync(join(place.work, 'closed'))
  giveToNobody(place)
  chmodSync(join(place.work, 'locked'), 0o000)
  chmodSync(join(place.work, 'closed'), 0o000)
  const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, '-a', 'environment']
  const loose = start(t, place, [...words, '--', 'true'], NOBODY)
  t.deepEqual(await loose.ended, [0, null])
  t.regex(loose.said.stderr, /warning: locked is not in tree:materials: permission denied/)
  const material = predicateOf(place.statement(), 'material')
  t.deepEqual(paths(place, 'material'), ['open'])
  t.deepEqual(
    material.incomplete,
    ['closed', 'locked'].map(path => ({ path, reason: 'permission denied' })),
  )
  const strict = start(t, place, [...words, '--require-complete', '--', 'touch', '../ran'], NOBODY)
  t.deepEqual(await strict.ended, [3, null])
  t.regex(strict.said.stderr, /material: .*permission denied.*ERR_TREE_INCOMPLETE/)
  t.is(predicateOf(place.statement(), 'material'), undefined)
  t.is(predicateOf(place.statement(), 'command-run').exitcode, 0)
  t.true(existsSync(join(place.root, 'ran')))
  chmodSync(join(place.work, 'closed'), 0o755)
})

test('names and output that are not UTF-8 give a payload that is, with every name told apart', async t => {
  const place = bench(t)
  const script = String.raw`
    for n in 'a\377' 'a\376' 'caf\303\251' 'new\nline' 'quote\042' 'del\177' 'esc\033[31m'; do
      echo "$n" > "$(printf "$n")"; done
    printf 'out\377\n'; printf 'err\200\n' >&2`
  const { code, stdout, stderr } = await place.step(['-a', 'environment', '--', 'sh', '-c', script])
  t.is(code, 0, stderr)
  t.deepEqual(stdout, Buffer.from('out\xff\n', 'latin1'))
  const { payload } = JSON.parse(readFileSync(place.envelope, 'utf8'))
  const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(payload, 'base64'))
  t.notThrows(() => JSON.parse(text))
  const expected = ['a\\xff', 'a\\xfe', 'café', 'new\nline', 'quote"', 'del\x7f', 'esc\x1b[31m']
  t.deepEqual(paths(place, 'product'), expected.sort())
  const run = predicateOf(place.statement(), 'command-run')
  t.is(run.stdout, 'out\ufffd\n')
  t.is(run.stderr, 'err\ufffd\n')
  t.is(run.stdout_digest.sha256, sha256(stdout))
})

test('`a\\b` and `a/b` are two files with two paths', async t => {
  const place = bench(t)
  mkdirSync(join(place.work, 'a'))
  writeFileSync(join(place.work, 'a', 'b'), 'slash')
  writeFileSync(join(place.work, 'a\\b'), 'backslash')
  writeFileSync(join(place.work, 'c\\d'), 'alone')
  t.is((await place.step(['--', 'true'])).code, 0)
  t.deepEqual(paths(place, 'material'), ['a/b', 'a\\b', 'c/d'])
  t.is(predicateOf(place.statement(), 'material').treeSize, 3)
})
