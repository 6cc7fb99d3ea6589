// The HTTP client by way of the webhook: bodies, faults, redirects, secrets, and portions with one bad alert among them.
import test from 'ava'
import { faultOf, hardAlert, hardAlerts, opened, patient, sink } from './bench.ts'

test('a webhook gets the canonical line of each alert, one a request', async t => {
  const receiver = await sink(t)
  const alerts = hardAlerts(2)
  const output = await opened(t, {
    type: 'webhook',
    url: `${receiver.url}/in?x=1`,
    headers: { 'X-Own': 'yes' },
  })
  await output.deliver(alerts, patient())
  t.deepEqual(
    receiver.received.map(({ text }) => text),
    alerts.map(({ line }) => line),
  )
  const [first] = receiver.received
  t.is(first?.method, 'POST')
  t.is(first?.path, '/in?x=1')
  t.is(first?.headers['content-type'], 'application/json; charset=utf-8')
  t.is(first?.headers['x-own'], 'yes')
})

test('a webhook sends arrays and lines, compressed, cut as `batch` says', async t => {
  const receiver = await sink(t)
  const alerts = hardAlerts(5)
  const common = { type: 'webhook', url: receiver.url, batch: { alerts: 2 }, compress: 'gzip' }
  await (await opened(t, { ...common, format: 'array', method: 'PUT' })).deliver(alerts, patient())
  await (await opened(t, { ...common, format: 'ndjson' })).deliver(alerts, patient())
  t.deepEqual(
    receiver.received.slice(0, 3).map(({ text }) => text),
    [alerts.slice(0, 2), alerts.slice(2, 4), alerts.slice(4)].map(
      few => `[${few.map(({ line }) => line).join(',')}]`,
    ),
  )
  t.is(
    receiver.received
      .slice(3)
      .map(({ text }) => text)
      .join(''),
    alerts.map(({ line }) => `${line}\n`).join(''),
  )
  t.is(receiver.received[0]?.method, 'PUT')
})

test('a webhook’s body can be made by a template', async t => {
  const receiver = await sink(t)
  const output = await opened(t, {
    type: 'webhook',
    url: receiver.url,
    body: '{{"text": {output:json}, "n": {evt.num}, "host": "{hostname|none}"}',
  })
  await output.deliver([hardAlert({ hostname: null, output: 'a "b" 日本' })], patient())
  t.is(receiver.received[0]?.text, '{"text": "a \\"b\\" 日本", "n": 9223372036854775807, "host": "none"}')
})

test('500 is tried again, 4xx is not, and 429 says when, in seconds or as a date', async t => {
  const now = Date.UTC(2026, 0, 1)
  const cases = [
    { status: 500, headers: {}, retry: true, after: undefined },
    { status: 503, headers: { 'retry-after': '7' }, retry: true, after: 7000 },
    {
      status: 429,
      headers: { 'retry-after': new Date(now + 90_000).toUTCString() },
      retry: true,
      after: 90_000,
    },
    { status: 408, headers: {}, retry: true, after: undefined },
    { status: 404, headers: { 'retry-after': '7' }, retry: false, after: undefined },
    { status: 400, headers: {}, retry: false, after: undefined },
  ]
  for (const { status, headers, retry, after } of cases) {
    const receiver = await sink(t, () => ({ status, headers, body: 'no\u001b[31m thanks' }))
    const output = await opened(t, { type: 'webhook', url: receiver.url }, { now: () => now })
    const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
    t.is(fault.retry, retry, String(status))
    t.is(fault.after, after, String(status))
    t.is(fault.message, `${receiver.url} answered ${status}: no [31m thanks`)
    t.is(fault.refused.size, retry ? 0 : 1)
  }
})

test('a fault in the middle says how many alerts are done', async t => {
  const receiver = await sink(t, (_, number) => ({ status: number === 2 ? 400 : number === 4 ? 500 : 200 }))
  const output = await opened(t, { type: 'webhook', url: receiver.url })
  const fault = await faultOf(output.deliver(hardAlerts(6), patient()))
  t.true(fault.retry)
  t.is(fault.done, 3)
  t.deepEqual([...fault.refused.keys()], [1])
})

test('one alert that is refused does not cost the others of its request', async t => {
  const bad = [3, 7, 8]
  const receiver = await sink(t, ({ text }) => ({
    status: bad.some(n => text.includes(`alert ${n} `)) ? 422 : 200,
  }))
  const output = await opened(t, {
    type: 'webhook',
    url: receiver.url,
    format: 'array',
    batch: { alerts: 100 },
  })
  const alerts = hardAlerts(10)
  const fault = await faultOf(output.deliver(alerts, patient()))
  t.false(fault.retry)
  t.deepEqual([...fault.refused.keys()].sort(), bad)
  const through = receiver.received
    .filter(({ text }) => !bad.some(n => text.includes(`alert ${n} `)))
    .flatMap(({ text }) => JSON.parse(text))
  t.is(through.length, 7)
})

test('a receiver that refuses who sends gets one request, and all alerts are refused', async t => {
  const receiver = await sink(t, () => ({ status: 401 }))
  const output = await opened(t, {
    type: 'webhook',
    url: receiver.url,
    format: 'array',
    batch: { alerts: 100 },
  })
  const fault = await faultOf(output.deliver(hardAlerts(5), patient()))
  t.is(fault.refused.size, 5)
  t.is(receiver.received.length, 1)
})

test('a receiver that hangs is given up when the signal comes', async t => {
  const receiver = await sink(t, () => undefined)
  const output = await opened(t, { type: 'webhook', url: receiver.url })
  const stop = new AbortController()
  const delivery = faultOf(output.deliver(hardAlerts(1), stop.signal))
  await receiver.arrived(1)
  stop.abort(new DOMException('late', 'TimeoutError'))
  const fault = await delivery
  t.true(fault.retry)
  t.is(fault.message, `${receiver.url} took too long`)
})

test('nobody listening is tried again', async t => {
  const output = await opened(t, { type: 'webhook', url: 'http://127.0.0.1:1/secret-path-of-mine' })
  const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
  t.true(fault.retry)
  t.is(fault.message, 'http://127.0.0.1:1: connection refused')
})

test('a redirect is followed on the same origin with its body, and nowhere else', async t => {
  const elsewhere = await sink(t)
  const receiver = await sink(t, ({ path }) => {
    if (path === '/moved') return { status: 307, headers: { location: '/in' } }
    if (path === '/away') return { status: 308, headers: { location: `${elsewhere.url}/` } }
    return path === '/found' ? { status: 302, headers: { location: '/in' } } : {}
  })
  const [alert] = hardAlerts(1)
  const deliver = async (path: string) => {
    const output = await opened(t, { type: 'webhook', url: `${receiver.url}${path}` })
    await output.deliver(alert === undefined ? [] : [alert], patient())
  }
  await deliver('/moved')
  t.is(receiver.received.at(-1)?.text, alert?.line)
  t.false((await faultOf(deliver('/away'))).retry)
  t.false((await faultOf(deliver('/found'))).retry)
  t.is(elsewhere.received.length, 0)
})

test('no message shows a token, a password or the path of an address, even if the receiver repeats them', async t => {
  const receiver = await sink(t, ({ path, headers }) => ({
    status: 403,
    body: `no: ${path} ${headers.authorization} ${headers['x-plain']} ${JSON.stringify('pä"ss word')}`,
  }))
  const output = await opened(
    t,
    {
      type: 'webhook',
      url: { env: 'HOOK' },
      headers: { Authorization: 'Bearer in-the-config', 'x-plain': { env: 'PLAIN' } },
    },
    {
      environment: {
        HOOK: `${receiver.url}/services/T000/abcdefghijklmnop?sig=querytoken`,
        PLAIN: 'pä"ss word',
      },
    },
  )
  const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
  t.notRegex(fault.message + fault.refused.get(0), /abcdefghijklmnop|querytoken|in-the-config|ss word/)
  t.regex(fault.message, /answered 403: no: /)
  t.is(fault.cause, undefined)
})

test('a secret that is not there is a fault of the configuration, by name', async t => {
  await t.throwsAsync(opened(t, { type: 'webhook', url: { env: 'NOT_SET' } }), {
    code: 'ERR_CONFIG_SECRET',
    message: /NOT_SET/,
  })
  await t.throwsAsync(opened(t, { type: 'webhook', url: { file: '/no/such/file' } }), {
    code: 'ERR_CONFIG_SECRET',
  })
  await t.throwsAsync(
    opened(t, { type: 'webhook', url: { env: 'URL' } }, { environment: { URL: 'ftp://x/' } }),
    {
      code: 'ERR_CONFIG_URL',
    },
  )
})
