// Bundles src/cli.ts with everything it imports into dist/: the entry, every command in chunks, and what a release gate runs in one file.
// The addon's loader stays outside the bundle and is copied beside it. Used by build.mjs; reads dist/'s inputs from
// esbuild's metafile so that the licences of what is really inside can be collected.

import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { hostAddon } from './addon.mjs'
import {
  builtinsAsObjects,
  CLIPANION,
  leavesOut,
  noTerminalInClipanion,
  staysOutside,
} from './bundle-plugins.mjs'
import { root } from './command.mjs'
import { packageNotices } from './licences.mjs'
import { buildPage } from './page.mjs'

const DIST = join(root, 'dist')
const SHEBANG = '#!/usr/bin/env node\n'
/** Bundled CommonJS packages call require() for Node's modules; an ES module has none unless it makes one. */
export const REQUIRE = [
  "import { createRequire as bundleRequire } from 'node:module';",
  'const require = bundleRequire(import.meta.url);',
].join('\n')

// What `lanner verify` loads late. `gate-words.ts` takes no option that asks for it, so that the gate's bundle does without: parts of
// ours, the moving line of a terminal, Clipanion's checker of types.
const NOT_AT_A_GATE = [
  './archivista-options.ts',
  './verify-archive.ts',
  './verify-chain.ts',
  './verify-replay.ts',
  '../archive/bundle-reader.ts',
  'ora',
  'typanion',
]
const OPTIONS = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  alias: CLIPANION,
  minifySyntax: true,
  // What a command takes to load goes by the length of its text. Names stay, for reports of bugs.
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
}

/** Writes dist/ anew: the programs, the loader, the host's addon, the page and the licence texts. */
export async function bundle() {
  await rm(DIST, { recursive: true, force: true })
  await mkdir(DIST, { recursive: true })
  const programs = [await bundleEntry(), await bundleCommands(), await bundleGate()]
  await writeEntry()
  await copyLoader()
  const page = await buildPage()
  await writeFile(join(DIST, 'page.html.gz'), page.packed)
  const outputs = Object.assign({}, ...[...programs, page].map(({ metafile }) => metafile.outputs))
  await writeFile(join(DIST, 'THIRD_PARTY_LICENSES.txt'), await packageNotices({ outputs }))
}

/** cli.js by itself: it is read before anything is known of the words. */
async function bundleEntry() {
  const { build } = await import('esbuild')
  const plugins = [staysOutside(['cli-run.ts', 'gate.ts']), builtinsAsObjects]
  return build({ ...OPTIONS, entryPoints: ['src/cli.ts'], plugins })
}

/** Every command, in chunks, so that each loads only its own. */
async function bundleCommands() {
  const { build } = await import('esbuild')
  return build({
    ...OPTIONS,
    entryPoints: ['src/commands/cli-run.ts'],
    chunkNames: '[name]-[hash]',
    splitting: true,
    banner: { js: REQUIRE },
    plugins: [staysOutside(['binding.js']), noTerminalInClipanion],
  })
}

/** `verify` as a release gate runs it, in one file: thirty chunks, with what only other commands need of them, take 20 ms more. */
async function bundleGate() {
  const { build } = await import('esbuild')
  const plugins = [leavesOut(NOT_AT_A_GATE), staysOutside(['binding.js']), builtinsAsObjects]
  return build({ ...OPTIONS, entryPoints: ['src/gate.ts'], plugins })
}

async function writeEntry() {
  const entry = join(DIST, 'cli.js')
  const text = await readFile(entry, 'utf8')
  await writeFile(entry, text.startsWith('#!') ? text : SHEBANG + text)
  await chmod(entry, 0o755)
}

async function copyLoader() {
  await copyFile(join(root, 'src/native/binding.js'), join(DIST, 'binding.js'))
  const addon = hostAddon()
  // For development only: `files` in package.json keeps it out of the package.
  if (addon !== undefined && existsSync(addon)) await copyFile(addon, join(DIST, basename(addon)))
}
