import test from 'ava'
import { parseDuration, parseInstant } from '../../src/policy/instant.ts'
import { parsePolicy } from '../../src/policy/policy-document.ts'
import { structureFaults } from '../../src/policy/policy-structure.ts'

const step = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name,
  functionaries: [{ type: 'publickey', publickeyid: 'k' }],
  attestations: [{ type: 'https://aflock.ai/attestations/falco/v0.1' }],
  ...more,
})

const policy = (more: Record<string, unknown> = {}): string =>
  JSON.stringify({ expires: '2099-01-01T00:00:00Z', steps: { build: step('build') }, ...more })

test('a policy with unknown keys is read', t => {
  t.is(parsePolicy(policy({ note: 'x' })).steps.build?.name, 'build')
})

const MALFORMED: Record<string, [document: string, path: string]> = {
  'expires of another shape': [policy({ expires: '2099-01-01' }), 'expires'],
  'steps in a list': [policy({ steps: [] }), 'steps'],
  'a module that is no base64': [
    policy({
      steps: { build: step('build', { attestations: [{ type: 't', regopolicies: [{ module: '!' }] }] }) },
    }),
    'steps.build.attestations.0.regopolicies.0.module',
  ],
  'a time constraint without a bound': [
    policy({ steps: { build: step('build', { timestampConstraint: {} }) } }),
    'steps.build.timestampConstraint',
  ],
  'a time constraint turned round': [
    policy({
      steps: {
        build: step('build', {
          timestampConstraint: { notBefore: '2030-01-01T00:00:00Z', notAfter: '2029-01-01T00:00:00Z' },
        }),
      },
    }),
    'steps.build.timestampConstraint',
  ],
  'an age in days': [
    policy({ steps: { build: step('build', { timestampConstraint: { maxAge: '30d' } }) } }),
    'steps.build.timestampConstraint.maxAge',
  ],
  'no object': ['[]', 'policy'],
}

for (const [what, [document, path]] of Object.entries(MALFORMED)) {
  test(`a policy with ${what} is refused at ${path}`, t => {
    const error = t.throws(() => parsePolicy(document), { code: 'ERR_POLICY_SHAPE' })
    t.true(error?.message.includes(path), error?.message)
  })
}

test('text behind the policy and equal keys in it are refused', t => {
  t.throws(() => parsePolicy(`${policy()}x`), { code: 'ERR_POLICY_SYNTAX' })
  t.throws(() => parsePolicy('{"steps":{},"steps":{}}'), { code: 'ERR_POLICY_SYNTAX' })
})

test('keys in other letters are refused by name', t => {
  t.throws(() => parsePolicy(policy({ Expires: '2000-01-01T00:00:00Z' })), { code: 'ERR_JSON_KEY_CASE' })
  const nested = policy({ steps: { build: step('build', { Functionaries: [] }) } })
  t.throws(() => parsePolicy(nested), { code: 'ERR_JSON_KEY_CASE' })
})

test('no step hides behind a name that objects treat apart', t => {
  const hidden = `{"expires":"2099-01-01T00:00:00Z","steps":{"__proto__":${JSON.stringify(step('__proto__'))}}}`
  t.throws(() => parsePolicy(hidden), { code: 'ERR_POLICY_SHAPE' })
})

const faults = (steps: Record<string, unknown>, more: Record<string, unknown> = {}): string[] =>
  structureFaults(parsePolicy(policy({ steps, ...more }))).map(({ path }) => path)

test('references, names and circles are checked', t => {
  t.deepEqual(faults({ build: step('build') }), [])
  t.deepEqual(faults({ build: step('other') }), ['steps.build.name'])
  t.deepEqual(faults({}), ['steps'])
  t.deepEqual(faults({ a: step('a', { artifactsFrom: ['x'] }) }), ['steps.a.artifactsFrom'])
  t.deepEqual(faults({ a: step('a', { attestationsFrom: ['a'] }) }), ['steps.a.attestationsFrom'])
  t.deepEqual(faults({ a: step('a', { externalFrom: ['x'] }) }), ['steps.a.externalFrom'])
  t.deepEqual(
    faults({ a: step('a', { attestationsFrom: ['b'] }), b: step('b', { attestationsFrom: ['a'] }) }),
    ['steps.a.attestationsFrom'],
  )
})

test('a gate that would not be evaluated is no gate', t => {
  const withAi = step('a', { attestations: [{ type: 't', aipolicies: [{ name: 'x' }] }] })
  t.deepEqual(faults({ a: withAi }), ['steps.a.attestations.0.aipolicies'])
})

test('instants are RFC 3339 with capitals, and nothing else', t => {
  t.is(parseInstant('1970-01-01T01:00:00.5+01:00'), 500_000_000n)
  for (const text of [
    '2026-02-30T00:00:00Z',
    '2026-01-01t00:00:00z',
    '2026-01-01 00:00:00Z',
    '2026-01-01',
    '',
    '2026-01-01T24:00:00Z',
  ]) {
    t.is(parseInstant(text), undefined, text)
  }
})

test('durations are those of Go', t => {
  t.is(parseDuration('1h30m'), 5_400_000_000_000n)
  t.is(parseDuration('1.5s'), 1_500_000_000n)
  t.is(parseDuration('-2ms'), -2_000_000n)
  for (const text of ['', '3', '3d', 'h', '1h ', '1e3s']) t.is(parseDuration(text), undefined, text)
})
