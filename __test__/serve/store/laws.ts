// What every store fulfils, whatever it is made of: the same tests for the embedded one and for Redis.
import type { ExecutionContext } from 'ava'
import type { AlertStore, Facet } from '../../../src/serve/store/store.ts'
import { DAY, lineOf, linesOf, QUESTIONS, type Sample, samples, sorted } from './alerts.ts'

/** Opens an empty store that goes with the test; `undefined` after saying why there is none. */
export type OpenStore = (t: ExecutionContext) => Promise<AlertStore | undefined>

/** `test`, or `test.serial`. */
export type Declare = (title: string, implementation: (t: ExecutionContext) => Promise<void>) => void

/** Declares the tests. */
export function storeLaws(test: Declare, open: OpenStore): void {
  test('alerts are found as if every one were looked at', async t => {
    const store = await open(t)
    if (store === undefined) return
    const alerts = await filled(store)
    for (const { query, fulfilled } of QUESTIONS) {
      const expected = sorted(alerts.filter(fulfilled))
      const said = JSON.stringify(query, (_, value) => (typeof value === 'bigint' ? String(value) : value))
      const page = await store.search(query, { limit: 1000 })
      t.deepEqual([...page.alerts], expected.map(lineOf), said)
      t.deepEqual(page.total, { count: expected.length, exact: true }, said)
      t.is(page.next, undefined)
      t.deepEqual(await store.count(query), page.total, said)
      for (const by of ['priority', 'rule', 'hostname', 'tags', 'k8s.ns.name'] as const) {
        const { values, distinct } = await store.facet(query, by, 100)
        t.deepEqual([...values], counted(expected, by), `${said} by ${by}`)
        t.is(distinct, values.length)
      }
    }
  })

  test('a histogram has a count for every value and part of the span', async t => {
    const store = await open(t)
    if (store === undefined) return
    const alerts = await filled(store)
    const span = { from: DAY + 3_000_000_000n, to: DAY + 350_000_000_000n, buckets: 9 }
    for (const { query, fulfilled } of QUESTIONS.slice(0, 12)) {
      const { width, starts, series } = await store.histogram(query, 'rule', span)
      t.is(starts.length, 9)
      const within = alerts.filter(alert => fulfilled(alert) && alert.at >= span.from && alert.at < span.to)
      const expected = counted(within, 'rule').map(({ value }) => ({
        value,
        counts: starts.map(
          start =>
            within.filter(({ rule, at }) => rule === value && at >= start && at < start + width).length,
        ),
      }))
      t.deepEqual([...series], expected)
    }
  })

  test('an alert that comes again changes nothing, in the same insertion or a later one', async t => {
    const store = await open(t)
    if (store === undefined) return
    const alerts = samples(20, 5)
    t.is(await store.insert(linesOf([...alerts, ...alerts.slice(0, 3)])), 20)
    t.is(await store.insert(linesOf([...alerts.slice(5), ...samples(2, 6)])), 2)
    t.deepEqual(await store.count({}), { count: 22, exact: true })
    t.is((await store.facet({}, 'source', 5)).values[0]?.count, 22)
  })

  test('a bad line does not keep the others out', async t => {
    const store = await open(t)
    if (store === undefined) return
    const [first, second] = samples(2, 8).map(lineOf)
    t.is(await store.insert(Buffer.from(`{"uuid":1}\n${first}\nnonsense\n\n${second}\n`)), 2)
  })

  test('pages hold every alert once, whatever comes meanwhile', async t => {
    const store = await open(t)
    if (store === undefined) return
    const alerts = await filled(store)
    const found: string[] = []
    let after: string | undefined
    for (let round = 0; ; round += 1) {
      const page = await store.search({ text: 'etc' }, { limit: 17, ...(after !== undefined && { after }) })
      found.push(...page.alerts)
      if (page.next === undefined) break
      t.is(page.alerts.length, 17)
      after = page.next
      const newer = samples(1, 100 + round).map(alert => ({ ...alert, at: DAY + 900_000_000_000n }))
      await store.insert(linesOf(newer))
    }
    const expected = sorted(alerts.filter(({ fields }) => String(fields['fd.name']).includes('etc')))
    t.deepEqual(found, expected.map(lineOf))
    await t.throwsAsync(async () => store.search({}, { limit: 1, after: 'nowhere' }), {
      code: 'ERR_STORE_PLACE',
    })
  })

  test('an alert is got by its UUID, and what is stored is known to the nanosecond', async t => {
    const store = await open(t)
    if (store === undefined) return
    t.like(await store.extent(), { alerts: 0, oldest: undefined })
    const alerts = await filled(store)
    const [newest, oldest] = [sorted(alerts)[0], sorted(alerts).at(-1)]
    if (newest === undefined || oldest === undefined) return void t.fail()
    t.is(await store.get(newest.uuid), lineOf(newest))
    t.is(await store.get('00000000-0000-4000-8000-000000000000'), undefined)
    const extent = await store.extent()
    t.like(extent, { alerts: alerts.length, oldest: oldest.at, newest: newest.at })
    t.true(extent.bytes > 0)
  })

  test('names and values of fields complete what is typed', async t => {
    const store = await open(t)
    if (store === undefined) return
    await filled(store)
    const names = await store.fieldNames('', 10)
    t.is(names[2], 'k8s.ns.name')
    t.deepEqual([...names].sort(), ['fd.name', 'k8s.ns.name', 'proc.pid'])
    t.deepEqual([...(await store.fieldNames('proc', 10))], ['proc.pid'])
    t.deepEqual([...(await store.fieldValues('fd.name', '/etc', 10))], ['/etc/passwd', '/etc/shadow'])
    t.is((await store.fieldValues('fd.name', '', 2)).length, 2)
    t.deepEqual([...(await store.fieldValues('unknown', '', 2))], [])
  })

  test('what is too old goes, and nothing else', async t => {
    const store = await open(t)
    if (store === undefined) return
    const old = samples(300, 21)
    const now = BigInt(Date.now()) * 1_000_000n
    const fresh = samples(50, 22).map((alert, at) => ({ ...alert, at: now - BigInt(at) * 1_000_000n }))
    await store.insert(linesOf([...old, ...fresh]))
    t.is(await store.retain({ age: 3_600_000_000_000n }), 300)
    t.is(await store.retain({ age: 3_600_000_000_000n }), 0)
    const page = await store.search({}, { limit: 1000 })
    t.deepEqual([...page.alerts], sorted(fresh).map(lineOf))
    t.is(await store.get(old[0]?.uuid ?? ''), undefined)
    t.is((await store.facet({}, 'source', 5)).values[0]?.count, 50)
    t.is(await store.insert(linesOf(old)), 300)
  })

  test('what is closed answers no more', async t => {
    const store = await open(t)
    if (store === undefined) return
    await store.insert(linesOf(samples(3, 1)))
    await store.close()
    await t.throwsAsync(async () => store.count({}), { message: /./ })
  })
}

async function filled(store: AlertStore): Promise<Sample[]> {
  const alerts = samples(400, 3)
  for (let at = 0; at < alerts.length; at += 37) {
    const part = alerts.slice(at, at + 37)
    await store.insert(linesOf(part))
  }
  return alerts
}

/** Counts as a store gives them: the most frequent first, of equal ones by name. */
function counted(alerts: readonly Sample[], by: Facet): { value: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const alert of alerts) {
    for (const value of valuesOf(alert, by)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  const values = [...counts].map(([value, count]) => ({ value, count }))
  return values.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
}

function valuesOf({ priority, rule, hostname, tags, fields }: Sample, by: Facet): readonly string[] {
  const namespace = fields['k8s.ns.name']
  const single: Partial<Record<Facet, string>> = { priority, rule, hostname, source: 'syscall' }
  if (by === 'tags') return tags
  const value = by === 'k8s.ns.name' ? (namespace ?? '') : (single[by] ?? '')
  return value === '' ? [] : [String(value)]
}
