import { inspect } from 'node:util'
import test from 'ava'
import { Secret } from '../../src/envelope/secret.ts'

const WORD = 'correct horse battery'

test('a secret prints as [redacted] whichever way it is printed', t => {
  const secret = new Secret(WORD)
  const printed = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ nested: { secret } }, { depth: 9, showHidden: true }),
    `x${secret as unknown as string}`,
  ]
  for (const text of printed) {
    t.true(text.includes('[redacted]'))
    t.false(text.includes(WORD))
    t.false(text.includes(Buffer.from(WORD).toString('hex').slice(0, 8)))
  }
})

test('a secret reveals exactly the bytes it was given, and its own copy of them', t => {
  const bytes = Buffer.from([0, 255, 10, 13])
  const secret = new Secret(bytes)
  bytes.fill(7)
  t.deepEqual([...secret.reveal()], [0, 255, 10, 13])
  t.is(new Secret('ü').reveal().toString('hex'), 'c3bc')
})

test('wiping turns revealed bytes to zeros and later use into a bug', t => {
  const secret = new Secret(WORD)
  const seen = secret.reveal()
  secret.wipe()
  t.true(seen.every(byte => byte === 0))
  t.throws(() => secret.reveal(), { code: 'ERR_INTERNAL' })
  t.notThrows(() => secret.wipe())
})
