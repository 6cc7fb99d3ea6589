// Bundles src/cli.ts with everything it imports into dist/: ES modules, split so that a command loads only its own.
// The addon's loader stays outside the bundle and is copied beside it. Used by build.mjs; reads dist/'s inputs from
// esbuild's metafile so that the licences of what is really inside can be collected.

import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { hostAddon } from './addon.mjs'
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

/** Writes dist/ anew: cli.js, its chunks, the loader, the host's addon, the page and the licence texts. */
export async function bundle() {
  const { build } = await import('esbuild')
  await rm(DIST, { recursive: true, force: true })
  await mkdir(DIST, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli.ts'],
    outdir: 'dist',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    // What a command takes to load goes by the length of its text. Names stay, for reports of bugs.
    minifyWhitespace: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: 'warning',
    plugins: [loaderStaysOutside, noTerminalInClipanion],
  })
  await writeEntry()
  await copyLoader()
  const page = await buildPage()
  await writeFile(join(DIST, 'page.html.gz'), page.packed)
  const outputs = { ...metafile.outputs, ...page.metafile.outputs }
  await writeFile(join(DIST, 'THIRD_PARTY_LICENSES.txt'), await packageNotices({ outputs }))
}

/** Clipanion asks a terminal how many colours it has, and loads Node's modules for it; nobody here asks Clipanion. */
const noTerminalInClipanion = {
  name: 'no-terminal-in-clipanion',
  setup(build) {
    build.onResolve({ filter: /^\.\.\/platform$/ }, ({ importer, resolveDir }) =>
      importer.includes('clipanion') ? { path: join(resolveDir, '../platform/browser.js') } : undefined,
    )
  },
}

/** Every output is flat in dist/, so the loader is `./binding.js` from each of them. */
const loaderStaysOutside = {
  name: 'loader-stays-outside',
  setup(build) {
    build.onResolve({ filter: /(^|\/)binding\.js$/ }, () => ({ path: './binding.js', external: true }))
  },
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
