import { spawnSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { writeFileAtomic } from '../../src/envelope/atomic-file.ts'
import { freshFolder } from './workbench.ts'

const REPLACE = { mode: 0o644, existing: 'replace' } as const
const REFUSE = { mode: 0o600, existing: 'refuse' } as const

test('pieces arrive in order, alone in the folder, with the mode asked for', async t => {
  const folder = freshFolder(t)
  await writeFileAtomic(join(folder, 'out'), [Buffer.from('one '), Buffer.from('two')], REFUSE)
  t.is(readFileSync(join(folder, 'out'), 'utf8'), 'one two')
  t.is(statSync(join(folder, 'out')).mode & 0o777, 0o600)
  t.deepEqual(readdirSync(folder), ['out'])
})

test('replacing takes the new mode, not that of the file replaced', async t => {
  const file = join(freshFolder(t), 'out')
  writeFileSync(file, 'old', { mode: 0o666 })
  await writeFileAtomic(file, [Buffer.from('new')], { mode: 0o600, existing: 'replace' })
  t.is(readFileSync(file, 'utf8'), 'new')
  t.is(statSync(file).mode & 0o777, 0o600)
})

test('a failure half-way leaves what was there, and nothing beside it', async t => {
  const folder = freshFolder(t)
  const file = join(folder, 'out')
  writeFileSync(file, 'old')
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.from('new')
    throw new Error('torn')
  }
  await t.throwsAsync(writeFileAtomic(file, failing(), REPLACE), {
    code: 'ERR_OUTPUT_WRITE',
    message: /torn/,
  })
  t.is(readFileSync(file, 'utf8'), 'old')
  t.deepEqual(readdirSync(folder), ['out'])
})

test('a process killed half-way leaves what was there', t => {
  const file = join(freshFolder(t), 'out')
  writeFileSync(file, 'old')
  const program = `
    import { writeFileAtomic } from ${JSON.stringify(new URL('../../src/envelope/atomic-file.ts', import.meta.url).href)}
    async function* pieces() { yield Buffer.alloc(1 << 20); process.kill(process.pid, 'SIGKILL'); yield Buffer.alloc(1) }
    await writeFileAtomic(${JSON.stringify(file)}, pieces(), { mode: 0o644, existing: 'replace' })`
  const loader = import.meta.resolve('@oxc-node/core/register')
  const { signal } = spawnSync(process.execPath, ['--import', loader, '--input-type=module', '-e', program])
  t.is(signal, 'SIGKILL')
  t.is(readFileSync(file, 'utf8'), 'old')
})

test('refusing leaves any file already there untouched, dangling links too', async t => {
  const folder = freshFolder(t)
  writeFileSync(join(folder, 'file'), 'old')
  symlinkSync('nowhere', join(folder, 'link'))
  for (const name of ['file', 'link']) {
    await t.throwsAsync(writeFileAtomic(join(folder, name), [Buffer.from('new')], REFUSE), {
      code: 'ERR_OUTPUT_EXISTS',
    })
  }
  t.is(readFileSync(join(folder, 'file'), 'utf8'), 'old')
  t.deepEqual(readdirSync(folder).sort(), ['file', 'link'])
})

test('a file that appears while the pieces are written is not overwritten', async t => {
  const folder = freshFolder(t)
  const file = join(folder, 'out')
  function* racing(): Generator<Buffer> {
    yield Buffer.from('ours')
    writeFileSync(file, 'theirs')
  }
  await t.throwsAsync(writeFileAtomic(file, racing(), REFUSE), { code: 'ERR_OUTPUT_EXISTS' })
  t.is(readFileSync(file, 'utf8'), 'theirs')
  t.deepEqual(readdirSync(folder), ['out'])
})

test('a symbolic link keeps its target, which is replaced', async t => {
  const folder = freshFolder(t)
  mkdirSync(join(folder, 'real'))
  writeFileSync(join(folder, 'real', 'out'), 'old')
  symlinkSync('real/out', join(folder, 'link'))
  await writeFileAtomic(join(folder, 'link'), [Buffer.from('new')], REPLACE)
  t.true(lstatSync(join(folder, 'link')).isSymbolicLink())
  t.is(readFileSync(join(folder, 'real', 'out'), 'utf8'), 'new')
})

test('a device is written to, never renamed over', async t => {
  await writeFileAtomic('/dev/null', [Buffer.from('gone')], REPLACE)
  t.true(statSync('/dev/null').isCharacterDevice())
})

test('a folder that does not exist and a name that is a folder are refused by name', async t => {
  const folder = freshFolder(t)
  const absent = join(folder, 'absent', 'out')
  await t.throwsAsync(writeFileAtomic(absent, [], REPLACE), {
    code: 'ERR_OUTPUT_WRITE',
    message: /absent.*no such file/,
  })
  await t.throwsAsync(writeFileAtomic(folder, [], REPLACE), {
    code: 'ERR_OUTPUT_WRITE',
    message: /directory/,
  })
})
