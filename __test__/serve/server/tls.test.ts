// Who is let in by TLS, by a socket of this machine, and what is added to alerts: the real process, real certificates.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import test from 'ava'
import { lines, receiver, type ServeBench, serveBench } from './serving.ts'

/** A certificate of an authority of the test's own, as `NAME.crt` and `NAME.key`. */
function certify(bench: ServeBench, name: string, by?: string): void {
  const at = (file: string): string => bench.path(file)
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    at(`${name}.key`),
  ]
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  const signed =
    by === undefined
      ? []
      : ['-CA', at(`${by}.crt`), '-CAkey', at(`${by}.key`), '-addext', 'basicConstraints=critical,CA:FALSE']
  const words = ['req', '-x509', ...key, ...subject, ...signed, '-days', '2', '-out', at(`${name}.crt`)]
  const { status, stderr } = spawnSync('openssl', words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

function post(url: string, body: string, tls: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/`, { method: 'POST', agent: false, ...tls }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

test('with a client authority only senders with its certificates are heard', async t => {
  const bench = serveBench(t)
  certify(bench, 'ca')
  certify(bench, 'server', 'ca')
  certify(bench, 'falco', 'ca')
  certify(bench, 'stranger')
  bench.config('tls: {cert: server.crt, key: server.key, clientCa: ca.crt}')
  const server = await bench.start()
  t.regex(server.falco, /^https:/)
  const read = (file: string): Buffer => readFileSync(bench.path(file))
  const ca = read('ca.crt')
  const own = (name: string): object => ({ ca, cert: read(`${name}.crt`), key: read(`${name}.key`) })
  t.is(await post(server.falco, lines(1, 1), own('falco')), 202)
  await t.throwsAsync(post(server.falco, lines(2, 1), { ca }))
  await t.throwsAsync(post(server.falco, lines(3, 1), own('stranger')))
  await t.throwsAsync(post(server.falco.replace('https', 'http'), lines(4, 1), {}))
})

test('a Unix socket takes posts, and one that a crash left is taken over', async t => {
  const bench = serveBench(t)
  bench.write('lanner.yaml', 'listen: {falco: "unix:falco.sock"}\nqueue: {path: queue}\n')
  const send = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const options = { socketPath: bench.path('falco.sock'), method: 'POST', path: '/', agent: false }
      const sent = plainRequest(options, response => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      })
      sent.on('error', reject)
      sent.end(lines(1, 1))
    })
  const first = await bench.start()
  t.is(await send(), 202)
  await first.end('SIGKILL')
  const second = await bench.start()
  t.is(await send(), 202)
  t.is(await second.end(), 0)
})

test('a file of somebody’s under the name of a socket is not removed, and ends the start', async t => {
  const bench = serveBench(t)
  bench.write('lanner.yaml', 'listen: {falco: "unix:notes.txt"}\nqueue: {path: queue}\n')
  bench.write('notes.txt', 'precious\n')
  const failed = await t.throwsAsync(bench.start())
  t.regex(failed?.message ?? '', /ended with 3[\s\S]*what is there is no socket \(ERR_LISTEN_ADDRESS\)/)
  t.is(bench.read('notes.txt'), 'precious\n')
})

test('certificates that are none, or of another key, end the start with the files’ names and 2', async t => {
  const bench = serveBench(t)
  certify(bench, 'mine')
  certify(bench, 'other')
  bench.write('text.crt', 'no certificate\n')
  for (const [cert, key] of [
    ['text.crt', 'mine.key'],
    ['mine.crt', 'other.key'],
    ['mine.crt', 'text.crt'],
  ]) {
    bench.config(`tls: {cert: ${cert}, key: ${key}}`)
    const failed = await t.throwsAsync(bench.start())
    t.regex(failed?.message ?? '', new RegExp(`ended with 2[^]*${cert}[^]*${key}[^]*ERR_LISTEN_TLS`))
  }
})

test('an address that is taken ends the start with the reason', async t => {
  const bench = serveBench(t)
  bench.config('')
  const server = await bench.start()
  const other = serveBench(t)
  other.write('lanner.yaml', `listen: {falco: "${new URL(server.falco).host}"}\nqueue: {path: queue}\n`)
  const failed = await t.throwsAsync(other.start())
  t.regex(failed?.message ?? '', /ended with 3[\s\S]*ERR_LISTEN_ADDRESS[\s\S]*another program listens there/)
  t.is(await server.end(), 0)
})

test('configured fields and tags are in every alert that lacks them, and a reload changes them', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(
    `fields: {env: prod, proc.name: never}\ntags: [eu, shell]\noutputs: {hook: {type: webhook, url: "${out.url}"}}`,
  )
  const server = await bench.start()
  await server.post(lines(1, 1))
  await out.until(1)
  bench.write('lanner.yaml', bench.read('lanner.yaml').replace('env: prod', 'env: test'))
  await server.logged(({ text }) => text === 'configuration taken over')
  await server.post(lines(2, 1))
  await out.until(2)
  const [first, second] = out.bodies.map(body => JSON.parse(body))
  t.like(first.output_fields, { env: 'prod', 'proc.name': 'bash' })
  t.is(second.output_fields.env, 'test')
  t.deepEqual([...first.tags].sort(), ['container', 'eu', 'shell'])
})

test('routes decide what goes to which output', async t => {
  const bench = serveBench(t)
  const [urgent, rest] = [await receiver(t), await receiver(t)]
  bench.config(`outputs:
  urgent: {type: webhook, url: "${urgent.url}"}
  rest: {type: webhook, url: "${rest.url}"}
routes:
  - {priority: warning, outputs: [urgent], continue: false}
  - {outputs: [rest]}`)
  const server = await bench.start()
  await server.post(lines(1, 3) + lines(4, 2, { priority: 'Critical' }))
  await Promise.all([urgent.until(2), rest.until(3)])
  t.is(await server.end(), 0)
  t.deepEqual([urgent.received.length, rest.received.length], [2, 3])
})
