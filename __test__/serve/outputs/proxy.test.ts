// Outputs over HTTP behind a proxy: which one is taken, what goes through it, and what becomes of alerts when it fails. Started by ava.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { isExempt } from '../../../src/serve/outputs/no-proxy.ts'
import { faultOf, hardAlerts, opened, patient, sink } from './bench.ts'
import { certificate } from './certificates.ts'
import { proxy } from './proxies.ts'

const HOOK = 'https://hooks.test/services/T000/abcdefghijklmnop'

/** A receiver over TLS that calls itself `hooks.test`, which only a proxy can resolve. */
async function secureSink(
  t: ExecutionContext,
): Promise<{ readonly port: number; readonly ca: string; readonly received: string[] }> {
  const { key, cert } = certificate(t, ['hooks.test'])
  const received: string[] = []
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    let text = ''
    request
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .on('end', () => {
        received.push(text)
        response.end()
      })
  })
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, ca: cert, received }
}

test('HTTPS goes through a tunnel, its certificate checked against the name, and the tunnel is kept', async t => {
  const receiver = await secureSink(t)
  const through = await proxy(t, {
    routes: { 'hooks.test:443': receiver.port, 'other.test:443': receiver.port },
  })
  const alerts = hardAlerts(3)
  const tls = { ca: receiver.ca }
  const output = await opened(t, { type: 'webhook', url: HOOK, tls, proxy: through.url })
  await output.deliver(alerts, patient())
  t.deepEqual(
    receiver.received,
    alerts.map(({ line }) => line),
  )
  t.deepEqual(through.asked, [{ method: 'CONNECT', target: 'hooks.test:443', authorization: undefined }])
  const deliver = async (url: string, more: object): Promise<string> => {
    const other = await opened(t, { type: 'webhook', url, proxy: through.url, ...more })
    const fault = await faultOf(other.deliver(alerts, patient()))
    t.true(fault.retry)
    return fault.message
  }
  t.regex(await deliver(HOOK, {}), /^https:\/\/hooks\.test through http:\/\/127\.0\.0\.1:\d+: self-signed/)
  t.regex(await deliver('https://other.test/', { tls }), /altnames/)
  t.is(receiver.received.length, 3)
})

test('plain HTTP is relayed by whole address, and an answer of the receiver is the receiver’s', async t => {
  const receiver = await sink(t, (_, number) => ({ status: number === 2 ? 400 : 200 }))
  const through = await proxy(t, { routes: { 'plain.test:8080': Number(new URL(receiver.url).port) } })
  const url = 'http://plain.test:8080/in?x=1'
  const output = await opened(t, { type: 'webhook', url, proxy: through.url })
  const alerts = hardAlerts(3)
  const fault = await faultOf(output.deliver(alerts, patient()))
  t.deepEqual([...fault.refused.keys()], [1])
  t.deepEqual(
    receiver.received.map(({ text, path, headers }) => [text, path, headers.host]),
    alerts.map(({ line }) => [line, '/in?x=1', 'plain.test:8080']),
  )
  t.deepEqual(new Set(through.asked.map(({ target }) => target)), new Set([url]))
})

test('a login is a reference or part of the address, and appears in no message', async t => {
  const receiver = await secureSink(t)
  const login = `Basic ${Buffer.from('lanner:p@ss word').toString('base64')}`
  const through = await proxy(t, { routes: { 'hooks.test:443': receiver.port }, login })
  const options = { type: 'webhook', url: HOOK, tls: { ca: receiver.ca } }
  const environment = { WHO: 'lanner', PASS: 'p@ss word', WRONG: 'wrong word', WHOLE: '' }
  environment.WHOLE = `http://lanner:p%40ss%20word@127.0.0.1:${through.port}`
  for (const named of [
    { url: through.url, user: { env: 'WHO' }, password: { env: 'PASS' } },
    { env: 'WHOLE' },
    environment.WHOLE,
  ]) {
    const output = await opened(t, { ...options, proxy: named }, { environment })
    await output.deliver(hardAlerts(1), patient())
  }
  t.is(receiver.received.length, 3)
  t.true(through.asked.every(({ authorization }) => authorization === login))
  const refused = { url: through.url, user: 'lanner', password: { env: 'WRONG' } }
  const output = await opened(t, { ...options, proxy: refused }, { environment })
  const { retry, message } = await faultOf(output.deliver(hardAlerts(1), patient()))
  t.true(retry, 'a wrong login loses nothing')
  t.regex(message, /: the proxy answered 407$/)
  const plain = await opened(
    t,
    { type: 'webhook', url: 'http://plain.test/', proxy: refused },
    { environment },
  )
  t.true((await faultOf(plain.deliver(hardAlerts(1), patient()))).retry)
})

test('a proxy may be spoken to over TLS, under its own authority', async t => {
  const receiver = await secureSink(t)
  const { key, cert } = certificate(t)
  const plain = await sink(t)
  const routes = { 'hooks.test:443': receiver.port, 'plain.test:80': Number(new URL(plain.url).port) }
  const through = await proxy(t, { routes, tls: { key: readFileSync(key), cert: readFileSync(cert) } })
  const options = { type: 'webhook', url: HOOK, tls: { ca: receiver.ca } }
  await (await opened(t, { ...options, proxy: { url: through.url, ca: cert } })).deliver(
    hardAlerts(1),
    patient(),
  )
  t.is(receiver.received.length, 1)
  const named = { url: through.url.replace('127.0.0.1', 'localhost'), ca: cert }
  await (await opened(t, { ...options, url: 'http://plain.test/', proxy: named })).deliver(
    hardAlerts(1),
    patient(),
  )
  t.is(plain.received.length, 1)
  const distrusted = await opened(t, { ...options, proxy: through.url })
  t.regex((await faultOf(distrusted.deliver(hardAlerts(1), patient()))).message, /self-signed/)
})

test('a proxy that is down, or can’t reach the receiver, is tried again, and what waited goes once it is back', async t => {
  const receiver = await secureSink(t)
  const manners = { routes: { 'hooks.test:443': receiver.port } }
  const first = await proxy(t, manners)
  const options = { type: 'webhook', tls: { ca: receiver.ca }, proxy: first.url }
  const output = await opened(t, { ...options, url: HOOK })
  await output.deliver(hardAlerts(1), patient())
  await first.stop()
  const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
  t.true(fault.retry)
  t.regex(fault.message, /through http:\/\/127\.0\.0\.1:\d+: (?:connection refused|the connection was cut)$/)
  await proxy(t, manners, first.port)
  await output.deliver(hardAlerts(1), patient())
  t.is(receiver.received.length, 2)
  const nowhere = await opened(t, { ...options, url: 'https://nowhere.test/' })
  const unreached = await faultOf(nowhere.deliver(hardAlerts(1), patient()))
  t.true(unreached.retry)
  t.regex(unreached.message, /the proxy answered 502/)
})

test('the environment’s proxy is taken by scheme and in either case, unless the output names one or none', async t => {
  const receiver = await secureSink(t)
  const plain = await sink(t)
  const routes = { 'hooks.test:443': receiver.port, 'plain.test:80': Number(new URL(plain.url).port) }
  const [secure, lower, own] = [
    await proxy(t, { routes }),
    await proxy(t, { routes }),
    await proxy(t, { routes }),
  ]
  const environment = {
    HTTPS_PROXY: secure.url,
    http_proxy: `127.0.0.1:${lower.port}`,
    HTTP_PROXY: 'http://127.0.0.1:1',
  }
  const deliver = async (url: string, more: object = {}, variables: Record<string, string> = environment) => {
    const written = { type: 'webhook', url, tls: { ca: receiver.ca }, ...more }
    const output = await opened(t, written, { environment: variables })
    await output.deliver(hardAlerts(1), patient())
  }
  await deliver(HOOK)
  t.is(secure.asked.length, 1)
  await deliver('http://plain.test/')
  t.is(lower.asked.length, 1)
  await deliver(HOOK, { proxy: own.url })
  t.is(own.asked.length, 1)
  await deliver(plain.url, { proxy: 'none' })
  await deliver(plain.url)
  t.deepEqual([secure.asked.length, lower.asked.length], [1, 1], 'this machine needs no proxy')
  const straight = { ...environment, NO_PROXY: 'example.org, .test' }
  t.regex(
    (await faultOf(deliver(HOOK, {}, straight))).message,
    /^https:\/\/hooks\.test: no such host|getaddrinfo/,
  )
  await deliver(HOOK, { proxy: own.url }, straight)
  t.is(own.asked.length, 2, 'NO_PROXY speaks of the environment’s proxy')
})

test('a proxy that is no http or https address is a fault before the first delivery', async t => {
  const environment = { HTTPS_PROXY: 'socks5://127.0.0.1:1080', WRONG: 'ftp://user:hidden-word@x/' }
  await t.throwsAsync(opened(t, { type: 'webhook', url: HOOK }, { environment }), {
    code: 'ERR_CONFIG_PROXY',
    message: /`HTTPS_PROXY` is no address of an http or https proxy/,
  })
  await t.notThrowsAsync(opened(t, { type: 'webhook', url: HOOK, proxy: 'none' }, { environment }))
  const fault = await t.throwsAsync(
    opened(t, { type: 'webhook', url: HOOK, proxy: { env: 'WRONG' } }, { environment }),
  )
  t.notRegex(fault.message, /hidden-word/)
  await t.throwsAsync(opened(t, { type: 'webhook', url: HOOK, proxy: 'socks5://x' }), {
    message: /expected none, or/,
  })
  await t.throwsAsync(opened(t, { type: 'webhook', url: HOOK, proxy: { url: 'http://x', user: 'a' } }), {
    message: /go together/,
  })
})

test('NO_PROXY names hosts as Go reads it', t => {
  const cases: readonly (readonly [url: string, list: string, exempt: boolean])[] = [
    ['https://example.com/', 'example.com', true],
    ['https://a.b.example.com/', 'example.com', true],
    ['https://badexample.com/', 'example.com', false],
    ['https://example.com/', '.example.com', false],
    ['https://a.example.com/', '.example.com', true],
    ['https://a.example.com/', '*.example.com', true],
    ['https://A.Example.COM/', 'x.org, EXAMPLE.com', true],
    ['https://example.com./', 'example.com', true],
    ['https://example.com:8443/', 'example.com:443', false],
    ['https://example.com/', 'example.com:443', true],
    ['http://example.com/', 'example.com:443', false],
    ['https://anything.org/', '*', true],
    ['https://10.1.2.3/', '10.0.0.0/8', true],
    ['https://11.1.2.3/', '10.0.0.0/8', false],
    ['https://10.1.2.3/', '10.1.2.3', true],
    ['https://10.1.2.33/', '10.1.2.3', false],
    ['https://[2001:db8::7]/', '2001:db8::/32', true],
    ['https://[2001:db8::7]/', '[2001:db8::7]:443', true],
    ['https://[2001:db8::7]/', '2001:db8:0::7', true],
    ['https://name.org/', '10.0.0.0/8 name.org', true],
    ['https://name.org/', '300.0.0.0/8,10.0.0.0/99,/,,:', false],
    ['https://127.8.8.8/', '', true],
    ['https://[::1]:9000/', '', true],
    ['https://localhost/', '', true],
    ['https://localhost.example.com/', '', false],
  ]
  for (const [url, list, exempt] of cases) t.is(isExempt(new URL(url), list), exempt, `${url} by \`${list}\``)
})
