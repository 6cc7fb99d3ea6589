import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { KeygenCommand } from '../../src/commands/keygen.ts'
import { KeyidShowCommand } from '../../src/commands/keyid-show.ts'
import { PBKDF2_ROUNDS } from '../../src/envelope/encrypted-pkcs8.ts'
import { KEY_KINDS } from '../../src/envelope/key-pair.ts'
import { loadPrivateKey } from '../../src/envelope/keys.ts'
import { Secret } from '../../src/envelope/secret.ts'
import { runCommand } from './command-runner.ts'
import { freshFolder, openssl } from './workbench.ts'

for (const kind of KEY_KINDS) {
  test(`keygen --type ${kind} writes a pair that OpenSSL reads, and prints its id`, async t => {
    const key = join(freshFolder(t), 'ci.pem')
    const { code, stdout } = await runCommand(KeygenCommand, ['keygen', '--type', kind, '-o', key])
    t.is(code, 0)
    const pub = key.replace('.pem', '.pub.pem')
    t.is(openssl(['pkey', '-in', key, '-pubout']).toString(), readFileSync(pub, 'utf8'))
    t.is(statSync(key).mode & 0o777, 0o600)
    t.is(statSync(pub).mode & 0o777, 0o644 & ~process.umask())
    const shown = await runCommand(KeyidShowCommand, ['keyid', 'show', '--format', 'lines', key, pub])
    t.is(shown.stdout, stdout + stdout)
    t.regex(stdout, /^[0-9a-f]{64}\n$/)
  })
}

test('keygen with a passphrase, from a file or a variable, encrypts so that OpenSSL opens it with that one alone', async t => {
  const folder = freshFolder(t)
  const pass = join(folder, 'pass.txt')
  writeFileSync(pass, 'pä ss\n')
  const runs = [
    { words: ['--passphrase-path', pass], env: { LANNER_KEY_PASSPHRASE: 'not this' }, name: 'a.pem' },
    { words: [], env: { WITNESS_KEY_PASSPHRASE: 'pä ss' }, name: 'b.pem' },
  ]
  for (const { words, env, name } of runs) {
    const key = join(folder, name)
    t.is((await runCommand(KeygenCommand, ['keygen', '-o', key, ...words], env)).code, 0)
    t.regex(readFileSync(key, 'utf8'), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
    const opened = openssl(['pkey', '-in', key, '-passin', 'pass:pä ss', '-pubout']).toString()
    t.is(opened, readFileSync(key.replace('.pem', '.pub.pem'), 'utf8'))
    t.throws(() => openssl(['pkey', '-in', key, '-passin', 'pass:wrong', '-noout']))
    t.notThrows(() => loadPrivateKey(key, new Secret('pä ss')))
    const structure = openssl(['asn1parse', '-in', key]).toString()
    t.regex(structure, /hmacWithSHA256[\s\S]*aes-256-cbc/)
    t.regex(structure, new RegExp(`INTEGER +:0?${PBKDF2_ROUNDS.toString(16).toUpperCase()}`))
  }
})

test('keygen leaves existing files alone, either of the two, and replaces them with --force', async t => {
  for (const existing of ['key.pem', 'key.pub.pem']) {
    const folder = freshFolder(t)
    writeFileSync(join(folder, existing), 'precious')
    const words = ['keygen', '-o', join(folder, 'key.pem')]
    await t.throwsAsync(runCommand(KeygenCommand, words), { code: 'ERR_OUTPUT_EXISTS' })
    t.deepEqual(readdirSync(folder), [existing])
    t.is(readFileSync(join(folder, existing), 'utf8'), 'precious')
    t.is((await runCommand(KeygenCommand, [...words, '--force'])).code, 0)
    t.regex(readFileSync(join(folder, existing), 'utf8'), /^-----BEGIN/)
  }
})

test('keygen refuses an unknown type as wrong usage and writes nothing', async t => {
  const key = join(freshFolder(t), 'key.pem')
  const error = await t.throwsAsync(runCommand(KeygenCommand, ['keygen', '--type', 'rsa-1024', '-o', key]))
  t.like(error, { code: 'ERR_USAGE_KEY_TYPE', exit: 2 })
  t.false(existsSync(key))
})

test('keygen --json names both files and the id', async t => {
  const key = join(freshFolder(t), 'key.pem')
  const { stdout } = await runCommand(KeygenCommand, ['keygen', '-o', key, '--json'])
  const result = JSON.parse(stdout)
  t.like(result, { type: 'ed25519', private: key, public: key.replace('.pem', '.pub.pem') })
  t.is((await runCommand(KeyidShowCommand, ['keyid', 'show', key])).stdout, `${result.keyid}  ${key}\n`)
})
