// The design's dependency rule as a test: commands → {attestors, envelope, policy, archive, detect, serve, terminal} → native, and only native knows the addon.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const SOURCE = resolve(dirname(fileURLToPath(import.meta.url)), '../src')
const RANK: Record<string, number> = {
  commands: 3,
  attestors: 2,
  envelope: 2,
  policy: 2,
  archive: 2,
  detect: 2,
  serve: 2,
  terminal: 2,
  native: 1,
}

function sources(): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
    file => file.endsWith('.ts') && !file.endsWith('.d.ts'),
  )
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(SOURCE, file), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(
    ([, specifier]) => specifier ?? '',
  )
  return specifiers.map(specifier => relative(SOURCE, resolve(SOURCE, dirname(file), specifier)))
}

const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : '')

test('no folder imports from one above it', t => {
  const wrong = sources().flatMap(file =>
    importsOf(file)
      .filter(target => (RANK[folderOf(file)] ?? 9) < (RANK[folderOf(target)] ?? 0))
      .map(target => `${file} imports ${target}`),
  )
  t.deepEqual(wrong, [])
})

test('only native imports the addon', t => {
  const importers = sources().filter(file =>
    importsOf(file).some(target => target.startsWith('native/binding')),
  )
  t.deepEqual(
    importers.map(folderOf).filter(folder => folder !== 'native'),
    [],
  )
})

test('no engine crate depends on napi', t => {
  const crates = resolve(SOURCE, '../crates')
  const dependent = readdirSync(crates).filter(
    name => name !== 'addon' && /^napi/m.test(readFileSync(join(crates, name, 'Cargo.toml'), 'utf8')),
  )
  t.deepEqual(dependent, [])
})

test('only terminal, commands and attestor pipes touch the standard streams', t => {
  const wrong = sources().filter(file =>
    /process\.std(out|err)\.write|console\./.test(readFileSync(join(SOURCE, file), 'utf8')),
  )
  t.deepEqual(wrong, [])
})
