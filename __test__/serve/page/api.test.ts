// The HTTP interface under /api/v2: what it answers, what it refuses, and that no digit is lost on the way.
import test from 'ava'
import {
  alertsAnswer,
  errorAnswer,
  extentAnswer,
  facetsAnswer,
  histogramAnswer,
  pivotsAnswer,
  wordsAnswer,
} from '../../../src/serve/api/answers.ts'
import { listen } from './listening.ts'
import { idAt, lineAt, NEWEST } from './made-alerts.ts'

const COUNT = 3000

async function json(address: string): Promise<unknown> {
  return (await fetch(address)).json()
}

async function refusal(address: string, init?: RequestInit): Promise<{ status: number; code: string }> {
  const response = await fetch(address, init)
  return { status: response.status, code: errorAnswer.parse(await response.json()).error.code }
}

test('pages of a search hold every alert once, newest first', async t => {
  const { origin } = await listen(t, { count: 450 })
  const ids: string[] = []
  let after: string | undefined
  do {
    const address = `${origin}/api/v2/alerts?limit=200${after === undefined ? '' : `&after=${after}`}`
    const page = alertsAnswer.parse(await json(address))
    t.is(page.total.count, 450)
    ids.push(...page.alerts.map(({ uuid }) => String(uuid)))
    after = page.next
  } while (after !== undefined)
  t.deepEqual(
    ids,
    Array.from({ length: 450 }, (_, at) => idAt(at)),
  )
})

test('an alert is answered byte for byte as it is stored', async t => {
  const { origin } = await listen(t, { count: 10 })
  const line = lineAt(3, 10)
  t.is(await (await fetch(`${origin}/api/v2/alerts/${idAt(3)}`)).text(), line)
  t.true((await (await fetch(`${origin}/api/v2/alerts?limit=5`)).text()).includes(line))
})

test('an alert that is not there is not found', async t => {
  const { origin } = await listen(t, { count: 1 })
  const missing = { status: 404, code: 'ERR_API_NOT_FOUND' }
  t.deepEqual(await refusal(`${origin}/api/v2/alerts/${idAt(7)}`), missing)
  t.deepEqual(await refusal(`${origin}/api/v2/alerts/..%2f..%2fetc`), missing)
  t.deepEqual(await refusal(`${origin}/api/v2/nothing`), missing)
})

test('the histogram of everything counts every alert', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { series, starts } = histogramAnswer.parse(await json(`${origin}/api/v2/histogram?buckets=60`))
  t.is(starts.length, 60)
  t.is(
    series.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0),
    COUNT,
  )
})

test('an empty store has an empty histogram, no facets and no extent', async t => {
  const { origin } = await listen(t)
  const { series } = histogramAnswer.parse(await json(`${origin}/api/v2/histogram`))
  t.deepEqual(series, [])
  const { facets } = facetsAnswer.parse(await json(`${origin}/api/v2/facets`))
  t.true(facets.every(({ values, distinct }) => values.length === 0 && distinct === 0))
  t.deepEqual(extentAnswer.parse(await json(`${origin}/api/v2/extent`)), { alerts: 0, bytes: 0 })
})

test('facets are counted for what the query leaves', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { facets } = facetsAnswer.parse(
    await json(`${origin}/api/v2/facets?by=priority,rule&q=priority%3DCritical`),
  )
  t.deepEqual(
    facets[0]?.values.map(({ value }) => value),
    ['Critical'],
  )
  const sum = facets[1]?.values.reduce((all, { count }) => all + count, 0)
  t.is(sum, facets[0]?.values[0]?.count)
})

test('neighbours name the process, the pod, the minutes around and the actor, each found by its query', async t => {
  const { origin } = await listen(t, { count: 200 })
  const { pivots } = pivotsAnswer.parse(await json(`${origin}/api/v2/alerts/${idAt(5)}/neighbours`))
  t.deepEqual(
    pivots.map(({ kind }) => kind),
    ['process', 'pod', 'around', 'actor'],
  )
  for (const { query, from, to } of pivots) {
    const search = new URLSearchParams({ q: query, ...(from && { from }), ...(to && { to }), limit: '500' })
    const { alerts } = alertsAnswer.parse(await json(`${origin}/api/v2/alerts?${search}`))
    t.true(alerts.some(({ uuid }) => uuid === idAt(5)))
  }
})

test('names are completed, and the values of facets and fields', async t => {
  const { origin } = await listen(t, { count: 500 })
  const words = async (path: string): Promise<string[]> =>
    wordsAnswer.parse(await json(`${origin}/api/v2/${path}`)).words
  t.true((await words('fields?prefix=k8s')).includes('k8s.ns.name'))
  t.deepEqual(await words('fields/values?name=priority&prefix=crit'), ['Critical'])
  t.deepEqual(await words('fields/values?name=proc.name&prefix=tcpd'), ['tcpdump'])
})

test('the export has every line that matches, as stored', async t => {
  const { origin } = await listen(t, { count: 1203 })
  const response = await fetch(`${origin}/api/v2/export`)
  t.is(response.headers.get('content-disposition'), 'attachment; filename="alerts.jsonl"')
  const lines = (await response.text()).trimEnd().split('\n')
  t.deepEqual(
    lines,
    Array.from({ length: 1203 }, (_, at) => lineAt(at, 1203)),
  )
})

test('an export that nobody reads on gives its place back', async t => {
  const { origin } = await listen(t, { count: 20_000 })
  for (let round = 0; round < 6; round += 1) {
    const leave = new AbortController()
    const response = await fetch(`${origin}/api/v2/export`, { signal: leave.signal })
    t.is(response.status, 200)
    await response.body?.getReader().read()
    leave.abort()
  }
})

test('an envelope is asked for by the ids that match, and refused where the server does not seal', async t => {
  const { origin } = await listen(t, { count: 5, envelope: async ids => Buffer.from(JSON.stringify(ids)) })
  const ids = await json(`${origin}/api/v2/export?format=envelope&q=`)
  t.deepEqual(ids, [0, 1, 2, 3, 4].map(idAt))
  const { origin: without } = await listen(t, { count: 5 })
  t.deepEqual(await refusal(`${without}/api/v2/export?format=envelope`), {
    status: 400,
    code: 'ERR_API_PARAMETER',
  })
})

test('a span is given in nanoseconds or as RFC 3339', async t => {
  const { origin } = await listen(t, { count: 100 })
  const count = async (search: string): Promise<unknown> => json(`${origin}/api/v2/count?${search}`)
  const minute = NEWEST - 60_000_000_000n
  const exact = await count(`from=${minute}`)
  t.deepEqual(exact, await count(`q=from%3D${new Date(Number(minute / 1_000_000n)).toISOString()}`))
  t.deepEqual(await count(`to=${NEWEST - 365n * 86_400_000_000_000n}`), { count: 0, exact: true })
})

for (const [what, search, code] of [
  ['an open quote', 'q=%22open', 'ERR_QUERY_SYNTAX'],
  ['a priority that is none', 'q=priority%3DLoud', 'ERR_QUERY_SYNTAX'],
  ['a page too long', 'limit=501', 'ERR_API_PARAMETER'],
  ['a page of nothing', 'limit=0', 'ERR_API_PARAMETER'],
  ['a query too long', `q=${'a'.repeat(4001)}`, 'ERR_API_PARAMETER'],
  ['too many terms', `q=${'a+'.repeat(65)}`, 'ERR_API_PARAMETER'],
  ['a parameter twice', 'q=a&q=b', 'ERR_API_PARAMETER'],
  ['a time that is none', 'from=yesterday', 'ERR_API_PARAMETER'],
] as const) {
  test(`${what} is refused with 400`, async t => {
    const { origin } = await listen(t)
    t.deepEqual(await refusal(`${origin}/api/v2/alerts?${search}`), { status: 400, code })
  })
}

test('a histogram of more bars than a page has pixels is refused', async t => {
  const { origin } = await listen(t)
  const wanted = { status: 400, code: 'ERR_API_PARAMETER' }
  t.deepEqual(await refusal(`${origin}/api/v2/histogram?buckets=100000`), wanted)
  t.deepEqual(await refusal(`${origin}/api/v2/histogram?by=uuid`), wanted)
})
