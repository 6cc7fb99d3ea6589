import test from 'ava'
import fc from 'fast-check'
import { encodePem, firstPemBlock, pemBlocks } from '../../src/envelope/pem.ts'

const ORIGIN = { file: 'x.pem', expected: 'a PEM public key' }
const read = (text: string) => firstPemBlock(Buffer.from(text, 'latin1'), ORIGIN)

test('decoding what was encoded gives the bytes and the label back', t => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), bytes => {
      const block = read(encodePem('SOME KEY', bytes))
      return block.label === 'SOME KEY' && block.der.equals(bytes)
    }),
  )
  t.pass()
})

test('encoded lines have 64 columns and the text ends with a newline', t => {
  const lines = encodePem('K', Buffer.alloc(100)).split('\n')
  t.deepEqual(
    lines.map(line => line.length),
    [17, 64, 64, 8, 15, 0],
  )
})

test('text around the block, headers, CRLF, a byte order mark and spaces do not change what is read', t => {
  const body = 'AAECAwQF'
  const forms = [
    `-----BEGIN K-----\n${body}\n-----END K-----\n`,
    `-----BEGIN K-----\r\n${body}\r\n-----END K-----\r\n`,
    `words: of no meaning\n-----BEGIN K-----\nComment: hi\n\n${body}\n-----END K-----\nmore`,
    `\u00ef\u00bb\u00bf-----BEGIN K-----\nAAEC\n AwQF \n-----END K-----`,
  ]
  for (const form of forms) t.deepEqual([...read(form).der], [0, 1, 2, 3, 4, 5])
})

test('headers are kept by name', t => {
  const block = read('-----BEGIN K-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,B\n\nAAAA\n-----END K-----\n')
  t.deepEqual(
    [...block.headers],
    [
      ['Proc-Type', '4,ENCRYPTED'],
      ['DEK-Info', 'A,B'],
    ],
  )
})

test('the first of several blocks is the one that counts, and all can be had in order', t => {
  const text = encodePem('A', Buffer.from([1])) + encodePem('B', Buffer.from([2]))
  t.is(read(text).label, 'A')
  t.deepEqual(
    [...pemBlocks(Buffer.from(text), ORIGIN)].map(block => block.label),
    ['A', 'B'],
  )
})

for (const [what, text] of [
  ['no block', 'AAAA\n'],
  ['an empty file', ''],
  ['no end line', '-----BEGIN K-----\nAAAA\n'],
  ['an end line of another label', '-----BEGIN K-----\nAAAA\n-----END L-----\n'],
  ['a body that is not base64', '-----BEGIN K-----\nAA*A\n-----END K-----\n'],
  ['a body cut short', '-----BEGIN K-----\nAAAAA\n-----END K-----\n'],
  ['no body', '-----BEGIN K-----\n-----END K-----\n'],
] as const) {
  test(`a file with ${what} is refused, naming the file and what was expected`, t => {
    const error = t.throws(() => read(text), { code: 'ERR_KEY_FORMAT' })
    t.true(error?.message.includes('x.pem'))
    t.true(error?.message.includes('a PEM public key'))
  })
}

test('a damaged first block is not skipped for a good second one', t => {
  const text = `-----BEGIN K-----\n!!!!\n-----END K-----\n${encodePem('B', Buffer.from([2]))}`
  t.throws(() => read(text), { code: 'ERR_KEY_FORMAT' })
})
