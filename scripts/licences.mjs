// Collects the licence texts of what is shipped inside our files: npm packages in the bundle, crates in the addon.
// It reads only what is installed already and judges nothing; deny.toml says which licences may come in.
// Used by bundle.mjs for the main package and by stage.mjs for the platform packages.

import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { root, run } from './command.mjs'

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`

const LICENCE_FILE = /^(licen[cs]e|copying|notice|unlicense)/i

/** Texts for every npm package that has bytes in an output of esbuild's `metafile`. */
export async function packageNotices(metafile) {
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: used }) =>
    Object.entries(used).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  )
  const folders = new Set(inputs.map(([path]) => packageFolder(path)).filter(folder => folder !== undefined))
  const notices = [...folders].map(async folder => {
    const { name, version, license, author } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    )
    return notice({ name, version, license, authors: [author?.name ?? author].filter(Boolean) }, folder)
  })
  return render('The packages bundled into this program', await Promise.all(notices))
}

/** Texts for every crate linked into the addon built for `triple`. */
export async function crateNotices(triple) {
  const args = ['metadata', '--format-version', '1', '--locked', '--filter-platform', triple]
  const { code, stdout } = await run('cargo', args, { quiet: true })
  if (code !== 0) throw new Error(`\`cargo metadata\` ended with ${code}`)
  const { packages, resolve } = JSON.parse(stdout)
  const linked = linkedIds(packages, resolve)
  const notices = packages
    .filter(({ id, source }) => linked.has(id) && source !== null)
    .map(crate => notice(crate, dirname(crate.manifest_path)))
  return render('The crates linked into this addon', await Promise.all(notices))
}

/** Ids reachable from the addon by normal dependencies: build scripts, macros and tests leave nothing in the file. */
function linkedIds(packages, { nodes }) {
  const byId = new Map(nodes.map(node => [node.id, node]))
  const macros = new Set(packages.filter(isMacro).map(({ id }) => id))
  const pending = packages
    .filter(({ name, source }) => name === 'lanner-addon' && source === null)
    .map(({ id }) => id)
  const seen = new Set()
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (seen.has(id) || macros.has(id)) continue
    seen.add(id)
    const normal = byId.get(id).deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null))
    pending.push(...normal.map(({ pkg }) => pkg))
  }
  return seen
}

function packageFolder(input) {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)
  return match === null ? undefined : join(root, match[1])
}

function isMacro({ targets }) {
  return targets.some(({ kind }) => kind.includes('proc-macro'))
}

async function notice({ name, version, license, authors }, folder) {
  const texts = await Promise.all((await licenceFiles(folder)).map(licenceText))
  const text = texts.filter(Boolean).join('\n\n')
  return { title: `${name} ${version} (${license})`, text: text || statedLicence(name, license, authors) }
}

/** Licence files of a package, and of what it carries in `vendor/NAME` (simdjson-sys carries simdjson so). */
async function licenceFiles(folder) {
  const vendored = (await readdir(join(folder, 'vendor')).catch(() => [])).map(name =>
    join(folder, 'vendor', name),
  )
  const found = await Promise.all(
    [folder, ...vendored].map(async place => {
      const names = await readdir(place).catch(() => [])
      return names.filter(name => LICENCE_FILE.test(name)).map(name => join(place, name))
    }),
  )
  return found.flat().sort()
}

async function licenceText(path) {
  // A folder of that name (REUSE keeps texts in LICENSES/) is read one level deep.
  const entries = await readdir(path).catch(() => undefined)
  if (entries === undefined) return (await readFile(path, 'utf8')).trim()
  return (await Promise.all(entries.sort().map(entry => readFile(join(path, entry), 'utf8'))))
    .join('\n')
    .trim()
}

/** For a package that names MIT and leaves the file out: the licence asks for its text and the holders' names. */
function statedLicence(name, license, authors) {
  if (!/\bMIT\b/.test(license ?? '')) return 'No licence file in the published package.'
  const holders = authors.length > 0 ? authors.join(', ') : `the authors of ${name}`
  return `Copyright (c) ${holders}\n\n${MIT}`
}

/** The texts, each once: most crates carry the same Apache-2.0 file to the byte. */
function render(heading, notices) {
  const groups = new Map()
  for (const { title, text } of notices.sort((a, b) => (a.title < b.title ? -1 : 1)))
    groups.set(text, [...(groups.get(text) ?? []), title])
  const rule = '-'.repeat(80)
  const parts = [...groups].map(([text, titles]) => `${rule}\n${titles.join('\n')}\n${rule}\n\n${text}\n`)
  return `${heading}, each with its licence.\n\n${parts.join('\n')}`
}
