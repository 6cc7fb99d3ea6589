// The main job on an installed package: capture a step, sign it, look at the envelope. Each test is one circumstance
// in which an installation must still do it.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { host, installed, lanner, sample } from './installation.mjs'

const CAPTURE = 'kubectl logs daemonset/falco -n falco --tail=500 | grep "\\"rule\\"" > falco-events.jsonl'
const NOBODY = 65_534

/** Keygen, capture and inspection in a fresh folder of their own; the decoded payload. */
function mainJob(installation, options = {}) {
  const cwd = options.cwd ?? join(installation.folder, 'work')
  mkdirSync(cwd, { recursive: true })
  const attestors = ['falco', 'environment', ...(makeRepository(cwd, installation.tools) ? ['git'] : [])]
  if (options.uid !== undefined) spawnSync('chown', ['-R', `${options.uid}:${options.uid}`, cwd])
  const call = args => {
    const { status, stderr, stdout } = lanner(installation, args, { ...options, cwd })
    assert.equal(status, 0, `lanner ${args[0]} ended with ${status}: ${stderr}`)
    return stdout
  }
  call(['keygen', '-o', 'key.pem'])
  const run = [
    'run',
    '--step',
    'falco-capture',
    '--signer-file-key-path',
    'key.pem',
    '--outfile',
    'attestation.json',
  ]
  call([
    ...run,
    '--attestations',
    attestors.join(','),
    '--enable-archivista=false',
    '--',
    'sh',
    '-c',
    CAPTURE,
  ])
  call(['inspect', 'attestation.json', '-k', 'key.pub.pem'])
  const envelope = JSON.parse(readFileSync(join(cwd, 'attestation.json'), 'utf8'))
  return Buffer.from(envelope.payload, 'base64').toString()
}

/** A repository with one commit, so that the git attestor has something to say; false without git. */
function makeRepository(cwd, tools) {
  if (!existsSync(join(tools, 'git'))) return false
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
  const commands = [
    ['init', '-q'],
    [...identity, 'commit', '-q', '--allow-empty', '-m', 'empty'],
  ]
  return commands.every(
    args => spawnSync('git', args, { cwd, env: { PATH: process.env.PATH, HOME: cwd } }).status === 0,
  )
}

function sampleEvents() {
  return readFileSync(sample, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('{'))
}

test('the tools on PATH include no Rust and no compiler', t => {
  const { tools } = installed(t)
  for (const tool of ['cargo', 'rustc', 'cc', 'c++', 'gcc', 'clang', 'cmake', 'make'])
    assert.ok(!existsSync(join(tools, tool)), `${tool} is there`)
})

test('a capture made by an installed package embeds the events byte for byte', t => {
  const payload = mainJob(installed(t))
  for (const event of sampleEvents()) assert.ok(payload.includes(event), `not embedded as it was: ${event}`)
  const { predicate } = JSON.parse(payload)
  const falco = predicate.attestations.find(({ type }) => type.endsWith('/falco/v0.1'))
  assert.equal(falco.attestation.summary.total_events, sampleEvents().length)
})

test('an installation under a path with spaces and letters beyond ASCII does the main job', t => {
  mainJob(installed(t, 'my prøject ü'))
})

test('an installation does the main job from a folder outside of it', t => {
  const installation = installed(t)
  mainJob(installation, { cwd: join(dirname(installation.folder), 'elsewhere') })
})

test('an installation that nobody can write to does the main job', t => {
  if (process.getuid?.() !== 0) return t.skip('only root can hand the installation to another user')
  const installation = installed(t)
  const frozen = spawnSync('chmod', ['-R', 'a-w,a+rX', installation.packages])
  assert.equal(frozen.status, 0)
  mainJob(installation, { uid: NOBODY })
})

test('the command works through a link to it from another folder', t => {
  const installation = installed(t)
  const bin = join(dirname(installation.folder), 'bin')
  mkdirSync(bin)
  symlinkSync(join(installation.packages, '.bin', 'lanner'), join(bin, 'lanner'))
  const env = { PATH: `${bin}${delimiter}${installation.tools}` }
  const { status, stdout, stderr } = spawnSync('lanner', ['version'], { env, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.match(stdout, /\d+\.\d+\.\d+/)
})

test('NAPI_RS_NATIVE_LIBRARY_PATH alone is enough when no platform package is installed', t => {
  const installation = installed(t)
  const addon = join(dirname(installation.folder), 'moved.node')
  cpSync(join(installation.packages, ...host.packageName.split('/'), host.file), addon)
  rmSync(join(installation.packages, '@lanner'), { recursive: true })
  mainJob(installation, { env: { NAPI_RS_NATIVE_LIBRARY_PATH: addon } })
})
