// What goes wrong around the server: it is killed, outputs fail in every way, the configuration is broken, the disk is full.
// Nothing that was accepted is lost, and nobody is held up by another's trouble.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { lanner } from '../../cli/lanner.ts'
import { ask, lines, receiver, type Serving, serveBench, uuidOf } from './serving.ts'

const ROUNDS = process.env.LANNER_SOAK === '1' ? 50 : 3

/** Posts batches until the server is gone; the numbers of what was acknowledged. */
async function load(server: Serving, from: number): Promise<number[]> {
  const acknowledged: number[] = []
  for (let number = from; ; number += 20) {
    const answer = await server.post(lines(number, 20)).catch(() => undefined)
    if (answer === undefined) return acknowledged
    if (answer.status === 202) for (let at = 0; at < 20; at += 1) acknowledged.push(number + at)
  }
}

test(`killed ${ROUNDS} times at random moments under load, nothing that was acknowledged is lost`, async t => {
  t.timeout(30 * 60_000)
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(
    `outputs:\n  hook: {type: webhook, url: "${out.url}"}\n  lines: {type: file, path: out.jsonl}`,
    {
      store: true,
      page: true,
    },
  )
  const acknowledged: number[] = []
  let next = 1
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await bench.start()
    const loading = [load(server, next), load(server, next + 1_000_000)]
    const answered = 5 + Math.floor(Math.random() * 60)
    await out.until(new Set(out.received).size + answered)
    server.child.kill('SIGKILL')
    acknowledged.push(...(await Promise.all(loading)).flat())
    await server.end('SIGKILL')
    next += 10_000_000
  }
  const drained = await bench.start(['--stop-after', '5m'])
  t.is(await drained.end(), 0)
  const last = await bench.start()
  const { json } = await ask(`${last.page}/api/v1/events/count`, 'GET')
  t.is(await last.end(), 0)
  // What was taken and not acknowledged may be there besides.
  t.true(json.statistics.all >= acknowledged.length)
  const delivered = new Set(out.received)
  const written = bench.read('out.jsonl')
  t.true(acknowledged.length > 0)
  t.deepEqual(
    acknowledged.filter(number => !delivered.has(uuidOf(number))),
    [],
  )
  const inFile = new Set([...written.matchAll(/"uuid":\s*"([^"]+)"/g)].map(([, id]) => id))
  t.deepEqual(
    acknowledged.filter(number => !inFile.has(uuidOf(number))),
    [],
  )
})

test('an output that fails, hangs or is slow holds up no other, and gets everything in order once it is well', async t => {
  const bench = serveBench(t)
  const [broken, hanging, well] = [await receiver(t), await receiver(t), await receiver(t)]
  const retry = 'retry: {first: 50ms, most: 200ms}'
  bench.config(`outputs:
  broken: {type: webhook, url: "${broken.url}", ${retry}}
  hanging: {type: webhook, url: "${hanging.url}", timeout: 300ms, ${retry}}
  gone: {type: webhook, url: "http://127.0.0.1:1/", ${retry}}
  well: {type: webhook, url: "${well.url}"}`)
  broken.behave(() => 500)
  hanging.behave(() => undefined)
  const server = await bench.start()
  t.is((await server.post(lines(1, 50))).status, 202)
  await well.until(50)
  t.deepEqual(
    well.received,
    Array.from({ length: 50 }, (_, at) => uuidOf(at + 1)),
  )
  t.deepEqual([broken.received, hanging.received], [[], []])
  const health = (await server.get('/healthz')).json
  t.is(health.status, 'degraded')
  await server.logged(line => line.output === 'gone')
  t.is((await server.get('/healthz')).json.outputs.gone.status, 'failing')
  broken.behave(() => 200)
  hanging.behave(() => 200)
  await Promise.all([broken.until(50), hanging.until(50)])
  t.deepEqual(broken.received, well.received)
  t.deepEqual([...new Set(hanging.received)], well.received)
  await server.logged(line => line.text === 'output is well again' && line.output === 'broken')
})

test('a stop delivers what was accepted, a second signal waits for nothing', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(`outputs: {hook: {type: webhook, url: "${out.url}", retry: {first: 100ms, most: 100ms}}}`)
  const first = await bench.start(['--stop-after', '5m'])
  t.is((await first.post(lines(1, 300))).status, 202)
  t.is(await first.end(), 0)
  t.is(new Set(out.received).size, 300)
  out.behave(() => 500)
  const second = await bench.start(['--stop-after', '1h'])
  t.is((await second.post(lines(301, 5))).status, 202)
  await second.logged(line => line.output === 'hook')
  second.child.kill('SIGTERM')
  await second.logged(({ text }) => text === 'stopping')
  const late = await second.post(lines(400, 1)).catch(() => undefined)
  t.not(late?.status, 202)
  t.is(await second.end('SIGINT'), 0)
  out.behave(() => 200)
  const third = await bench.start()
  await out.until(305)
  t.is(await third.end(), 0)
})

test('a broken configuration is told and the old one goes on; a good one is taken over whole', async t => {
  const bench = serveBench(t)
  const [before, after] = [await receiver(t), await receiver(t)]
  bench.config(`outputs: {hook: {type: webhook, url: "${before.url}"}}`)
  const server = await bench.start()
  const good = readFileSync(bench.path('lanner.yaml'), 'utf8')
  writeFileSync(bench.path('lanner.yaml'), `${good}\nroutes: [{match: "rule =", outputs: [hook]}]\n`)
  server.child.kill('SIGHUP')
  await server.logged(({ level, text }) => level === 'error' && text.includes('the old one stays'))
  const health = (await server.get('/healthz')).json
  t.deepEqual([health.status, health.config.status], ['degraded', 'failing'])
  t.regex(health.config.message, /lanner\.yaml:\d+:\d+: routes\[0\]\.match/)
  await server.post(lines(1, 1))
  await before.until(1)
  // No signal this time: the change of the file is enough.
  writeFileSync(bench.path('lanner.yaml'), good.replace(before.url, after.url))
  await server.logged(({ text }) => text === 'configuration taken over')
  t.is((await server.get('/healthz')).json.status, 'ok')
  await server.post(lines(2, 1))
  await after.until(1)
  t.deepEqual([before.received, after.received], [[uuidOf(1)], [uuidOf(2)]])
  writeFileSync(
    bench.path('lanner.yaml'),
    readFileSync(bench.path('lanner.yaml'), 'utf8').replace('{path: queue}', '{path: other}'),
  )
  server.child.kill('SIGHUP')
  await server.logged(({ text }) => text.includes('needs a restart'))
})

test('a start that fails forgets nothing that waits for an output, and names the output it fails for', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  out.behave(() => 500)
  const hook = `hook: {type: webhook, url: "${out.url}"}`
  bench.config(`outputs: {${hook}}`)
  const server = await bench.start()
  t.is((await server.post(lines(1, 3))).status, 202)
  await server.end('SIGKILL')
  bench.config('outputs: {chat: {type: slack, url: {env: NOT_SET_ANYWHERE}}}')
  const failed = await t.throwsAsync(bench.start())
  t.regex(failed?.message ?? '', /output `chat`: environment variable `NOT_SET_ANYWHERE` is not set/)
  out.behave(() => 200)
  bench.config(`outputs: {${hook}}`)
  const again = await bench.start()
  await out.until(3)
  t.is(await again.end(), 0)
})

test('an output that a reload takes away is told with what waited for it', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  out.behave(() => 500)
  bench.config(`outputs: {hook: {type: webhook, url: "${out.url}"}, kept: {type: prometheus}}`)
  const server = await bench.start()
  t.is((await server.post(lines(1, 3))).status, 202)
  bench.config('outputs: {kept: {type: prometheus}}')
  server.child.kill('SIGHUP')
  const told = await server.logged(({ text }) => text.startsWith('output is no longer configured'))
  t.deepEqual([told.level, told.output, told.depth], ['warn', 'hook', 3])
  t.is(await server.end(), 0)
})

test('on a full disk nothing is acknowledged that is not kept; once there is room it goes on', async t => {
  const mount = ['unshare', '--user', '--map-root-user', '--mount']
  const able = spawnSync(mount[0] ?? '', [
    ...mount.slice(1),
    'mount',
    '-t',
    'tmpfs',
    '-o',
    'size=4m',
    'none',
    '/mnt',
  ])
  if (able.status !== 0) {
    t.log('skipped: no file system can be mounted here')
    t.pass()
    return
  }
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.write('small/.keep', '')
  bench.config(`outputs: {hook: {type: webhook, url: "${out.url}"}}`)
  const yaml = bench.read('lanner.yaml').replace('{path: queue}', '{path: small/queue}')
  bench.write('lanner.yaml', yaml)
  const script = `mount -t tmpfs -o size=6m none ${bench.path('small')} && exec "$@"`
  const server = await bench.start([], { within: [...mount, 'sh', '-c', script, 'sh'] })
  out.behave(() => undefined)
  const acknowledged: number[] = []
  let refused: Awaited<ReturnType<Serving['post']>> | undefined
  for (let number = 1; refused === undefined && number < 100_000; number += 100) {
    const answer = await server.post(lines(number, 100))
    if (answer.status === 202) for (let at = 0; at < 100; at += 1) acknowledged.push(number + at)
    else refused = answer
  }
  t.is(refused?.status, 503)
  t.regex(refused?.json.error.code, /^ERR_QUEUE_(?:WRITE|FULL)$/)
  t.true(Number(refused?.headers['retry-after']) > 0)
  t.true(acknowledged.length > 1000)
  t.is((await server.get('/healthz')).status, refused?.json.error.code === 'ERR_QUEUE_WRITE' ? 503 : 200)
  out.behave(() => 200)
  await out.until(acknowledged.length)
  const delivered = new Set(out.received)
  t.deepEqual(
    acknowledged.filter(number => !delivered.has(uuidOf(number))),
    [],
  )
})

test('what a receiver refuses for good is kept, and goes out once somebody asks for it', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(`outputs: {hook: {type: webhook, url: "${out.url}"}}`)
  out.behave((_, body) => (body.includes(uuidOf(2)) ? 422 : 200))
  const server = await bench.start()
  t.is((await server.post(lines(1, 3))).status, 202)
  await out.until(2)
  const queue = (...words: string[]) =>
    lanner(['serve', 'queue', ...words, '--config', bench.path('lanner.yaml')])
  const told = await server.logged(({ text }) => text.startsWith('alerts given up'))
  t.deepEqual([told.level, told.output, told.count], ['warn', 'hook', 1])
  let listed = await queue('list', '--format', 'json')
  while (listed.stdout.length === 0) listed = await queue('list', '--format', 'json')
  const [letter] = listed.stdout
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.deepEqual([letter.output, letter.uuid, letter.due], ['hook', uuidOf(2), false])
  t.true(listed.stdout.includes('9007199254740002'))
  t.regex(letter.error, /422/)
  t.is((await queue('retry')).code, 2)
  out.behave(() => 200)
  t.is((await queue('retry', '--output', 'hook')).stdout.toString(), '1 to be tried again\n')
  await out.until(3)
  t.deepEqual(out.received, [1, 3, 2].map(uuidOf))
  out.behave(() => 400)
  await server.post(lines(4, 1))
  let one = await queue('list')
  while (!one.stdout.includes(uuidOf(4))) one = await queue('list')
  const [id = ''] = one.stdout.toString().split(' ')
  t.is((await queue('drop', id)).stdout.toString(), '1 dropped\n')
  t.is((await queue('list')).stdout.toString(), '')
})

test('a body of 100 MB is accepted whole, and one that is longer costs nothing', async t => {
  const bench = serveBench(t)
  bench.config('', { store: false })
  const server = await bench.start()
  const padding = 'x'.repeat(20_000)
  const piece = Buffer.from(lines(1, 49, { output: padding }))
  const count = Math.floor(100e6 / piece.length)
  const body = Buffer.concat(Array.from({ length: count }, () => piece))
  const before = memoryOf(server.pid)
  const answer = await server.post(body)
  t.deepEqual([answer.status, answer.json], [202, { accepted: 49 * count }])
  const grown = memoryOf(server.pid) - before
  t.log(`${Math.round(body.length / 1e6)} MB posted, memory grew by ${Math.round(grown / 1e6)} MB at most`)
  t.true(grown < 3 * body.length)
  t.is((await server.post(Buffer.concat([body, piece, piece]))).status, 413)
})

test('every window of what was received is sealed, and the chain verifies', async t => {
  const bench = serveBench(t)
  t.is((await lanner(['keygen', '-o', bench.path('key.pem')])).code, 0)
  bench.config('seal: {key: key.pem, directory: windows, alerts: 10}')
  const server = await bench.start()
  for (let from = 1; from < 40; from += 10) t.is((await server.post(lines(from, 10))).status, 202)
  t.is(await server.end(), 0)
  const windows = readdirSync(bench.path('windows')).filter(name => /^window-\d+\.json$/.test(name))
  t.true(windows.length >= 4, windows.join())
})

test('windows that can’t be sealed are told by /healthz until one is', async t => {
  const bench = serveBench(t)
  await lanner(['keygen', '-o', bench.path('seal.pem')])
  bench.write('windows', 'a file where the folder should be')
  bench.config('seal: {key: seal.pem, directory: windows, every: 300ms}')
  const server = await bench.start()
  await server.logged(({ text }) => text.includes("windows can't be sealed"))
  const health = (await server.get('/healthz')).json
  t.deepEqual([health.status, health.seal.status], ['degraded', 'failing'])
  t.regex(health.seal.message, /windows/)
  rmSync(bench.path('windows'))
  await server.logged(({ text }) => text === 'window sealed')
  t.deepEqual((await server.get('/healthz')).json.seal, { status: 'ok' })
  t.is(await server.end(), 0)
})

test('a server that keeps few windows leaves a chain that verifies and says what it pruned', async t => {
  const bench = serveBench(t)
  t.is((await lanner(['keygen', '-o', bench.path('key.pem')])).code, 0)
  bench.config('seal: {key: key.pem, directory: windows, alerts: 10, retention: {size: 1B}}')
  const server = await bench.start()
  for (let from = 1; from < 40; from += 10) t.is((await server.post(lines(from, 10))).status, 202)
  t.is(await server.end(), 0)
  const words = ['verify', '--chain', bench.path('windows'), '-k', bench.path('key.pub.pem'), '-o', 'json']
  const { code, stdout } = await lanner(words)
  t.is(code, 0)
  const report = JSON.parse(stdout.toString())
  t.like(report, { passed: true, windows: 1, leftover: [] })
  t.is(report.pruned.number, report.head.number - 1)
})

/** The most that was resident. */
function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1000
}
