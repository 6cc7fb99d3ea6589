// Knows what a checkout needs before it can be built: Node, Rust, a C++ compiler, cmake and the locked packages.
// It names what is missing and how to get it, and installs nothing but the packages of package-lock.json.
// Called first by quickstart, build, test and lint; run alone it only reports.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { probe, root, run } from './command.mjs'

const RUST_FLOOR = [1, 88]

/** Every tool that is missing or too old, as `{ what, hint }`; empty when the build can start. */
export function missingTools() {
  return [nodeFault(), rustFault(), compilerFault(), cmakeFault()].filter(fault => fault !== undefined)
}

/** Makes the checkout ready to build, or prints what is missing and ends the process with 3. */
export async function prepare() {
  const missing = missingTools()
  if (missing.length > 0) {
    for (const { what, hint } of missing) process.stderr.write(`missing: ${what}\n  hint: ${hint}\n`)
    process.exit(3)
  }
  const code = await installPackages()
  if (code !== 0) {
    process.stderr.write('missing: the packages of package-lock.json\n  hint: npm printed the reason above\n')
    process.exit(3)
  }
}

/** Adds a rustup component when it is absent; true when it is there afterwards. */
export async function ensureRustComponent(subcommand, component) {
  if (probe('cargo', [subcommand, '--version']) !== undefined) return true
  if (probe('rustup', ['--version']) === undefined) return false
  const { code } = await run('rustup', ['component', 'add', component])
  return code === 0 && probe('cargo', [subcommand, '--version']) !== undefined
}

function nodeFault() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  // `engines` in package.json: 20.19 and 22.12 are the first of their lines with require(esm).
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return undefined
  return {
    what: `Node.js ^20.19 or >=22.12 (this is ${process.versions.node})`,
    hint: 'see https://nodejs.org',
  }
}

function rustFault() {
  const version = /^cargo (\d+)\.(\d+)/.exec(probe('cargo', ['--version']) ?? '')
  const hint = 'install Rust with rustup (https://rustup.rs), then open a new shell'
  if (version === null) return { what: 'Rust (no `cargo` on PATH)', hint }
  const [major, minor] = [Number(version[1]), Number(version[2])]
  if (major > RUST_FLOOR[0] || (major === RUST_FLOOR[0] && minor >= RUST_FLOOR[1])) return undefined
  return {
    what: `Rust ${RUST_FLOOR.join('.')} or newer (this is ${major}.${minor})`,
    hint: 'run `rustup update`',
  }
}

function compilerFault() {
  const compiler = process.env.CXX ?? 'c++'
  if (probe(compiler, ['--version']) !== undefined) return undefined
  return {
    what: `a C++17 compiler (no \`${compiler}\` on PATH)`,
    hint: platformHint('g++', 'xcode-select --install'),
  }
}

function cmakeFault() {
  if (probe('cmake', ['--version']) !== undefined) return undefined
  return { what: 'cmake (builds simdjson)', hint: platformHint('cmake', 'brew install cmake') }
}

function platformHint(debianPackage, darwinCommand) {
  if (process.platform === 'darwin') return `run \`${darwinCommand}\``
  return `install \`${debianPackage}\` with the system's package manager, on Debian \`apt-get install ${debianPackage}\``
}

async function installPackages() {
  const lock = readLock('package-lock.json')
  if (matches(lock, readLock('node_modules/.package-lock.json'))) return 0
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts']
  if (covers(lock)) return (await run('npm', ['ci', ...flags])).code
  // npm/cli#4828: a lock file lists the prebuilt packages of the platforms that were visible when it was written,
  // and npm then leaves ours out without a word. The manifest pins every direct dependency exactly.
  process.stderr.write(`package-lock.json lacks packages for ${hostSuffix()}: installing from package.json\n`)
  return (await run('npm', ['install', '--no-package-lock', ...flags])).code
}

function readLock(path) {
  const file = join(root, path)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined
}

/** Whether what is installed is what is locked: by version, because a copied checkout has new file times. */
function matches(locked, present) {
  if (present === undefined) return false
  // Installed without the lock file (see installPackages): only the direct dependencies are then pinned.
  const direct = Object.keys(locked[''].devDependencies).map(name => `node_modules/${name}`)
  return (covers(locked) ? Object.keys(locked).filter(path => path !== '') : direct).every(path => {
    const { version, optional, peer } = locked[path]
    return present[path] === undefined
      ? optional === true || peer === true
      : present[path].version === version
  })
}

/** Whether every package that ships prebuilt files for this host is locked for it. */
function covers(locked) {
  const wanted = Object.values(locked).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  )
  return wanted.filter(name => name.endsWith(hostSuffix())).every(name => `node_modules/${name}` in locked)
}

function hostSuffix() {
  if (process.platform !== 'linux') return `-${process.platform}-${process.arch}`
  const glibc = process.report.getReport().header.glibcVersionRuntime !== undefined
  return `-linux-${process.arch}-${glibc ? 'gnu' : 'musl'}`
}

if (process.argv[1] === import.meta.filename) {
  const missing = missingTools()
  for (const { what, hint } of missing) process.stdout.write(`missing: ${what}\n  hint: ${hint}\n`)
  if (missing.length === 0) process.stdout.write('every tool the build needs is here\n')
  process.exitCode = missing.length === 0 ? 0 : 3
}
