// falcosidekick-ui's interface under /api/v1, as its clients use it.
import test from 'ava'
import { listen } from './listening.ts'
import { idAt, lineAt } from './made-alerts.ts'

const EVENT = {
  uuid: '22222222-0000-4000-8000-000000000001',
  output: '12:00:00.0: Warning Soubor „žluťoučký kůň“ otevřen 🐴',
  priority: 'Warning',
  rule: 'Read sensitive file untrusted',
  time: '2026-11-21T12:00:00.123456789Z',
  source: 'syscall',
  tags: ['filesystem'],
  output_fields: { 'proc.name': '猫' },
}

async function post(origin: string, path: string, body: string): Promise<Response> {
  return fetch(origin + path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
}

async function json(address: string): Promise<Record<string, unknown>> {
  return (await fetch(address)).json() as Promise<Record<string, unknown>>
}

for (const path of ['/', '/api/v1/', '/api/v1/events/add']) {
  test(`what falcosidekick posts to ${path} is found, letters of every script kept`, async t => {
    const { origin } = await listen(t)
    const response = await post(origin, path, JSON.stringify({ event: EVENT, outputs: ['webui'] }))
    t.is(response.status, 200)
    t.is(await response.json(), '{}')
    const { results } = await json(`${origin}/api/v1/events/search`)
    t.deepEqual(results, [EVENT])
  })
}

test('digits beyond a double survive', async t => {
  const { origin, store } = await listen(t)
  const event = JSON.stringify(EVENT).replace('"猫"', '1795291200123456789')
  t.is((await post(origin, '/', `{"event":${event},"outputs":[]}`)).status, 200)
  t.regex((await store.get(EVENT.uuid)) ?? '', /"proc\.name":1795291200123456789/)
})

for (const body of ['', '{', '[]', '{"event":{}}', '{"outputs":[]}', '{"event":[],"outputs":[]}']) {
  test(`the body ${JSON.stringify(body)} is refused with 400`, async t => {
    const { origin } = await listen(t)
    t.is((await post(origin, '/api/v1/events/add', body)).status, 400)
  })
}

test('searching pages by number, newest first', async t => {
  const { origin } = await listen(t, { count: 1100 })
  const page = async (number: number, limit: number): Promise<unknown[]> =>
    (await json(`${origin}/api/v1/events/search?page=${number}&limit=${limit}`)).results as unknown[]
  const ids = (results: unknown[]): unknown[] => results.map(result => (result as { uuid: string }).uuid)
  t.deepEqual(ids(await page(1, 3)), [0, 1, 2].map(idAt))
  t.deepEqual(ids(await page(0, 3)), [0, 1, 2].map(idAt))
  t.deepEqual(ids(await page(2, 3)), [3, 4, 5].map(idAt))
  t.deepEqual(
    ids(await page(3, 500)),
    Array.from({ length: 100 }, (_, at) => idAt(1000 + at)),
  )
  t.deepEqual(ids(await page(1, 1100)).length, 1100)
  t.deepEqual(await page(9, 500), [])
})

test('counts are by facet and of all', async t => {
  const { origin } = await listen(t, { count: 400 })
  t.deepEqual(await json(`${origin}/api/v1/events/count`), { statistics: { all: 400 } })
  const { results, statistics } = await json(`${origin}/api/v1/events/count/priority?priority=critical,Error`)
  const counts = results as Record<string, number>
  t.deepEqual(Object.keys(counts).sort(), ['Critical', 'Error'])
  t.deepEqual(statistics, { distincts: 2, all: (counts.Critical ?? 0) + (counts.Error ?? 0) })
  t.is((await fetch(`${origin}/api/v1/events/count/uuid`)).status, 400)
})

test('filters narrow, `null` and nothing stand for all', async t => {
  const { origin } = await listen(t, { count: 400 })
  const all = async (search: string): Promise<unknown> =>
    ((await json(`${origin}/api/v1/events/count?${search}`)).statistics as { all: number }).all
  t.is(await all('source=null&priority=&filter=null&since='), 400)
  t.is(await all('source=aws_cloudtrail'), 0)
  t.true(Number(await all('filter=tcpd')) > 0)
  t.true(Number(await all('since=1d')) < Number(await all('since=1w')))
  t.is(await all('since=1y'), 400)
  t.is((await fetch(`${origin}/api/v1/events/count?since=soon`)).status, 400)
})

test('pretty lays out over lines and changes nothing else', async t => {
  const { origin } = await listen(t, { count: 2 })
  const text = await (await fetch(`${origin}/api/v1/events/search?pretty=true`)).text()
  t.true(text.split('\n').length > 20)
  const flat = text.replace(/\n */g, '').replaceAll('": ', '":')
  t.true(flat.includes(lineAt(1, 2)))
})

test('version, outputs, configuration, health and login are answered', async t => {
  const { origin } = await listen(t, {
    token: 'secret',
    outputs: () => ['slack'],
    configuration: () => ({ 'listen-port': 2802 }),
  })
  const basic = (password: string): RequestInit => ({
    headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
  })
  const answer = async (path: string): Promise<unknown> =>
    (await fetch(origin + path, basic('secret'))).json()
  t.deepEqual(await answer('/api/v1/outputs'), ['slack'])
  t.deepEqual(await answer('/api/v1/configuration'), { 'listen-port': 2802 })
  t.is(((await answer('/api/v1/version')) as { gitVersion: string }).gitVersion, '0.0.0-test')
  t.deepEqual(await json(`${origin}/api/v1/healthz`), { status: 'ok' })
  const logIn = async (password: string): Promise<unknown> =>
    (await fetch(`${origin}/api/v1/authenticate`, { method: 'POST', ...basic(password) })).json()
  t.is(await logIn('secret'), 'authorized')
  t.is(await logIn('admin'), 'unauthorized')
})
