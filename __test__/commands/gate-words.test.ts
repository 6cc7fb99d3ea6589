// The short way of `verify`: the words it takes, and that they mean what Clipanion says they mean. Started by ava.
import test from 'ava'
import { Cli, type CommandClass } from 'clipanion'
import fc from 'fast-check'
import type { LannerContext } from '../../src/commands/context.ts'
import { GATE_OPTIONS, gateWords } from '../../src/commands/gate-words.ts'
import { optionsOf, setOptions } from '../../src/commands/option-specs.ts'
import { VerifyCommand } from '../../src/commands/verify.ts'

const context = { env: {} } as unknown as LannerContext

interface Definition {
  readonly names: readonly string[]
  readonly arity: number
  readonly required?: boolean
}

function definitions(): Definition[] {
  const told: Definition[] = []
  const builder = { addOption: (one: Definition) => told.push(one), addPositional: () => undefined }
  for (const [key, { definition }] of optionsOf(new VerifyCommand())) definition(builder, key)
  return told
}

test('the gate takes options of `verify` that have one value, each by all its names', t => {
  const known = definitions().filter(({ names }) => names.some(name => GATE_OPTIONS.has(name)))
  t.deepEqual(known.flatMap(({ names }) => names).sort(), [...GATE_OPTIONS].sort())
  t.true(known.every(({ arity }) => arity === 1))
})

test('no option of `verify` is required, so that none can be missing at the gate', t => {
  t.true(definitions().every(({ required }) => required !== true))
})

test('whatever the gate takes gives the command that Clipanion makes of it', t => {
  const cli = new Cli<LannerContext>()
  cli.register(VerifyCommand as CommandClass<LannerContext>)
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom('a,b', '=', 'a=b', '--', '-', '-p', '--policy', 'verify', '0', '-1', 'line\nline', 'ü'),
  )
  const option = fc.tuple(fc.constantFrom(...GATE_OPTIONS), value)
  const spelled = fc
    .tuple(option, fc.boolean())
    .map(([[name, text], glued]) => (glued ? [`${name}=${text}`] : [name, text]))
  let taken = 0
  fc.assert(
    fc.property(fc.array(spelled, { maxLength: 6 }), spellings => {
      const typed = ['verify', ...spellings.flat()]
      const options = gateWords(typed)
      if (options === undefined) return
      taken += 1
      const expected = cli.process(typed, context)
      const made = setOptions(new VerifyCommand(), options, context)
      for (const [key] of optionsOf(new VerifyCommand())) {
        t.deepEqual(Reflect.get(made, key), Reflect.get(expected, key), `${typed.join(' ')}: ${key}`)
      }
    }),
    { numRuns: 3000 },
  )
  t.true(taken > 300, `only ${taken} were taken`)
})

const LEFT_TO_CLIPANION: readonly (readonly string[])[] = [
  [],
  ['verify'],
  ['version'],
  ['verify', '--help'],
  ['verify', 'ARTIFACT'],
  ['verify', '-p'],
  ['verify', '-p', ''],
  ['verify', '--policy='],
  ['verify', '-p', '-k'],
  ['verify', '-pFILE'],
  ['verify', '-p=FILE'],
  ['verify', '--polic', 'FILE'],
  ['verify', '-p', 'FILE', '--'],
  ['verify', '-p', 'FILE', '--explain'],
  ['verify', '-p', 'FILE', '--no-such-flag', 'x'],
  ['verify', '-p', 'FILE', '--verifier-kms-ref', 'x'],
]

test('any other words are left to Clipanion', t => {
  for (const typed of LEFT_TO_CLIPANION) t.is(gateWords(typed), undefined, typed.join(' '))
})

test('what asks for a part that the bundle of the gate leaves out is left to Clipanion', t => {
  const late = [
    '--bundle',
    '--enable-archivista',
    '--enable-archivist',
    '--archivista-server',
    '--archivist-server',
    '--archivista-headers',
    '--archivista-token-path',
    '--replay',
    '--rules',
    '--chain',
    '--chain-head',
  ]
  const names = definitions().flatMap(one => one.names)
  for (const name of late) {
    t.true(names.includes(name), name)
    t.is(gateWords(['verify', '-p', 'FILE', name, 'x']), undefined, name)
    t.is(gateWords(['verify', `${name}=x`]), undefined, name)
  }
})
