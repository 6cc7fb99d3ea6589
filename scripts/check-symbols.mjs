// Says whether built addons will load where they are promised to: the C library's symbol versions below the floor, no
// C++ runtime asked of the host, nothing linked that is not on every system. Reads with `readelf` (any architecture)
// or `otool`; called by the release workflow with the addons as arguments.

import { basename } from 'node:path'
import { run } from './command.mjs'
import { targets } from './targets.mjs'

const GLIBC_FLOOR = [2, 17]
const GLIBC_LIBRARIES =
  /^(libc\.so\.6|libm\.so\.6|libdl\.so\.2|libpthread\.so\.0|librt\.so\.1|libgcc_s\.so\.1|ld-linux.*)$/
// musl is one library; every name it had elsewhere is part of it.
const MUSL_LIBRARIES = /^(libc\.so|libc\.musl-.*\.so\.1)$/
const DARWIN_LIBRARIES = /^(\/usr\/lib\/(libSystem\.B|libc\+\+\.1|libiconv\.2)\.dylib|\/System\/Library\/.*)$/

/** What is wrong with one addon, a sentence each. */
async function faultsOf(path) {
  const target = targets.find(({ file }) => file === basename(path))
  if (target === undefined) return ['is named like no target']
  return target.os === 'darwin' ? darwinFaults(path) : elfFaults(path, target)
}

async function elfFaults(path, { libc }) {
  const { code, stdout, stderr } = await run('readelf', ['--wide', '--dynamic', '--version-info', path], {
    quiet: true,
  })
  if (code !== 0) return [`\`readelf\` ended with ${code}: ${stderr.trim()}`]
  const needed = [...stdout.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name)
  const expected = libc === 'glibc' ? GLIBC_LIBRARIES : MUSL_LIBRARIES
  const faults = needed.filter(name => !expected.test(name)).map(name => `asks for ${name}`)
  if (needed.length === 0) faults.push('names no library at all: not a shared library for this system')
  const versions = new Set([...stdout.matchAll(/Name: (\w+_[\d.]+)/g)].map(([, version]) => version))
  return [
    ...faults,
    ...[...versions].filter(version => tooNew(version, libc)).map(version => `asks for ${version}`),
  ]
}

function tooNew(version, libc) {
  const glibc = /^GLIBC_(\d+)\.(\d+)/.exec(version)
  if (glibc === null) return /^(GLIBCXX|CXXABI)_/.test(version)
  if (libc !== 'glibc') return true
  const [major, minor] = [Number(glibc[1]), Number(glibc[2])]
  return major > GLIBC_FLOOR[0] || (major === GLIBC_FLOOR[0] && minor > GLIBC_FLOOR[1])
}

async function darwinFaults(path) {
  const { code, stdout, stderr } = await run('otool', ['-L', path], { quiet: true })
  if (code !== 0) return [`\`otool\` ended with ${code}: ${stderr.trim()}`]
  const needed = [...stdout.matchAll(/^\t(\S+) \(compatibility/gm)].map(([, name]) => name)
  // The first line is the library's own install name.
  return needed
    .filter(
      name =>
        basename(name) !== basename(path) &&
        !DARWIN_LIBRARIES.test(name) &&
        !name.endsWith('liblanner_addon.dylib'),
    )
    .map(name => `asks for ${name}`)
}

const paths = process.argv.slice(2)
if (paths.length === 0) {
  process.stderr.write('usage: node scripts/check-symbols.mjs ADDON…\n')
  process.exitCode = 2
}
for (const path of paths) {
  const faults = await faultsOf(path)
  process.stdout.write(`${faults.length === 0 ? 'fits' : 'does not fit'} ${path}\n`)
  for (const fault of faults) process.stdout.write(`  it ${fault}\n`)
  if (faults.length > 0) process.exitCode = 1
}
