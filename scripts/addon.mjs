// Builds the native addon with napi: the `.node` file, its loader `binding.js` and its types `binding.d.ts`.
// It decides the linker's side of a release (glibc floor, C++ runtime linked in), never what the addon does.
// Used by build.mjs; the loader and the types are committed, the `.node` file is not.

import { dirname, join } from 'node:path'
import { installed, probe, root, run } from './command.mjs'
import { hostTarget, targets } from './targets.mjs'

// Node 20's own builds ask for glibc 2.28; 2.17 is what Rust's standard library asks for and costs nothing more.
const GLIBC_FLOOR = '2.17'

/** Builds for `triple` (the host when undefined) into `outDir`; returns the exit code. */
export async function buildAddon({ triple, outDir = join('src', 'native') } = {}) {
  const cross = triple !== undefined
  const args = ['build', '--platform', '--release', '--esm', '--js', 'binding.js', '--dts', 'binding.d.ts']
  args.push(
    '--output-dir',
    outDir,
    '-p',
    'lanner-addon',
    '--manifest-path',
    join('crates', 'addon', 'Cargo.toml'),
  )
  if (cross) args.push(...targetArguments(triple))
  const env = { ...process.env, ...(cross ? {} : staticRuntime()) }
  return (await run(installed('napi'), args, { env })).code
}

/**
 * zig for every Linux target: it brings a C++17 compiler, its C++ library linked in, and any glibc's symbol list.
 * napi's own cross toolchain has glibc 2.17 too, but with GCC 4.8.5, which refuses `-std=c++17` and so simdjson.
 */
function targetArguments(triple) {
  const target = targets.find(candidate => candidate.triple === triple)
  if (target === undefined) throw new Error(`no package is published for ${triple}`)
  if (target.os !== 'linux') return ['--target', triple]
  return ['--cross-compile', '--target', target.libc === 'glibc' ? `${triple}.${GLIBC_FLOOR}` : triple]
}

/**
 * Links libstdc++ into a host build where the compiler has it as an archive, so that the `.node` file runs on hosts
 * with an older one, and next to a Node that carries its own. CXXSTDLIB is read by the cc crate in build scripts.
 */
function staticRuntime() {
  if (hostTarget()?.libc !== 'glibc' || process.env.CXXSTDLIB !== undefined) return {}
  const archive = probe(process.env.CXX ?? 'c++', ['-print-file-name=libstdc++.a'])
  // A compiler that lacks the archive echoes the bare name.
  if (archive === undefined || dirname(archive) === '.') return {}
  const flags = `${process.env.RUSTFLAGS ?? ''} -L native=${dirname(join(archive))}`.trim()
  return { CXXSTDLIB: 'static=stdc++', RUSTFLAGS: flags }
}

/** Where a build left the host's addon, relative to the checkout. */
export function hostAddon(outDir = join('src', 'native')) {
  const target = hostTarget()
  return target === undefined ? undefined : join(root, outDir, target.file)
}
