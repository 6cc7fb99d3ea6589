import test from 'ava'
import * as fc from 'fast-check'
import { ExactNumber, exactPieces, parseExact, refuseCaseVariants } from '../../src/policy/exact-json.ts'

const textOf = (json: string): string => [...exactPieces(parseExact(json))].join('')

test('what JSON.stringify writes comes back byte for byte', t => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      // Integer-like keys are put first by every JavaScript object; the parsed values are what is compared.
      t.deepEqual(JSON.parse(textOf(JSON.stringify(value))), JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('accepts exactly what JSON.parse accepts, up to equal keys', t => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[],:"\\u0a1.-e+ tfn\n') }), text => {
      let native = true
      try {
        JSON.parse(text)
      } catch {
        native = false
      }
      let ours = true
      try {
        parseExact(text)
      } catch (thrown) {
        ours = (thrown as { code?: string }).code === 'ERR_JSON_DUPLICATE_KEY'
      }
      t.is(ours, native, text)
    }),
    { numRuns: 5000 },
  )
})

for (const number of ['1.0', '1e3', '-0', '9007199254740993', '1e400', '0.10']) {
  test(`the number ${number} keeps its digits`, t => {
    t.true(parseExact(number) instanceof ExactNumber)
    t.is(textOf(`{"n":[${number}]}`), `{"n":[${number}]}`)
  })
}

test('a key named twice is refused, also when one is written with escapes', t => {
  t.throws(() => parseExact('{"a":{"b":1,"\\u0062":2}}'), { code: 'ERR_JSON_DUPLICATE_KEY' })
})

test('__proto__ is a key like any other', t => {
  t.is(textOf('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}')
  t.is(({} as Record<string, unknown>).a, undefined)
})

test('depth costs no stack', t => {
  const deep = `${'[{"a":'.repeat(50_000)}0${'}]'.repeat(50_000)}`
  t.is(textOf(deep), deep)
})

test('a string of millions of escapes is read like any other', t => {
  const text = `"${'\\n'.repeat(8 << 20)}"`
  t.is((parseExact(text) as string).length, 8 << 20)
})

test('structure beyond the limits is refused before it is built', t => {
  const limits = { depth: 2, values: 4 }
  t.notThrows(() => parseExact('[[1,2]]', limits))
  for (const text of ['[[[1]]]', '[1,2,3,4]', '{"a":{"b":{}}}', '['.repeat(1e6)]) {
    t.throws(() => parseExact(text, limits), { code: 'ERR_JSON_TOO_LARGE' }, text.slice(0, 20))
  }
})

test('a known key in other letters is refused', t => {
  const value = parseExact('{"Payload":1}')
  t.throws(() => refuseCaseVariants(value, ['payload'], 'envelope'), { code: 'ERR_JSON_KEY_CASE' })
  t.notThrows(() => refuseCaseVariants(value, ['other'], 'envelope'))
})
