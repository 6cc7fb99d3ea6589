import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readPassphraseFile, resolvePassphrase } from '../../src/envelope/passphrase.ts'
import { freshFolder } from './workbench.ts'

const ALL = {
  LANNER_KEY_PASSPHRASE: 'from lanner',
  AFLOCK_KEY_PASSPHRASE: 'from aflock',
  WITNESS_KEY_PASSPHRASE: 'from witness',
}

test('the order is flag, file, LANNER_, AFLOCK_, WITNESS_KEY_PASSPHRASE, then none', t => {
  const file = join(freshFolder(t), 'pass.txt')
  writeFileSync(file, 'from file\n')
  const found = (sources: Parameters<typeof resolvePassphrase>[0]) =>
    resolvePassphrase(sources)?.reveal().toString()
  t.is(found({ flag: 'from flag', file, env: ALL }), 'from flag')
  t.is(found({ file, env: ALL }), 'from file')
  t.is(found({ env: ALL }), 'from lanner')
  t.is(found({ env: { ...ALL, LANNER_KEY_PASSPHRASE: undefined } }), 'from aflock')
  t.is(found({ env: { WITNESS_KEY_PASSPHRASE: 'from witness' } }), 'from witness')
  t.is(found({ env: {} }), undefined)
})

test('an empty flag or variable counts as not given', t => {
  t.is(
    resolvePassphrase({ flag: '', env: { LANNER_KEY_PASSPHRASE: '', AFLOCK_KEY_PASSPHRASE: '' } }),
    undefined,
  )
  t.is(
    resolvePassphrase({ flag: '', env: { ...ALL, LANNER_KEY_PASSPHRASE: '' } })
      ?.reveal()
      .toString(),
    'from aflock',
  )
})

test('a passphrase file loses its line end and nothing else', t => {
  const file = join(freshFolder(t), 'pass.txt')
  for (const [text, want] of [
    ['pass', 'pass'],
    ['pass\n', 'pass'],
    ['pass\r\n', 'pass'],
    [' pass \n', ' pass '],
    ['pa\rss\r', 'pa\rss\r'],
  ] as const) {
    writeFileSync(file, text)
    t.is(readPassphraseFile(file).reveal().toString(), want)
  }
})

test('a passphrase file that is empty, of several lines, too long or missing is refused by name', t => {
  const file = join(freshFolder(t), 'pass.txt')
  for (const text of ['', '\n', 'one\ntwo', 'one\n\n', 'x'.repeat(1027)]) {
    writeFileSync(file, text)
    const error = t.throws(
      () => readPassphraseFile(file),
      { code: 'ERR_KEY_PASSPHRASE' },
      JSON.stringify(text),
    )
    t.true(error?.message.includes(file))
  }
  t.throws(() => readPassphraseFile(`${file}.none`), { code: 'ERR_KEY_PASSPHRASE', message: /no such file/ })
})
