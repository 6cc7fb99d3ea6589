// Builds the page of `lanner serve`: page/ with everything it imports, script and style inside one HTML file, packed.
// What is inline has no address, so the page loads by one request and its policy names it by hash. Used by bundle.mjs and tests.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root } from './command.mjs'

/** The packed HTML, and esbuild's metafile for the licences of what is inside. */
export async function buildPage() {
  const { build } = await import('esbuild')
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['page/main.tsx', 'page/style/page.css'],
    tsconfig: 'page/tsconfig.json',
    outdir: 'page',
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: ['chrome123', 'firefox121', 'safari17.5'],
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  })
  const textOf = end => outputFiles.find(({ path }) => path.endsWith(end))?.text.trim() ?? ''
  const template = await readFile(join(root, 'page', 'index.html'), 'utf8')
  const html = template.replace('/*style*/', () => textOf('.css')).replace('/*script*/', () => textOf('.js'))
  return { packed: gzipSync(html, { level: 9 }), metafile }
}
