import test from 'ava'
import { openNative } from '../../src/native/native.ts'
import { evaluateRego, regoFaults, regoReadsEvents } from '../../src/policy/rego.ts'

const GATE = 'package t\n\ndeny[msg] {\n  input.n > 1\n  msg := sprintf("n is %d", [input.n])\n}\n'
const gate = (source: string): { name: string; source: string } => ({ name: 'gate', source })

test('a module passes, denies with its reasons, or is an error', async t => {
  const native = await openNative()
  const work = new native.Work()
  const verdict = (source: string, input: string): ReturnType<typeof evaluateRego> =>
    evaluateRego(native, [gate(source)], Buffer.from(input), work)
  t.deepEqual(await verdict(GATE, '{"n":1}'), { ok: true })
  t.deepEqual(await verdict(GATE, '{"n":2}'), { ok: false, kind: 'denied', reasons: ['n is 2'] })
  for (const [source, input] of [
    ['package t\n', '{}'],
    [GATE, '{"n":'],
    [GATE.replace('input.n > 1', 'http.send({})'), '{}'],
  ] as const) {
    const refused = await verdict(source, input)
    t.is(refused.ok ? 'passed' : refused.kind, 'error', source)
  }
})

test('an input that is not UTF-8 is an error', async t => {
  const native = await openNative()
  const verdict = await evaluateRego(native, [gate(GATE)], Buffer.from([0x22, 0xff, 0x22]), new native.Work())
  t.is(verdict.ok ? 'passed' : verdict.kind, 'error')
})

test('an evaluation ends at its time limit', async t => {
  const native = await openNative()
  const endless =
    'package t\ndeny[m] { m := count([1 | numbers.range(1, 99999)[_]; numbers.range(1, 99999)[_]]) }'
  const verdict = await evaluateRego(native, [gate(endless)], Buffer.from('{}'), new native.Work(), {
    timeLimitMs: 100,
  })
  t.is(verdict.ok ? 'passed' : verdict.kind, 'error')
})

test('modules that read only the summary read no events', async t => {
  const native = await openNative()
  t.false(regoReadsEvents(native, [gate(GATE)]))
  t.true(regoReadsEvents(native, [gate(GATE.replace('input.n > 1', 'input.events[_]'))]))
  t.true(regoReadsEvents(native, [gate('not rego')]))
})

test('faults of modules are told without an input', async t => {
  const native = await openNative()
  t.deepEqual(regoFaults(native, [gate(GATE)]), [])
  t.regex(regoFaults(native, [gate('package t\ndeny[m] { f(m) }')]).join(), /undefined function `f`/)
})
