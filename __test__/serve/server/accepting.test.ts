// What a sender of alerts is told, and that what it was told is so: the real process over real HTTP.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { alert, ask, lines, receiver, serveBench, uuidOf } from './serving.ts'

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('good alerts are kept among bad ones, and each bad one is named by its line', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(`outputs: {hook: {type: webhook, url: "${out.url}"}}`)
  const server = await bench.start()
  const body = [
    JSON.stringify(alert(1)),
    '{"rule": "no end',
    '',
    JSON.stringify({ ...alert(2), priority: 'Loud' }),
    JSON.stringify(alert(3)),
    '[1]',
  ].join('\r\n')
  const { status, json } = await server.post(body)
  t.is(status, 400)
  t.is(json.accepted, 2)
  t.deepEqual(
    json.refused.map(({ line }: { line: number }) => line),
    [2, 4, 6],
  )
  for (const { code, reason } of json.refused) {
    t.regex(code, /^ERR_[A-Z_]+$/)
    t.true(reason.length > 0)
  }
  await out.until(2)
  t.deepEqual([...out.received].sort(), [uuidOf(1), uuidOf(3)])
})

test('one alert, an array and lines are all accepted, with every digit, wherever they are posted', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(`outputs: {hook: {type: webhook, url: "${out.url}"}}`)
  const server = await bench.start()
  const bodies: [string, number][] = [
    [JSON.stringify(alert(1)), 1],
    [JSON.stringify(alert(2), null, 2), 1],
    [JSON.stringify([alert(3), alert(4)]), 2],
    [lines(5, 2), 2],
  ]
  for (const [body, accepted] of bodies) {
    const answer = await server.post(body, { 'content-type': 'text/plain' }, '/any/path?at=all')
    t.deepEqual([answer.status, answer.json], [202, { accepted }])
  }
  const exact = JSON.stringify(alert(7)).replace(/"evt.num":\d+/, '"evt.num":18446744073709551615')
  t.is((await server.post(exact)).status, 202)
  await out.until(7)
  t.true(out.bodies.some(body => body.includes('18446744073709551615')))
  t.true(out.bodies.every(body => body.includes('prüfen')))
})

test('packed bodies are unpacked within the limit', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(`limits: {body: 1MB}\noutputs: {hook: {type: webhook, url: "${out.url}"}}`)
  const server = await bench.start()
  const packed = { 'content-encoding': 'gzip' }
  t.deepEqual((await server.post(gzipSync(lines(1, 20)), packed)).json, { accepted: 20 })
  const bomb = await server.post(gzipSync(Buffer.alloc(50_000_000, 32)), packed)
  t.deepEqual([bomb.status, bomb.json.error.code], [413, 'ERR_POST_LENGTH'])
  const cut = await server.post(gzipSync(lines(1, 20)).subarray(0, 50), packed)
  t.deepEqual([cut.status, cut.json.error.code], [415, 'ERR_POST_ENCODING'])
  t.is((await server.post(lines(1, 1), { 'content-encoding': 'br' })).status, 415)
  await out.until(20)
})

test('what is too long is refused before it is sent, and memory stays', async t => {
  const bench = serveBench(t)
  bench.config('limits: {body: 1MB}')
  const server = await bench.start()
  const before = residentBytes(server.pid)
  const { hostname, port } = new URL(server.falco)
  const socket = connect(Number(port), hostname)
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  t.regex(answer.toString(), /^HTTP\/1\.1 413 /)
  socket.destroy()
  const sent = await server.post(Buffer.alloc(20_000_000, 32))
  t.deepEqual([sent.status, sent.json.error.code], [413, 'ERR_POST_LENGTH'])
  const chunked = await server.post(Buffer.alloc(20_000_000, 32), { 'transfer-encoding': 'chunked' })
  t.is(chunked.status, 413)
  t.true(residentBytes(server.pid) - before < 60e6)
})

test('nothing is in an empty body', async t => {
  const bench = serveBench(t)
  bench.config('')
  const server = await bench.start()
  for (const body of ['', '\n\n', '[]']) t.is((await server.post(body)).status, 400)
})

test('a sender that posts too much is told when to come again; another is not', async t => {
  const bench = serveBench(t)
  bench.config('limits: {rate: {perSecond: 1, burst: 10}}')
  const server = await bench.start()
  t.is((await server.post(lines(1, 30))).status, 202)
  const refused = await server.post(lines(31, 1))
  t.deepEqual([refused.status, refused.json.error.code], [429, 'ERR_POST_RATE'])
  const wait = Number(refused.headers['retry-after'])
  t.true(wait >= 15 && wait <= 22, String(wait))
})

test('without the token nothing is taken and nothing is told', async t => {
  const bench = serveBench(t)
  bench.config('auth: {token: {env: SERVE_TOKEN}}')
  const server = await bench.start([], { env: { SERVE_TOKEN: 'open sesame'.replace(' ', '-') } })
  const good = { authorization: 'Bearer open-sesame' }
  for (const headers of [{}, { authorization: 'Bearer other' }]) {
    const answer = await server.post(lines(1, 1), headers)
    t.deepEqual([answer.status, answer.json.error.code], [401, 'ERR_POST_TOKEN'])
    t.is(answer.headers['www-authenticate'], 'Bearer')
    t.is((await server.get('/metrics', headers)).status, 401)
  }
  t.is((await server.post(lines(1, 1), good)).status, 202)
  t.is((await server.get('/metrics', good)).status, 200)
  t.deepEqual((await server.get('/healthz')).json, { status: 'ok' })
  t.is((await server.get('/healthz', good)).json.queue.status, 'ok')
})

test('a token that was exchanged in its file opens nothing any more after SIGHUP, the page neither', async t => {
  const bench = serveBench(t)
  bench.write('token', 'first-token\n')
  bench.config('auth: {token: {file: token}}', { store: true })
  // The page is bound anew: its address has to stay.
  const page = `127.0.0.1:${await freePort()}`
  bench.write('lanner.yaml', bench.read('lanner.yaml').replace('listen:', `listen:\n  page: "${page}"`))
  const server = await bench.start()
  const admitted = async (token: string): Promise<number[]> => {
    const headers = { authorization: `Bearer ${token}` }
    const looked = await ask(`http://${page}/api/v2/count`, 'GET', undefined, headers)
    return [(await server.get('/metrics', headers)).status, looked.status]
  }
  t.deepEqual(
    [await admitted('first-token'), await admitted('other-token')],
    [
      [200, 200],
      [401, 401],
    ],
  )
  bench.write('token', 'other-token\n')
  server.child.kill('SIGHUP')
  await server.logged(({ text }) => text.includes('tokens read anew'))
  t.deepEqual(
    [await admitted('first-token'), await admitted('other-token')],
    [
      [401, 401],
      [200, 200],
    ],
  )
  t.is(await server.end(), 0)
})

test('pages in a browser and other methods can’t post', async t => {
  const bench = serveBench(t)
  bench.config('')
  const server = await bench.start()
  t.is((await server.post(lines(1, 1), { origin: 'http://evil.example' })).status, 403)
  t.is((await server.post(lines(1, 1), { 'sec-fetch-site': 'cross-site' })).status, 403)
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const { status, headers } = await ask(`${server.falco}/`, method)
    t.deepEqual([status, headers.allow], [405, 'POST'])
  }
})

test('/test goes the way of every alert; /ping, /readyz, /healthz and /metrics answer', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(`outputs: {hook: {type: webhook, url: "${out.url}"}}`, { store: false })
  const server = await bench.start()
  t.deepEqual((await server.post('', {}, '/test')).json, { accepted: 1 })
  await out.until(1)
  const sent = JSON.parse(out.bodies[0] ?? '')
  t.deepEqual([sent.rule, sent.source, sent.priority], ['Test rule', 'internal', 'Debug'])
  t.is((await server.get('/ping')).text, 'pong\n')
  t.deepEqual((await server.get('/readyz')).json, { ready: true })
  t.is((await server.get('/healthz')).json.status, 'ok')
  await server.post(`${lines(1, 2)}{`)
  await out.until(3)
  const { text, headers } = await server.get('/metrics')
  t.regex(String(headers['content-type']), /^text\/plain; version=0\.0\.4/)
  for (const line of [
    'falcosecurity_falcosidekick_inputs_total{source="requests",status="accepted"} 3',
    'falcosecurity_falcosidekick_inputs_total{source="requests",status="rejected"} 1',
    'falcosecurity_falcosidekick_outputs_total{destination="hook",status="ok"} 3',
    'lanner_queue_depth{consumer="output:hook"} 0',
  ]) {
    t.true(text.includes(`${line}\n`), `${line}\n${text}`)
  }
  t.regex(
    text,
    /falco_events_total\{hostname="node-1",rule="Terminal shell in container",priority="3",priority_raw="notice",source="syscall",k8s_ns_name="",k8s_pod_name=""\} 2\n/,
  )
  t.regex(text, /lanner_accept_seconds_bucket\{listener="falco",le="\+Inf"\} 2\n/)
})

test('a sender that dribbles its head or body is cut off, and holds up nobody', async t => {
  const bench = serveBench(t)
  bench.config('limits: {headerTimeout: 5s, requestTimeout: 6s}')
  const server = await bench.start()
  const { hostname, port } = new URL(server.falco)
  const slow = ['POST / HT', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 90000000\r\n\r\n{'].map(start => {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.write(start)
    const answer: Buffer[] = []
    socket.on('data', chunk => answer.push(chunk))
    return once(socket, 'close').then(() => Buffer.concat(answer).toString())
  })
  t.is((await server.post(lines(1, 1))).status, 202)
  for (const answer of await Promise.all(slow)) t.regex(answer, /^HTTP\/1\.1 408 |^$/)
  t.is((await server.post(lines(2, 1))).status, 202)
})

test('senders that send nothing, or half a request, keep no server from ending', async t => {
  const bench = serveBench(t)
  bench.config('limits: {headerTimeout: 1h, requestTimeout: 1h}')
  const server = await bench.start()
  const port = Number(new URL(server.falco).port)
  for (const sent of ['', 'POST / HTT', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc']) {
    const held = connect(port, '127.0.0.1')
    t.teardown(() => held.destroy())
    held.on('error', () => undefined)
    await once(held, 'connect')
    if (sent !== '') await new Promise(done => held.write(sent, done))
  }
  t.is((await server.get('/readyz')).status, 200)
  t.is(await server.end(), 0)
})

test('a reload changes how many connections there may be', async t => {
  const bench = serveBench(t)
  bench.config('limits: {connections: 1}')
  const server = await bench.start()
  const held = connect(Number(new URL(server.falco).port), '127.0.0.1')
  t.teardown(() => held.destroy())
  await once(held, 'connect')
  // The server hears of connections in their order.
  t.is((await server.get('/readyz')).status, 503)
  bench.write('lanner.yaml', bench.read('lanner.yaml').replace('connections: 1', 'connections: 50'))
  server.child.kill('SIGHUP')
  await server.logged(({ text }) => text === 'configuration taken over')
  t.is((await server.get('/readyz')).status, 200)
  t.is(await server.end(), 0)
})

test('a thousand connections are open at once and all of them can post; too many are told so', async t => {
  const bench = serveBench(t)
  bench.config('limits: {connections: 1000}')
  const server = await bench.start()
  const { hostname, port } = new URL(server.falco)
  const open = async () => {
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return socket
  }
  const before = residentBytes(server.pid)
  const sockets = await Promise.all(Array.from({ length: 1000 }, open))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  const post = async (socket: Awaited<ReturnType<typeof open>>, number: number): Promise<string> => {
    const body = JSON.stringify(alert(number))
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  }
  const answers = await Promise.all(sockets.map(post))
  t.true(answers.every(answer => answer.startsWith('HTTP/1.1 202 ')))
  const crowd = await open()
  t.regex(await post(crowd, 1001), /^HTTP\/1\.1 503 [\s\S]*retry-after: 1[\s\S]*ERR_POST_CONNECTIONS/i)
  crowd.destroy()
  t.true(residentBytes(server.pid) - before < 120e6)
})

function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1000
}
