// What the page computes without a browser: places and their addresses, times, the stack of the chart.
import test from 'ava'
import fc from 'fast-check'
import { described, stackOf } from '../../../page/chart/stack.ts'
import { fragmentOf, type Place, placeOf, type Span, VIEWS } from '../../../page/place/place.ts'
import { instantOf, timeOf } from '../../../src/serve/api/instant.ts'

const instant = fc.bigInt({ min: 0n, max: 4_102_444_800_000_000_000n })
const span: fc.Arbitrary<Span> = fc.oneof(
  fc.constant({ kind: 'all' } as const),
  fc.integer({ min: 1, max: 10_000_000 }).map(seconds => ({ kind: 'last', seconds }) as const),
  fc
    .tuple(instant, fc.bigInt({ min: 1n, max: 10n ** 15n }))
    .map(([from, width]) => ({ kind: 'between', from, to: from + width }) as const),
)
const place: fc.Arbitrary<Place> = fc
  .record({ view: fc.constantFrom(...VIEWS), query: fc.string({ unit: 'grapheme' }), span })
  .chain(base =>
    fc.option(fc.uuid(), { nil: undefined }).map(alert => (alert === undefined ? base : { ...base, alert })),
  )

import { tick } from '../../../page/ask/wording.ts'

test('the address of a place names the same place', t => {
  fc.assert(fc.property(place, there => t.deepEqual(placeOf(fragmentOf(there)), there)))
})

test('an address that names nothing known is the overview of everything', t => {
  for (const fragment of ['', '#', '#/', '#/nothing?from=x&to=y&last=-3']) {
    t.deepEqual(placeOf(fragment), { view: 'overview', query: '', span: { kind: 'all' } })
  }
})

test('an instant written as time reads back to the nanosecond', t => {
  fc.assert(fc.property(instant, at => t.is(instantOf(timeOf(at)), at)))
  t.is(instantOf('1970-01-01T02:00:00.5+02:00'), 500_000_000n)
  t.is(instantOf('2026-13-01T00:00:00Z'), undefined)
  t.is(instantOf('yesterday'), undefined)
})

test('the stack grows from the most urgent, and its top is the sum', t => {
  const stack = stackOf({
    width: '60000000000',
    starts: ['0', '60000000000'],
    series: [
      { value: 'Notice', counts: [4, 0] },
      { value: 'Critical', counts: [1, 2] },
      { value: 'Debug', counts: [0, 0] },
    ],
  })
  t.deepEqual(
    stack.layers.map(({ name, tops }) => [name, tops]),
    [
      ['Critical', [1, 2]],
      ['Notice', [5, 2]],
    ],
  )
  t.deepEqual([stack.totals, stack.sum], [[5, 2], 7])
  t.regex(described(stack), /^7 alerts from .* Most in 1 min: 5, .* Critical 3, Notice 4\.$/)
  t.is(described(stackOf({ width: '1', starts: [], series: [] })), 'No alerts in this time.')
})

test('marks of an axis that are years apart name the year', t => {
  const at = (year: number, month: number): number => new Date(year, month, 1).getTime() / 1000
  const day = 86_400
  t.deepEqual([tick(at(1754, 0), 365 * day), tick(at(2031, 0), 3650 * day)], ['1754', '2031'])
  t.deepEqual([tick(at(2026, 0), 28 * day), tick(at(2026, 3), 28 * day)], ['2026', 'Apr 01'])
  t.is(tick(at(2026, 0), day), 'Jan 01')
})
