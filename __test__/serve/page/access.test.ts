// Who may look, and what a browser can't be talked into: tokens, cookies, proxies, names, other sites, headers.
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import test from 'ava'
import { Secret } from '../../../src/envelope/secret.ts'
import { listen } from './listening.ts'

const TOKEN = 'a token with ünicode'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** As any program asks: `fetch` decides on Host and Origin itself. */
function ask(
  address: string,
  headers: Record<string, string> = {},
  { method = 'GET', body = '' } = {},
): Promise<Answer> {
  return new Promise((done, failed) => {
    const sent = request(address, { method, headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', failed)
    sent.end(body)
  })
}

async function logIn(origin: string, token: string): Promise<Answer> {
  return ask(`${origin}/api/v2/session`, {}, { method: 'POST', body: JSON.stringify({ token }) })
}

const bearer = (token: string): Record<string, string> => ({
  authorization: `Bearer ${Buffer.from(token).toString('latin1')}`,
})

test('without a token everyone on loopback may look', async t => {
  const { origin } = await listen(t)
  t.is((await ask(`${origin}/api/v2/extent`)).status, 200)
})

test('with a token nothing of alerts is told without it', async t => {
  const { origin } = await listen(t, { token: 'secret', count: 3 })
  const paths = [
    'alerts',
    'count',
    'facets',
    'histogram',
    'extent',
    'fields',
    'fields/values',
    'export',
    'tail',
  ]
  for (const path of paths.map(name => `/api/v2/${name}`)) t.is((await ask(origin + path)).status, 401, path)
  for (const path of ['search', 'count', 'count/rule']) {
    t.is((await ask(`${origin}/api/v1/events/${path}`)).status, 401, path)
  }
  for (const path of ['config', 'outputs', 'version'])
    t.is((await ask(`${origin}/api/v1/${path}`)).status, 401, path)
  for (const path of ['/', '/api/v1/', '/api/v1/events/add']) {
    t.is((await ask(origin + path, {}, { method: 'POST', body: '{}' })).status, 401, path)
  }
})

test('the token opens as bearer and as Basic password, a wrong one does not', async t => {
  const { origin } = await listen(t, { token: 'secret' })
  const basic = (pair: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
  })
  t.is((await ask(`${origin}/api/v2/extent`, bearer('secret'))).status, 200)
  t.is((await ask(`${origin}/api/v2/extent`, bearer('Secret'))).status, 401)
  t.is((await ask(`${origin}/api/v2/extent`, basic('admin:secret'))).status, 200)
  t.is((await ask(`${origin}/api/v2/extent`, basic('admin:admin'))).status, 401)
})

test('a login gives a cookie that scripts and other sites do not get, and that opens', async t => {
  const { origin } = await listen(t, { token: TOKEN })
  const { status, headers } = await logIn(origin, TOKEN)
  t.is(status, 204)
  const [cookie = ''] = headers['set-cookie'] as string[]
  t.regex(cookie, /; HttpOnly; SameSite=Strict$/)
  t.false(cookie.includes('token'))
  const [pair = ''] = cookie.split(';')
  t.is((await ask(`${origin}/api/v2/extent`, { cookie: pair })).status, 200)
  const session = await ask(`${origin}/api/v2/session`, { cookie: pair })
  t.like(JSON.parse(session.body.toString()), { open: true, by: 'token' })
})

test('each of several tokens opens, until it is taken away', async t => {
  const [one, two] = [new Secret('one'), new Secret('two')]
  const { origin } = await listen(t, { tokens: [one, two] })
  t.is((await ask(`${origin}/api/v2/extent`, bearer('one'))).status, 200)
  const { headers } = await logIn(origin, 'two')
  const [pair = ''] = (headers['set-cookie'] as string[])[0]?.split(';') ?? []
  t.is((await ask(`${origin}/api/v2/extent`, { cookie: pair })).status, 200)
  const { origin: later } = await listen(t, { tokens: [one] })
  t.is((await ask(`${later}/api/v2/extent`, { cookie: pair })).status, 401)
})

test('a cookie with one character changed, run out, or of another token does not open', async t => {
  let now = Date.UTC(2026, 10, 21)
  const { origin } = await listen(t, { token: 'one', now: () => now })
  const { headers } = await logIn(origin, 'one')
  const [pair = ''] = (headers['set-cookie'] as string[])[0]?.split(';') ?? []
  const opens = async (cookie: string): Promise<number> =>
    (await ask(`${origin}/api/v2/extent`, { cookie })).status
  t.is(await opens(pair), 200)
  t.is(await opens(pair.slice(0, -1) + (pair.endsWith('A') ? 'B' : 'A')), 401)
  t.is(await opens(pair.replace(/=(\d)/, (_, digit: string) => `=${(Number(digit) + 1) % 10}`)), 401)
  const { origin: other } = await listen(t, { token: 'two', now: () => now })
  t.is((await ask(`${other}/api/v2/extent`, { cookie: pair })).status, 401)
  now += 13 * 3_600_000
  t.is(await opens(pair), 401)
})

test('guessing the token is slowed down', async t => {
  let now = 0
  const { origin } = await listen(t, { token: 'secret', now: () => now })
  const statuses: number[] = []
  for (let guess = 0; guess < 11; guess += 1) statuses.push((await logIn(origin, `guess ${guess}`)).status)
  t.deepEqual(statuses, [...new Array<number>(10).fill(401), 429])
  t.is((await logIn(origin, 'secret')).status, 429)
  now += 61_000
  t.is((await logIn(origin, 'secret')).status, 204)
})

test('a proxy is believed from its addresses only', async t => {
  const proxy = { header: 'x-forwarded-user', from: ['127.0.0.0/8'] }
  const { origin } = await listen(t, { proxy })
  const named = await ask(`${origin}/api/v2/session`, { 'x-forwarded-user': 'eva' })
  t.like(JSON.parse(named.body.toString()), { open: true, by: 'proxy', user: 'eva' })
  t.is((await ask(`${origin}/api/v2/extent`)).status, 401)
  const { origin: other } = await listen(t, { proxy: { ...proxy, from: ['10.0.0.0/8'] } })
  t.is((await ask(`${other}/api/v2/extent`, { 'x-forwarded-user': 'eva' })).status, 401)
})

test('without a token the page answers only under names of loopback, or those allowed', async t => {
  const { origin } = await listen(t, { hosts: ['lanner.example'] })
  const status = async (host: string): Promise<number> =>
    (await ask(`${origin}/api/v2/extent`, { host })).status
  t.deepEqual(
    await Promise.all(['localhost:1', '[::1]:1', '127.0.0.1', 'lanner.example'].map(status)),
    [200, 200, 200, 200],
  )
  t.deepEqual(await Promise.all(['evil.example', 'evil.example:2802'].map(status)), [421, 421])
})

test('a change that another site asks for is refused', async t => {
  const { origin } = await listen(t)
  const add = async (headers: Record<string, string>): Promise<number> => {
    const body = JSON.stringify({
      event: { rule: 'r', priority: 'Debug', time: '2026-01-01T00:00:00Z' },
      outputs: [],
    })
    return (await ask(`${origin}/api/v1/events/add`, headers, { method: 'POST', body })).status
  }
  t.is(await add({}), 200)
  t.is(await add({ origin }), 200)
  t.is(await add({ origin: 'https://evil.example' }), 403)
  t.is(await add({ origin: 'null' }), 403)
  t.is(await add({ 'sec-fetch-site': 'cross-site' }), 403)
})

test('the page comes packed or plain, is asked for anew by its tag, and its policy names what is inside by hash', async t => {
  const { origin } = await listen(t, { token: 'secret' })
  const packed = await ask(`${origin}/`, { 'accept-encoding': 'gzip, br' })
  const plain = await ask(`${origin}/`)
  t.deepEqual(gunzipSync(packed.body), plain.body)
  t.is((await ask(`${origin}/`, { 'if-none-match': String(plain.headers.etag) })).status, 304)
  const policy = String(plain.headers['content-security-policy'])
  t.notRegex(policy, /unsafe|\*|http/)
  const [, script = ''] = /<script type="module">([\s\S]*)<\/script>/.exec(plain.body.toString()) ?? []
  t.true(policy.includes(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`))
})

test('every answer, refusals too, carries the headers that protect', async t => {
  const { origin } = await listen(t, { token: 'secret' })
  for (const path of ['/', '/api/v2/extent', '/api/v2/session', '/nothing']) {
    const { headers } = await ask(origin + path)
    t.is(headers['x-content-type-options'], 'nosniff', path)
    t.is(headers['referrer-policy'], 'no-referrer', path)
    t.true(String(headers['content-security-policy']).includes("frame-ancestors 'none'"), path)
  }
})
