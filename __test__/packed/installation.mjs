// Installs the packed tarballs offline into an empty folder and runs the installed command there, with a PATH that
// holds a shell, git and coreutils but no Rust and no compiler. It asserts nothing. Used by the packed tests, which
// use Node's own modules only so that they run in a bare container.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hostTarget, targets } from '../../scripts/targets.mjs'

/** The platform package this machine needs. */
export const host = hostTarget()
/** A platform package this machine cannot use. */
export const foreign = targets.find(({ os, cpu }) => os !== host.os && cpu !== host.cpu)

export const sample = fileURLToPath(new URL('../../examples/falco-events.jsonl', import.meta.url))

const STEP_TOOLS = ['sh', 'env', 'cat', 'grep', 'tail', 'uname', 'ldd', 'git', 'node', 'npm']

/** The tarball of the main package or of the host's platform package. */
export function tarball(kind) {
  const folder = process.env.LANNER_PACKED
  if (folder === undefined) throw new Error('LANNER_PACKED names no folder: use `npm run test:packed`')
  const prefix = kind === 'main' ? 'lanner-' : `lanner-native-${host.tuple}-`
  const found = readdirSync(folder).find(
    name => name.startsWith(prefix) && /^\d/.test(name.slice(prefix.length)) && name.endsWith('.tgz'),
  )
  if (found === undefined) throw new Error(`no ${prefix}VERSION.tgz in ${folder}`)
  return join(folder, found)
}

/** An empty folder that goes away with the test; world-readable, because one test runs as another user. */
export function scratch(t, name = 'plain') {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lanner-install-')))
  chmodSync(folder, 0o755)
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const inner = join(folder, name)
  mkdirSync(inner)
  return inner
}

/** A folder to use as PATH: links to the few tools a step may use, and a `kubectl` that prints the sample capture. */
export function toolFolder(parent) {
  const folder = join(parent, 'tools')
  mkdirSync(folder)
  for (const tool of STEP_TOOLS) {
    const path = tool === 'node' ? process.execPath : locate(tool)
    if (path !== undefined) symlinkSync(path, join(folder, tool))
  }
  writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\nexec cat '${sample}'\n`, { mode: 0o755 })
  return folder
}

/** Installs tarballs with npm, offline and with an empty cache. Returns npm's exit code and words. */
export function install(folder, tarballs, tools) {
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n')
  const flags = ['--offline', '--no-audit', '--no-fund', '--cache', join(folder, '.cache')]
  return call(join(tools, 'npm'), ['install', ...flags, ...tarballs], { cwd: folder, tools })
}

/** An installation of main and host package, copied from one made once per test file. */
export function installed(t, name) {
  const folder = scratch(t, name)
  const tools = toolFolder(dirname(folder))
  pristine ??= makePristine()
  cpSync(pristine, folder, { recursive: true, verbatimSymlinks: true })
  return { folder, tools, packages: join(folder, 'node_modules') }
}

let pristine

function makePristine() {
  const parent = mkdtempSync(join(tmpdir(), 'lanner-pristine-'))
  process.once('exit', () => rmSync(parent, { recursive: true, force: true }))
  const folder = join(parent, 'consumer')
  mkdirSync(folder)
  const result = install(folder, [tarball('main'), tarball('platform')], toolFolder(parent))
  if (result.status !== 0) throw new Error(`npm install ended with ${result.status}: ${result.stderr}`)
  return folder
}

/** Runs the installed command by the link npm made for it. */
export function lanner({ folder, tools }, args, { cwd = folder, env = {}, uid } = {}) {
  return call(join(folder, 'node_modules', '.bin', 'lanner'), args, { cwd, tools, env, uid })
}

function call(program, args, { cwd, tools, env = {}, uid }) {
  const clean = { PATH: tools, HOME: cwd, LANG: 'C.UTF-8', ...env }
  const user = uid === undefined ? {} : { uid, gid: uid }
  return spawnSync(program, args, { cwd, env: clean, encoding: 'utf8', ...user })
}

function locate(tool) {
  const folder = process.env.PATH.split(delimiter).find(candidate => existsSync(join(candidate, tool)))
  return folder === undefined ? undefined : join(folder, tool)
}
