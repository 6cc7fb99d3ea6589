// What the tarballs hold: the files, their sizes, and manifests that run nothing at installation.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { targets } from '../../scripts/targets.mjs'
import { host, install, installed, scratch, tarball, toolFolder } from './installation.mjs'

// The server is in it, with its page and the clients of what it talks to.
const MAIN_LIMIT = 1_100_000
const PLATFORM_LIMIT = 8_000_000

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort()
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

test('the main package holds the bundle, its papers and no addon', t => {
  const main = join(installed(t).packages, 'lanner')
  const listed = files(main)
  const shipped = [
    'dist/binding.js',
    'dist/cli.js',
    'dist/page.html.gz',
    'rules/ci.yaml',
    'rules/k8s_audit.yaml',
  ]
  for (const file of ['LICENSE', 'README.md', 'package.json', ...shipped])
    assert.ok(listed.includes(file), `${file} is missing`)
  const known =
    /^(LICENSE|README\.md|CHANGELOG\.md|package\.json|dist\/(THIRD_PARTY_LICENSES\.txt|page\.html\.gz|[\w.-]+\.js)|rules\/\w+\.yaml)$/
  assert.deepEqual(
    listed.filter(file => !known.test(file)),
    [],
  )
})

test('the platform package holds the addon and its licences alone', t => {
  const platform = join(installed(t).packages, ...host.packageName.split('/'))
  assert.deepEqual(files(platform), [
    'LICENSE',
    'README.md',
    'THIRD_PARTY_LICENSES.txt',
    host.file,
    'package.json',
  ])
})

test('both tarballs keep within their sizes', () => {
  const main = statSync(tarball('main')).size
  const platform = statSync(tarball('platform')).size
  assert.ok(main < MAIN_LIMIT, `main package is ${main} bytes`)
  assert.ok(platform < PLATFORM_LIMIT, `platform package is ${platform} bytes`)
})

test('no manifest runs a script or brings another package', t => {
  const { packages } = installed(t)
  for (const name of ['lanner', host.packageName]) {
    const { scripts, dependencies, devDependencies } = manifest(join(packages, ...name.split('/')))
    assert.deepEqual(
      { scripts, dependencies, devDependencies },
      {
        scripts: undefined,
        dependencies: undefined,
        devDependencies: undefined,
      },
    )
  }
  assert.deepEqual(
    readdirSync(packages).filter(name => !name.startsWith('.')),
    ['@lanner', 'lanner'],
  )
})

test('the main package names every platform package in its own version', t => {
  const { version, optionalDependencies } = manifest(join(installed(t).packages, 'lanner'))
  assert.deepEqual(
    optionalDependencies,
    Object.fromEntries(targets.map(({ packageName }) => [packageName, version])),
  )
})

test('npm installs the main package alone when no platform package can be had', t => {
  const folder = scratch(t)
  const { status, stderr } = install(folder, [tarball('main')], toolFolder(join(folder, '..')))
  assert.equal(status, 0, stderr)
  assert.ok(existsSync(join(folder, 'node_modules', 'lanner', 'dist', 'cli.js')))
  assert.ok(!existsSync(join(folder, 'node_modules', '@lanner')))
})
