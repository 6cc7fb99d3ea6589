import test from 'ava'
import type { Payload } from '../../src/native/native.ts'
import { LeftOut, parseExact } from '../../src/policy/exact-json.ts'
import { type InputPart, regoInput, wrappedRegoInput } from '../../src/policy/rego-input.ts'

const EVENTS = '[{"n":1780051808717141556}]'
/** The only thing an input asks of a payload. */
const payload = {
  read: (offset: bigint, length: number) =>
    Buffer.from(`..${EVENTS}`).subarray(Number(offset), Number(offset) + length),
} as unknown as Payload

function capture(length = BigInt(EVENTS.length)): InputPart {
  const value = parseExact('{"summary":{"total_events":1.0},"events":null}')
  Object.assign(value as object, { events: new LeftOut(2n, length, 1n) })
  return { value, payload }
}

test('numbers and events are given as they were signed', t => {
  t.is(regoInput(capture(), true).toString(), `{"summary":{"total_events":1.0},"events":${EVENTS}}`)
})

test('events nobody looks at are not read', t => {
  t.is(regoInput(capture(1n << 40n), false).toString(), '{"summary":{"total_events":1.0},"events":null}')
})

test('an input beyond the limit is refused, not cut', t => {
  t.throws(() => regoInput(capture(1n << 40n), true), { code: 'ERR_REGO_INPUT_SIZE' })
})

test('under attestationsFrom and externalFrom the input has the attestation, the steps and the externals', t => {
  const part = (json: string): InputPart => ({ value: parseExact(json), payload })
  const steps = new Map([
    [
      'build',
      new Map([
        ['a', part('{"x":1}')],
        ['b', part('2')],
      ]),
    ],
  ])
  t.is(
    wrappedRegoInput(part('{"y":1}'), { steps, external: undefined }, true).toString(),
    '{"attestation":{"y":1},"steps":{"build":{"a":{"x":1},"b":2}}}',
  )
  t.is(
    wrappedRegoInput(
      part('0'),
      { steps: new Map(), external: new Map([['v', part('null')]]) },
      true,
    ).toString(),
    '{"attestation":0,"steps":{},"external":{"v":null}}',
  )
})
