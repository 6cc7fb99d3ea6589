// Flag values as cilock's users write them: switches with a value, comma lists, choices, counts; anything else names the flag.
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import { parseChoice, parseCount, parseList, parseSwitch } from '../../src/commands/flag-values.ts'
import { LannerError } from '../../src/error.ts'

function refuses(t: ExecutionContext, parse: () => unknown, ...named: string[]): void {
  const error = t.throws(parse, { instanceOf: LannerError }) as LannerError
  t.is(error.exit, 2)
  t.is(error.code, 'ERR_USAGE_FLAG_VALUE')
  for (const word of named) t.true(error.message.includes(word), error.message)
}

test('a switch is its word, its value or its fallback, in every spelling Go accepts', t => {
  for (const on of [true, 'true', '1', 't', 'TRUE', 'True']) t.true(parseSwitch('--x', on))
  for (const off of [false, 'false', '0', 'f', 'FALSE', 'False']) t.false(parseSwitch('--x', off, true))
  t.false(parseSwitch('--x', undefined))
  t.true(parseSwitch('--x', undefined, true))
})

test('a switch with any other value is refused by name', t => {
  const known = ['true', '1', 't', 'TRUE', 'True', 'false', '0', 'f', 'FALSE', 'False']
  fc.assert(
    fc.property(fc.string(), value => {
      if (!known.includes(value)) refuses(t, () => parseSwitch('--some-flag', value), '--some-flag', value)
    }),
  )
})

test('commas and repeats are one list, in order, without empty parts', t => {
  const part = fc.stringMatching(/^[a-z0-9=:*/-]{1,8}$/)
  fc.assert(
    fc.property(fc.array(fc.array(part)), groups => {
      t.deepEqual(parseList(groups.map(group => group.join(','))), groups.flat())
      t.deepEqual(parseList(groups.map(group => `, ${group.join(' ,, ')} ,`)), groups.flat())
    }),
  )
  t.deepEqual(parseList(undefined), [])
})

test('a choice is the first by default, the word itself, or refused with all of them', t => {
  t.is(parseChoice('--format', undefined, ['text', 'json']), 'text')
  t.is(parseChoice('--format', 'json', ['text', 'json']), 'json')
  for (const value of ['JSON', '', 'yaml', 'json ']) {
    refuses(t, () => parseChoice('--format', value, ['text', 'json']), '--format', 'text or json')
  }
})

test('a count is any safe whole number in decimal and nothing else', t => {
  fc.assert(fc.property(fc.maxSafeNat(), count => t.is(parseCount('--n', String(count), 5), count)))
  t.is(parseCount('--n', undefined, 5), 5)
  for (const value of ['', '-1', '+1', '1.0', '1e3', '0x10', ' 1', '1k', '9007199254740992', 'NaN']) {
    refuses(t, () => parseCount('--n', value, 5), '--n')
  }
})
