// Each way in which the addon can fail to load ends with exit 3, its stable code, the real cause and a hint. Never
// with the loader's own text, which blames npm for all of them.

import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { foreign, host, installed, lanner } from './installation.mjs'

/** Asks for something that needs the addon and checks the manner of the refusal. */
function refusal(installation, code, ...details) {
  const command = ['run', '--step', 's', '-k', 'key.pem', '-o', 'out.json', '--json', '--', 'true']
  writeKey(installation)
  const env = details.at(-1)?.env
  const { status, stdout, stderr } = lanner(installation, command, { env })
  const words = stdout + stderr
  assert.equal(status, 3, words)
  for (const detail of [code, ...details.filter(item => typeof item === 'string')])
    assert.ok(words.includes(detail), `${detail} is not said: ${words}`)
  assert.match(words, /hint/, words)
  assert.ok(!words.includes('npm has a bug'), words)
}

// Ed25519 key number zero of nobody: the loader fails before it matters, but the command line is whole.
function writeKey({ folder }) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)])
  const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`
  writeFileSync(join(folder, 'key.pem'), pem, { mode: 0o600 })
}

function platformFolder({ packages }, target = host) {
  return join(packages, ...target.packageName.split('/'))
}

test('a missing platform package is named, with its platform', t => {
  const installation = installed(t)
  rmSync(join(installation.packages, '@lanner'), { recursive: true })
  refusal(installation, 'ERR_NATIVE_MISSING', host.packageName)
})

test('a platform package of another system is not taken for ours', t => {
  const installation = installed(t)
  const addon = platformFolder(installation)
  cpSync(addon, platformFolder(installation, foreign), { recursive: true })
  rmSync(addon, { recursive: true })
  refusal(installation, 'ERR_NATIVE_MISSING', host.packageName)
})

test('a platform package without its file is told from one that is not installed', t => {
  const installation = installed(t)
  rmSync(join(platformFolder(installation), host.file))
  refusal(installation, 'ERR_NATIVE_MISSING', host.packageName, 'holds no addon')
})

test('a file that is no library is refused with the words of the dynamic loader', t => {
  const installation = installed(t)
  writeFileSync(join(platformFolder(installation), host.file), 'not a library\n')
  refusal(installation, 'ERR_NATIVE_LOAD', host.file)
})

test('an addon cut short is refused, not crashed on', t => {
  const installation = installed(t)
  const file = join(platformFolder(installation), host.file)
  writeFileSync(file, readFileSync(file).subarray(0, 100))
  refusal(installation, 'ERR_NATIVE_LOAD', host.file)
})

test('an addon for a newer glibc names the version it wants', t => {
  if (host.libc !== 'glibc') return t.skip('only glibc has symbol versions')
  const installation = installed(t)
  const file = join(platformFolder(installation), host.file)
  writeFileSync(file, wantingGlibc(readFileSync(file), '2.99'))
  refusal(installation, 'ERR_NATIVE_LOAD', 'GLIBC_2.99')
})

test('NAPI_RS_NATIVE_LIBRARY_PATH with nothing there is named as the cause', t => {
  const installation = installed(t)
  const path = join(installation.folder, 'nowhere.node')
  refusal(installation, 'ERR_NATIVE_LOAD', 'NAPI_RS_NATIVE_LIBRARY_PATH', {
    env: { NAPI_RS_NATIVE_LIBRARY_PATH: path },
  })
})

test('an addon of another release is refused with both versions', t => {
  const installation = installed(t)
  // The loader takes any module from the variable: one that only states a version stands for an older addon.
  const path = join(dirname(installation.folder), 'older.cjs')
  writeFileSync(path, "module.exports = { addonVersion: () => '0.0.1' }\n")
  refusal(installation, 'ERR_NATIVE_VERSION', '0.0.1', { env: { NAPI_RS_NATIVE_LIBRARY_PATH: path } })
})

test('what needs no addon works without one', t => {
  const installation = installed(t)
  rmSync(join(installation.packages, '@lanner'), { recursive: true })
  for (const args of [['--version'], ['--help']]) {
    const { status, stderr } = lanner(installation, args)
    assert.equal(status, 0, stderr)
  }
})

test('doctor reports a missing addon instead of failing on it', t => {
  const installation = installed(t)
  rmSync(join(installation.packages, '@lanner'), { recursive: true })
  mkdirSync(join(installation.folder, 'work'))
  const { status, stdout, stderr } = lanner(installation, ['doctor'])
  assert.equal(status, 3, stdout + stderr)
  assert.ok((stdout + stderr).includes(host.packageName), stdout + stderr)
})

/** The library with its newest wanted glibc version renamed: the dynamic loader compares the names of versions. */
function wantingGlibc(library, version) {
  const wanted = [...new Set(library.toString('latin1').match(/GLIBC_2\.\d\d(?=\0)/g))].sort().at(-1)
  assert.ok(wanted !== undefined, 'the addon wants no glibc version')
  const copy = Buffer.from(library)
  copy.write(`GLIBC_${version}`, copy.indexOf(`${wanted}\0`), 'latin1')
  return copy
}
