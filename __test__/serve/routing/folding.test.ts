// Folding: whatever is folded is told, once, and its place in the queue is let go only with what tells it.
import test from 'ava'
import fc from 'fast-check'
import type { RouteConfig } from '../../../src/serve/config/config.ts'
import { type Delivery, Folding } from '../../../src/serve/routing/folding.ts'
import type { Instant } from '../../../src/serve/routing/instant.ts'
import type { StageBounds } from '../../../src/serve/routing/stages.ts'
import { alertOf, routeOf } from './alerts.ts'

const at = (monotonic: number, wall = Date.UTC(2026, 0, 3) + monotonic): Instant => ({ monotonic, wall })

/** Alerts an item stands for. */
function standsFor(delivery: Delivery): number {
  return delivery.items.reduce((sum, { alert, summary }) => {
    return sum + (summary ? Number(alert.content.fields['lanner.folded']) : 1)
  }, 0)
}

function texts(deliveries: readonly Delivery[]): string[] {
  return deliveries.flatMap(({ items }) => items.map(({ alert }) => alert.content.output))
}

const SPARSE = fc.record({
  dedup: fc.option(
    fc.record({
      by: fc.constantFrom([], ['rule'], ['rule', 'k'], ['hostname']),
      for: fc.integer({ min: 1, max: 50 }),
    }),
    { nil: undefined },
  ),
  rate: fc.option(
    fc.record({ limit: fc.integer({ min: 1, max: 4 }), per: fc.integer({ min: 1, max: 50 }) }),
    { nil: undefined },
  ),
  group: fc.option(
    fc.record({
      by: fc.constantFrom([], ['rule'], ['k']),
      wait: fc.integer({ min: 1, max: 50 }),
      most: fc.integer({ min: 2, max: 5 }),
    }),
    { nil: undefined },
  ),
})

const STEP = fc.record({
  wait: fc.integer({ min: 0, max: 30 }),
  /** The wall clock is set to anything. */
  wall: fc.integer({ min: 0, max: 4e12 }),
  rule: fc.constantFrom('a', 'b'),
  key: fc.integer({ min: 0, max: 2 }),
  ask: fc.boolean(),
})

test('whatever comes, what is delivered and what summaries tell is what was accepted, each place once', t => {
  const bounds = fc.constantFrom<StageBounds | undefined>(undefined, { keys: 2, held: 3 })
  fc.assert(
    fc.property(SPARSE, fc.array(STEP, { maxLength: 60 }), bounds, (sparse, steps, bound) => {
      const folding = new Folding([routeOf(sparse)], bound)
      const deliveries: Delivery[] = []
      let now = 0
      for (const [number, step] of steps.entries()) {
        now += step.wait
        const alert = alertOf(number, { rule: step.rule, output_fields: { k: step.key } })
        folding.take(alert, BigInt(number), 0, at(now, step.wall))
        if (step.ask) deliveries.push(...folding.ready(at(now, step.wall)))
        const [counts] = folding.counts()
        t.is(counts?.accepted, number + 1)
      }
      deliveries.push(...folding.flush(at(now)))
      const places = deliveries.flatMap(({ items }) => items.flatMap(({ positions }) => [...positions]))
      t.deepEqual(
        [...places].sort((a, b) => Number(a - b)),
        steps.map((_, number) => BigInt(number)),
      )
      t.is(
        deliveries.reduce((sum, delivery) => sum + standsFor(delivery), 0),
        steps.length,
      )
      const [counts] = folding.counts()
      t.is((counts?.delivered ?? 0) + (counts?.folded ?? 0), steps.length)
      t.is(counts?.waiting, 0)
      t.is(folding.due(), undefined)
    }),
    { numRuns: 500 },
  )
})

test('called when due, it holds nothing back for longer than its windows', t => {
  const route: Partial<RouteConfig> = {
    dedup: { by: ['rule'], for: 20 },
    rate: { limit: 1, per: 30 },
    group: { by: [], wait: 10, most: 5 },
  }
  const folding = new Folding([routeOf(route)])
  for (let number = 0; number < 9; number += 1) {
    folding.take(alertOf(number, { rule: `r${number % 3}` }), BigInt(number), 0, at(0))
  }
  let told = 0
  let calls = 0
  for (let due = folding.due(); due !== undefined && calls < 50; due = folding.due()) {
    told += folding.ready(at(due)).reduce((sum, delivery) => sum + standsFor(delivery), 0)
    calls += 1
    if (told === 9) t.true(due <= 20 + 2 * 30 + 10)
  }
  t.is(told, 9)
})

test('the first of a kind goes at once, the others are told when their window ends', t => {
  const folding = new Folding([routeOf({ dedup: { by: ['rule', 'proc.name'], for: 60_000 } })])
  for (let number = 0; number < 4; number += 1) {
    folding.take(
      alertOf(number, { priority: number === 2 ? 'Critical' : 'Warning', hostname: 'n1' }),
      BigInt(number),
      0,
      at(number),
    )
  }
  folding.take(alertOf(9, { rule: 'Other' }), 9n, 0, at(5))
  t.deepEqual(texts(folding.ready(at(5))), ['alert 0', 'alert 9'])
  t.is(folding.due(), 60_000)
  t.deepEqual(folding.ready(at(59_999)), [])
  const [delivery] = folding.ready(at(60_000))
  const [item] = delivery?.items ?? []
  t.deepEqual([...(item?.positions ?? [])], [1n, 2n, 3n])
  const content = item?.alert.content
  t.is(
    content?.output,
    '3 more alerts of the same kind from 2026-01-02T00:00:01.000Z to 2026-01-02T00:00:03.000Z within 1m: alert 1',
  )
  t.is(content?.rule, 'Terminal shell')
  t.is(content?.priority, 'Critical')
  t.is(content?.hostname, 'n1')
  t.is(content?.fields['proc.name'], 'bash')
  t.is(content?.fields['lanner.folded.rules'], 'Terminal shell (3)')
  t.true(content?.tags.includes('lanner.summary'))
})

test('beyond the cap alerts are told in one, which is the first of the next window', t => {
  const folding = new Folding([routeOf({ rate: { limit: 2, per: 1000 } })])
  for (let number = 0; number < 5; number += 1) {
    folding.take(alertOf(number, { rule: number === 4 ? 'Write' : 'Read' }), BigInt(number), 0, at(10))
  }
  t.deepEqual(texts(folding.ready(at(10))), ['alert 0', 'alert 1'])
  const [summary] = texts(folding.ready(at(1010)))
  t.is(
    summary,
    '3 more alerts from 2026-01-02T00:00:02.000Z to 2026-01-02T00:00:04.000Z, beyond 2 in 1s: Read (2), Write (1)',
  )
  for (const number of [5, 6]) folding.take(alertOf(number), BigInt(number), 0, at(1011))
  t.deepEqual(texts(folding.ready(at(1011))), ['alert 5'])
  t.is(folding.due(), 2010)
})

test('a group goes as one when its time is over or it is full', t => {
  const folding = new Folding([routeOf({ group: { by: ['rule'], wait: 100, most: 3 } })])
  for (let number = 0; number < 4; number += 1) folding.take(alertOf(number), BigInt(number), 0, at(0))
  folding.take(alertOf(4, { rule: 'Other' }), 4n, 0, at(50))
  const [full, ...none] = folding.ready(at(50))
  t.deepEqual(none, [])
  t.true(full?.together)
  t.is(full?.items.length, 3)
  t.deepEqual(
    folding.ready(at(100)).map(({ items }) => items.length),
    [1],
  )
  t.deepEqual(
    folding.ready(at(150)).map(({ items }) => items.length),
    [1],
  )
})

test('a wall clock that is set back or ahead changes no window', t => {
  const folding = new Folding([routeOf({ dedup: { by: ['rule'], for: 1000 } })])
  folding.take(alertOf(0), 0n, 0, at(0, 5e11))
  folding.take(alertOf(1), 1n, 0, at(1, 0))
  folding.take(alertOf(2), 2n, 0, at(2, 4e12))
  t.deepEqual(texts(folding.ready(at(999, 4e12))), ['alert 0'])
  t.is(folding.ready(at(1000, 0))[0]?.items[0]?.positions.length, 2)
})

test('a flood of different keys is held in bounds by telling early', t => {
  const folding = new Folding([routeOf({ dedup: { by: ['k'], for: 1e9 } })], { keys: 10, held: 5 })
  for (let number = 0; number < 1000; number += 1) {
    folding.take(alertOf(number, { output_fields: { k: number >> 1 } }), BigInt(number), 0, at(number))
  }
  const counts = folding.counts()[0]
  t.true((counts?.waiting ?? 99) <= 5)
  t.is(
    folding.flush(at(2000)).reduce((sum, delivery) => sum + standsFor(delivery), 0),
    1000,
  )
})

test('a template replaces the text and no other byte', t => {
  const folding = new Folding([routeOf({ template: 'see {rule}: {proc.name}' })])
  const alert = alertOf(1, { note: 'output', n: [{ output: 'inner' }], output: 'a "quoted" \\ text' })
  folding.take(alert, 1n, 0, at(0))
  const line = folding.ready(at(0))[0]?.items[0]?.alert.line
  t.is(line, alert.line.replace(JSON.stringify('a "quoted" \\ text'), '"see Terminal shell: bash"'))
})
