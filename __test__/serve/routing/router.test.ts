// The router: an output gets an alert once, by the first of its routes that takes it; what can't be judged is not lost.
import test from 'ava'
import fc from 'fast-check'
import { PRIORITIES, reaches } from '../../../src/detect/priority.ts'
import { openNative } from '../../../src/native/native.ts'
import type { AcceptedAlert } from '../../../src/serve/alert.ts'
import type { RouteConfig } from '../../../src/serve/config/config.ts'
import { conditionFaults } from '../../../src/serve/routing/route-book.ts'
import { EVERYWHERE, NOWHERE, OutputRouter } from '../../../src/serve/routing/router.ts'
import { alertOf, routeOf } from './alerts.ts'

function batchOf(lines: readonly string[]): { count: number; lines: Buffer } {
  return { count: lines.length, lines: Buffer.from(lines.map(line => `${line}\n`).join('')) }
}

async function routesOf(
  routes: readonly RouteConfig[],
  output: string,
  alerts: readonly AcceptedAlert[],
): Promise<number[]> {
  const router = new OutputRouter(await openNative(), routes, output)
  const { routes: taken } = await router.route(batchOf(alerts.map(({ line }) => line)))
  return [...taken]
}

test('without routes every alert goes to every output', async t => {
  t.deepEqual(await routesOf([], 'any', [alertOf(1), alertOf(2)]), [EVERYWHERE, EVERYWHERE])
})

test('an output gets an alert by the first of its routes, whatever other outputs get', async t => {
  const routes = [
    routeOf({ name: 'a', rules: ['Term*'], outputs: ['x'] }),
    routeOf({ name: 'b', match: 'proc.name = bash', outputs: ['x', 'y'] }),
    routeOf({ name: 'c', priority: 'Error', outputs: ['y'] }),
  ]
  const alerts = [
    alertOf(1),
    alertOf(2, { rule: 'Other' }),
    alertOf(3, { priority: 'ERROR', output_fields: {} }),
  ]
  t.deepEqual(await routesOf(routes, 'x', alerts), [0, 1, 0])
  t.deepEqual(await routesOf(routes, 'y', alerts), [1, 1, 2])
  t.deepEqual(await routesOf(routes, 'z', alerts), [NOWHERE, NOWHERE, NOWHERE])
})

test('a route that does not continue keeps what it takes from those behind it', async t => {
  const routes = [
    routeOf({ name: 'mute', match: 'hostname = test', outputs: [], continue: false }),
    routeOf({ name: 'urgent', priority: 'Critical', outputs: ['pager'], continue: false }),
    routeOf({ name: 'rest', outputs: ['chat'] }),
  ]
  const alerts = [
    alertOf(1),
    alertOf(2, { hostname: 'test' }),
    alertOf(3, { priority: 'Alert' }),
    alertOf(4, { hostname: 'test', priority: 'Alert' }),
  ]
  t.deepEqual(await routesOf(routes, 'chat', alerts), [2, NOWHERE, NOWHERE, NOWHERE])
  t.deepEqual(await routesOf(routes, 'pager', alerts), [NOWHERE, NOWHERE, 1, NOWHERE])
})

test('what conditions cannot read goes by the first route of the output, even past a mute', async t => {
  const routes = [
    routeOf({ name: 'mute', outputs: [], continue: false }),
    routeOf({ name: 'r', match: 'rule = x', outputs: ['out'] }),
  ]
  const router = new OutputRouter(await openNative(), routes, 'out')
  const { routes: taken, unjudged } = await router.route(
    batchOf([alertOf(1).line, '{"rule":', alertOf(2).line]),
  )
  t.deepEqual([...taken], [NOWHERE, 1, NOWHERE])
  t.is(unjudged, 1)
})

test('forty routes in any order give what asking them one by one gives', async t => {
  const native = await openNative()
  const route = fc.record({
    rule: fc.constantFrom('a', 'b', 'c', '*'),
    priority: fc.constantFrom(...PRIORITIES),
    output: fc.constantFrom('x', 'y'),
    goes: fc.boolean(),
  })
  const alert = fc.record({ rule: fc.constantFrom('a', 'b', 'c'), priority: fc.constantFrom(...PRIORITIES) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(route, { minLength: 1, maxLength: 40 }),
      fc.array(alert, { maxLength: 20 }),
      async (asked, given) => {
        const routes = asked.map(({ rule, priority, output, goes }, index) =>
          routeOf({ name: `${index}`, rules: [rule], priority, outputs: [output], continue: goes }),
        )
        const expected = given.map(one => {
          for (const [index, { rule, priority, output, goes }] of asked.entries()) {
            const takes = (rule === '*' || rule === one.rule) && reaches(one.priority, priority)
            if (takes && output === 'x') return index
            if (takes && !goes) return NOWHERE
          }
          return NOWHERE
        })
        const router = new OutputRouter(native, routes, 'x')
        const { routes: taken } = await router.route(
          batchOf(given.map((one, index) => alertOf(index, one).line)),
        )
        t.deepEqual([...taken], expected)
      },
    ),
    { numRuns: 60 },
  )
})

test('faults of conditions are at their place in UTF-16 units, with a hint', async t => {
  const { faults } = conditionFaults(await openNative(), [
    routeOf({ match: 'rule = "日本語 😀" and priority >= Error' }),
  ])
  const [fault] = faults
  t.is(fault?.offset, 'rule = "日本語 😀" and priority >= '.length)
  t.regex(fault?.message ?? '', /key `priority`.*\(LOAD_ERR_COMPILE_CONDITION\)$/)
})
