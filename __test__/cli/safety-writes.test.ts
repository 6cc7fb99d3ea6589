// An envelope appears whole or not at all: killed while writing, on a full disk, in odd places, and with others at work.
import { spawnSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Bench, bench, CLI, predicateOf, run, statementOf } from './lanner.ts'
import { killWhen, ROOT, start, writeCapture } from './safety-probes.ts'

const KILLS = process.env.LANNER_SOAK === '1' ? 50 : 4
const MEGABYTES = 100

/** Files beside the envelope that are no part of the bench. */
function leftovers(folder: string): string[] {
  return readdirSync(folder).filter(name => name.startsWith('.lanner-'))
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? -1
}

async function assertHolds(t: ExecutionContext, place: Bench, envelope: string): Promise<void> {
  const { code, stderr } = await place.lanner(['inspect', envelope, '-k', place.publicKey])
  t.is(code, 0, stderr)
}

test(`killed at ${KILLS} moments of writing, an envelope is the old one whole or not there, and the next run works`, async t => {
  const place = bench(t)
  const out = join(place.root, 'out')
  const envelope = join(out, 'att.json')
  const capture = join(place.root, 'capture.jsonl')
  mkdirSync(out)
  writeCapture(capture, MEGABYTES)
  const words = ['run', '-s', 't', '-k', place.key, '-o', envelope, '-l', 'error', '-a', 'falco']
  words.push('--attestor-falco-file', capture, '--', 'true')
  for (let kill = 0; kill < KILLS; kill++) {
    const old = kill < KILLS / 2 ? undefined : `old ${kill}`
    // From the creation of the file to well into the base64 text, which is a third longer than the capture.
    const size = Math.floor((MEGABYTES * 1.25e6 * (kill % (KILLS / 2))) / (KILLS / 2))
    const reached = (): boolean => leftovers(out).some(name => sizeOf(join(out, name)) >= size)
    let killed = false
    // On a busy machine the moment may pass unseen: then once more.
    for (let attempt = 0; !killed && attempt < 10; attempt++) {
      spawnSync('rm', ['-rf', out])
      mkdirSync(out)
      if (old !== undefined) writeFileSync(envelope, old)
      killed = await killWhen(start(t, place, words), reached)
    }
    t.true(killed, `never seen with ${size} bytes`)
    if (old === undefined) t.is(sizeOf(envelope), -1)
    else t.is(readFileSync(envelope, 'utf8'), old)
    t.is(leftovers(out).length, 1)
    t.deepEqual(
      leftovers(out).map(name => statSync(join(out, name)).mode & 0o777),
      [0o600],
    )
  }
  const { code, stderr } = await place.lanner(words)
  t.is(code, 0, stderr)
  t.is(leftovers(out).length, 1, 'the next run leaves nothing of its own')
  await assertHolds(t, place, envelope)
})

/** A file system of `size` that goes away with the test; `undefined` after noting why there is none. */
function smallDisk(t: ExecutionContext, place: Bench, size: string): string | undefined {
  const disk = join(place.root, 'disk')
  mkdirSync(disk)
  const mounted =
    ROOT && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]).status === 0
  if (mounted) {
    t.teardown(() => spawnSync('umount', [disk]))
    return disk
  }
  t.log('skipped: no right to mount a small file system')
  t.pass()
  return undefined
}

test('with no room for the envelope, the error names it and says why, nothing partial stays, and what was there does', async t => {
  const place = bench(t)
  const disk = smallDisk(t, place, '256k')
  if (disk === undefined) return
  const envelope = join(disk, 'att.json')
  writeFileSync(envelope, 'old')
  const words = ['run', '-s', 't', '-k', place.key, '-o', envelope]
  const { code, stderr } = await place.lanner([...words, '--', 'sh', '-c', 'yes | head -c 400000'])
  t.is(code, 3)
  t.regex(stderr, /disk\/att\.json.*No space left on device.*ERR_ENVELOPE_WRITE/)
  t.regex(stderr, /^hint: \S/m)
  t.deepEqual(readdirSync(disk), ['att.json'])
  t.is(readFileSync(envelope, 'utf8'), 'old')
})

test('with no room for the events, falco fails with a hint, and the envelope holds all the others', async t => {
  const place = bench(t)
  const disk = smallDisk(t, place, '512k')
  if (disk === undefined) return
  const envelope = join(disk, 'att.json')
  writeCapture(join(place.root, 'capture.jsonl'), 1)
  const words = ['run', '-s', 't', '-k', place.key, '-o', envelope, '-a', 'falco', '--']
  const { code, stderr } = await place.lanner([...words, 'cp', '../capture.jsonl', 'falco.jsonl'])
  t.is(code, 3)
  t.regex(stderr, /falco: .*No space left on device.*ERR_EVENTS_SPOOL/)
  t.regex(stderr, /hint: .*spooled beside the output file/)
  t.deepEqual(readdirSync(disk), ['att.json'])
  await assertHolds(t, place, envelope)
  const statement = statementOf(readFileSync(envelope, 'utf8'))
  t.is(predicateOf(statement, 'falco'), undefined)
  t.is(predicateOf(statement, 'product').treeSize, 1)
})

test('with no room for a key, neither half of the pair appears', async t => {
  const place = bench(t)
  const disk = smallDisk(t, place, '64k')
  if (disk === undefined) return
  spawnSync('sh', ['-c', `yes > ${disk}/full`])
  const { code, stderr } = await place.lanner(['keygen', '-o', join(disk, 'key.pem')])
  t.is(code, 3)
  t.regex(stderr, /disk\/key.*no space left on device.*ERR_OUTPUT_WRITE/)
  t.deepEqual(readdirSync(disk), ['full'])
})

test('an envelope replaces a file, with mode 0644 whatever the old one had', async t => {
  const place = bench(t)
  writeFileSync(place.envelope, 'old', { mode: 0o600 })
  t.is((await place.step(['--', 'true'])).code, 0)
  t.is(statSync(place.envelope).mode & 0o777, 0o644)
  await assertHolds(t, place, place.envelope)
})

test('a link is written through, dangling or not, and stays a link', async t => {
  const place = bench(t)
  mkdirSync(join(place.root, 'store'))
  writeFileSync(join(place.root, 'store', 'one.json'), 'old')
  for (const name of ['one.json', 'two.json']) {
    const link = join(place.root, `link-to-${name}`)
    symlinkSync(join('store', name), link)
    const { code, stderr } = await place.lanner(['run', '-s', 't', '-k', place.key, '-o', link, '--', 'true'])
    t.is(code, 0, stderr)
    t.true(lstatSync(link).isSymbolicLink())
    await assertHolds(t, place, join(place.root, 'store', name))
  }
  t.deepEqual(readdirSync(join(place.root, 'store')).sort(), ['one.json', 'two.json'])
})

test('a name that is a folder is refused by name with exit 3; a folder that is missing is made, so no evidence is lost', async t => {
  const place = bench(t)
  mkdirSync(join(place.root, 'folder'))
  const into = (name: string) =>
    place.lanner(['run', '-s', 't', '-k', place.key, '-o', join(place.root, name), '--', 'touch', 'ran'])
  const refused = await into('folder')
  t.is(refused.code, 3)
  t.regex(refused.stderr, /folder.*[Ii]s a directory/)
  t.regex(refused.stderr, /ERR_ENVELOPE_WRITE/)
  t.is((await into('missing/below/att.json')).code, 0)
  await assertHolds(t, place, join(place.root, 'missing/below/att.json'))
})

test('/dev/stdout takes the envelope alone, in a pipe and in a file; /dev/null swallows it', async t => {
  const place = bench(t)
  const words = ['run', '-s', 't', '-k', place.key, '-l', 'error', '-o']
  const step = ['--', 'echo', 'printed']
  const redirected = join(place.root, 'redirected')
  const program = [process.execPath, CLI, ...words, '/dev/stdout', ...step]
  const shell = (script: string) => run('sh', ['-c', script, 'sh', ...program], { cwd: place.work })
  const piped = await shell('"$@" | cat')
  t.is((await shell(`echo before > ${redirected}; "$@" >> ${redirected}`)).code, 0)
  const inFile = readFileSync(redirected, 'utf8')
  for (const text of [piped.stdout.toString(), inFile.slice('before\n'.length)]) {
    t.is(predicateOf(statementOf(text), 'command-run').stdout, 'printed\n')
  }
  t.is((await place.lanner([...words, '/dev/null', ...step])).code, 0)
  t.true(statSync('/dev/null').isCharacterDevice())
})

test('a second run in the same folder at the same time, to the same file, disturbs neither', async t => {
  const place = bench(t)
  // Each step waits for the other, so both runs have taken their materials and neither has its products.
  const meet = (own: string, other: string): string =>
    `echo ${own} > made-by-${own}; touch ../${own}; until [ -e ../${other} ]; do :; done; echo met`
  const words = ['-l', 'error', '--', 'sh', '-c']
  const [first, second] = await Promise.all([
    place.step([...words, meet('a', 'b')]),
    place.step([...words, meet('b', 'a')]),
  ])
  t.deepEqual([first.code, second.code], [0, 0], first.stderr + second.stderr)
  await assertHolds(t, place, place.envelope)
  t.is(predicateOf(place.statement(), 'command-run').stdout, 'met\n')
  t.deepEqual(leftovers(place.root), [])
})

test('a private key is written for its owner alone, whatever the umask; an envelope for all to read', async t => {
  const place = bench(t)
  for (const umask of ['000', '022', '077']) {
    const key = join(place.root, `key-${umask}.pem`)
    const envelope = join(place.root, `att-${umask}.json`)
    const script = `umask ${umask}; "$0" "$1" keygen -o ${key} && "$0" "$1" run -s t -k ${key} -o ${envelope} -- true`
    const { code, stderr } = await run('sh', ['-c', script, process.execPath, CLI], { cwd: place.work })
    t.is(code, 0, stderr)
    const modes = spawnSync('ls', ['-l', key, envelope], { encoding: 'utf8' }).stdout
    t.regex(modes, /^-rw-r--r--.*att-/m)
    t.regex(modes, /^-rw-------.*key-/m)
  }
})
