// Words and phrases of the live tail, by the rules that crates/store tests too.
import test from 'ava'
import { textTest, wordsOf } from '../../../src/serve/api/text-match.ts'

test('letters and digits make words in any script', t => {
  t.deepEqual(wordsOf('cat /etc/SHADOW-2'), ['cat', 'etc', 'shadow', '2'])
  t.deepEqual(wordsOf('Größe ÅÄÖ=naïve 🐦x ΟΔΟΣ'), ['größe', 'åäö', 'naïve', 'x', 'οδοσ'])
  t.deepEqual(wordsOf('读取文件a'), ['读', '取', '文', '件', 'a'])
  t.deepEqual(wordsOf(' -/_.\u007f🐦'), [])
  t.deepEqual(wordsOf('é'.repeat(40)), ['é'.repeat(32)])
})

test('words must stand in a row in one text, the last may go on behind a star', t => {
  const texts = ['File /etc/etc/shadow opened', 'by cat'].map(wordsOf)
  for (const typed of [
    '/etc/shadow',
    'etc/sha*',
    '"file etc"',
    '"Opened" "BY cat"',
    '"etc sha"*',
    '',
    '***',
  ]) {
    t.true(textTest(typed)(texts), typed)
  }
  for (const typed of ['etc/sha', '"opened by"', 'shadow/etc', '"file shadow"', 'cat dog']) {
    t.false(textTest(typed)(texts), typed)
  }
})
