// How typed words are split between Lanner and the step, and how glued short values come apart: laws over any words.
import test from 'ava'
import * as fc from 'fast-check'
import { separateShortValues, splitArguments } from '../../src/terminal/arguments.ts'

const word = fc.oneof(fc.string(), fc.constantFrom('--', '-k', '-kX', '-k=X', '--step', '-', ''))
const words = fc.array(word)

test('words come back by joining the halves at `--`, and the first half never holds one', t => {
  fc.assert(
    fc.property(words, typed => {
      const { own, step } = splitArguments(typed)
      t.deepEqual(step === undefined ? [...own] : [...own, '--', ...step], typed)
      t.false(own.includes('--'))
      t.is(step === undefined, !typed.includes('--'))
    }),
  )
})

test('a later `--` belongs to the step', t => {
  t.deepEqual(splitArguments(['run', '--', 'sh', '--', '-c']), { own: ['run'], step: ['sh', '--', '-c'] })
  t.deepEqual(splitArguments(['run', '--']), { own: ['run'], step: [] })
})

test('-kFILE and -k=FILE are -k FILE for any value; one = is taken, no more', t => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), value => {
      t.deepEqual(separateShortValues([`-k=${value}`], 'ko'), ['-k', value])
      if (!value.startsWith('=')) t.deepEqual(separateShortValues([`-k${value}`], 'ko'), ['-k', value])
    }),
  )
  t.deepEqual(separateShortValues(['-k='], 'k'), ['-k', ''])
  t.deepEqual(separateShortValues(['-k==x'], 'k'), ['-k', '=x'])
})

test('long options, letters without a value, bare letters and values stay as they are', t => {
  const untouched = ['--key=x', '--k', '-k', 'kx', '-', '', '-rX', '-0', 'a-kx']
  t.deepEqual(separateShortValues(untouched, 'ko'), untouched)
  fc.assert(fc.property(words, typed => t.deepEqual(separateShortValues(typed, ''), typed)))
})
