import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { KeyidShowCommand } from '../../src/commands/keyid-show.ts'
import { runCommand } from './command-runner.ts'
import { freshFolder, goldenFolder, openssl } from './workbench.ts'

type Recorded = Record<string, { exit: number; keyid: string | null }>

test('every recorded key file gives the recorded id, or fails as recorded', async t => {
  const golden = goldenFolder(t)
  if (golden === undefined) return
  const recorded: Recorded = JSON.parse(readFileSync(join(golden, 'keys', 'keyids.json'), 'utf8'))
  for (const [name, { exit, keyid }] of Object.entries(recorded)) {
    const path = join(golden, 'keys', name)
    const { code, stdout, stderr } = await runCommand(KeyidShowCommand, ['keyid', 'show', path])
    t.is(code, exit, name)
    t.is(stdout, keyid === null ? '' : `${keyid}  ${path}\n`)
    t.is(stderr.startsWith(`ERROR  ${path}  `), keyid === null)
  }
  t.true(Object.keys(recorded).length > 20)
})

test('a certificate has the id of its key', async t => {
  const golden = goldenFolder(t)
  if (golden === undefined) return
  const folder = join(golden, 'keys', 'x509')
  const pairs = readdirSync(folder).filter(name => name.endsWith('.crt.pem'))
  t.true(pairs.length > 20)
  for (const name of pairs) {
    const files = [join(folder, name), join(folder, name.replace('.crt.', '.key.'))]
    const { stdout } = await runCommand(KeyidShowCommand, ['keyid', 'show', '--format', 'lines', ...files])
    const [ofCertificate, ofKey] = stdout.split('\n')
    t.is(ofCertificate, ofKey, name)
  }
})

test('the order is that of the words, and a file that fails does not hide the others', async t => {
  const folder = freshFolder(t)
  const [a, b] = [join(folder, 'a.pem'), join(folder, 'b.pem')]
  for (const key of [a, b]) openssl(['genpkey', '-algorithm', 'ed25519', '-out', key])
  const absent = join(folder, 'absent.pem')
  const { code, stdout, stderr } = await runCommand(KeyidShowCommand, ['keyid', 'show', b, absent, a])
  t.is(code, 1)
  t.deepEqual(stdout.match(/[ab]\.pem/g), ['b.pem', 'a.pem'])
  t.regex(stderr, /^ERROR {2}.*absent\.pem {2}.*no such file or directory\n$/)
})

test('--format json is one array, indented by two, with an id or an error for each path', async t => {
  const folder = freshFolder(t)
  const key = join(folder, 'a.pem')
  openssl(['genpkey', '-algorithm', 'ed25519', '-out', key])
  const words = ['keyid', 'show', '--format', 'json', '-k', key, folder]
  const { code, stdout } = await runCommand(KeyidShowCommand, words)
  t.is(code, 1)
  const [good, bad] = JSON.parse(stdout)
  t.deepEqual(Object.keys(good), ['path', 'keyid'])
  t.deepEqual(Object.keys(bad), ['path', 'error'])
  t.is(stdout, `${JSON.stringify([good, bad], undefined, 2)}\n`)
})

test('an encrypted key needs its passphrase, from a variable or a file', async t => {
  const folder = freshFolder(t)
  const key = join(folder, 'a.pem')
  openssl(['genpkey', '-algorithm', 'ed25519', '-aes256', '-pass', 'pass:x', '-out', key])
  t.is((await runCommand(KeyidShowCommand, ['keyid', 'show', key])).code, 1)
  t.is((await runCommand(KeyidShowCommand, ['keyid', 'show', key], { LANNER_KEY_PASSPHRASE: 'x' })).code, 0)
})

test('no file, or an unknown format, is wrong usage', async t => {
  t.like(await t.throwsAsync(runCommand(KeyidShowCommand, ['keyid', 'show'])), {
    code: 'ERR_USAGE_KEYID',
    exit: 2,
  })
  t.like(await t.throwsAsync(runCommand(KeyidShowCommand, ['keyid', 'show', '--format', 'xml', 'x'])), {
    exit: 2,
  })
})
