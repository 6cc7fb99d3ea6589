// Outputs against the real servers: what was delivered is read back from them.
import { mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect as connectNats } from '@nats-io/transport-node'
import { createClient } from '@redis/client'
import test, { type ExecutionContext } from 'ava'
import { faultOf, folder, HARD_NUMBERS, HARD_TEXT, hardAlert, hardAlerts, opened, patient } from './bench.ts'
import { certificate } from './certificates.ts'
import { findServer, freePort, hasPython, start } from './servers.ts'

async function redisServer(t: ExecutionContext, more: readonly string[] = []): Promise<string | undefined> {
  const program = findServer(t, 'redis-server')
  if (program === undefined) return undefined
  const path = join(folder(t), 'redis.sock')
  await start(
    t,
    program,
    ['--port', '0', '--unixsocket', path, '--save', '', ...more],
    /ready to accept connections/i,
  )
  return path
}

async function redisClient(t: ExecutionContext, path: string) {
  const client = createClient({ socket: { path, tls: false } })
  await client.connect()
  t.teardown(() => client.destroy())
  return client
}

test('redis: a list, a stream and a hash hold each alert byte for byte, in order', async t => {
  const path = await redisServer(t)
  if (path === undefined) return
  const client = await redisClient(t, path)
  const alerts = hardAlerts(600)
  const lines = alerts.map(({ line }) => line)
  const common = { type: 'redis', url: `unix:${path}` }
  await (await opened(t, { ...common, key: 'falco:{priority:lower}' })).deliver(alerts, patient())
  t.deepEqual(await client.lRange('falco:critical', 0, -1), lines)
  await (await opened(t, { ...common, structure: 'stream', key: 's' })).deliver(alerts, patient())
  const entries = await client.xRange('s', '-', '+')
  t.deepEqual(
    entries?.map(({ message }) => message.alert),
    lines,
  )
  const hash = await opened(t, { ...common, structure: 'hash', key: 'h' })
  await hash.deliver(alerts, patient())
  await hash.deliver(alerts, patient())
  t.is(await client.hLen('h'), alerts.length)
})

test('redis: a stream keeps about as many entries as it may', async t => {
  const path = await redisServer(t)
  if (path === undefined) return
  const client = await redisClient(t, path)
  const output = await opened(t, {
    type: 'redis',
    url: `unix:${path}`,
    structure: 'stream',
    key: 's',
    most: 100,
  })
  await output.deliver(hardAlerts(1000), patient())
  const length = await client.xLen('s')
  t.true(length >= 100 && length < 400, String(length))
})

test('redis: a channel’s subscribers get each alert', async t => {
  const path = await redisServer(t)
  if (path === undefined) return
  const client = await redisClient(t, path)
  const alerts = hardAlerts(3)
  const heard: string[] = []
  const all = new Promise<void>(done => {
    void client
      .subscribe('c', line => {
        if (heard.push(line) === alerts.length) done()
      })
      .then(async () =>
        (await opened(t, { type: 'redis', url: `unix:${path}`, structure: 'channel', key: 'c' })).deliver(
          alerts,
          patient(),
        ),
      )
  })
  await all
  t.deepEqual(
    heard,
    alerts.map(({ line }) => line),
  )
})

test('redis: a wrong password is told without it, and a lost connection is opened anew', async t => {
  const path = await redisServer(t, ['--requirepass', 'right-password'])
  if (path === undefined) return
  const wrong = await opened(t, { type: 'redis', url: `unix:${path}`, password: 'wrong-password' })
  const fault = await faultOf(wrong.deliver(hardAlerts(1), patient()))
  t.regex(fault.message, /^redis: .*WRONGPASS/)
  t.notRegex(fault.message, /wrong-password/)
  const right = await opened(t, { type: 'redis', url: `unix:${path}`, password: 'right-password' })
  await right.deliver(hardAlerts(1), patient())
  const client = createClient({ socket: { path, tls: false }, password: 'right-password' })
  await client.connect()
  t.teardown(() => client.destroy())
  await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
  // The first delivery may still meet the connection that was cut; nothing may be there twice.
  await right.deliver(hardAlerts(1), patient()).catch(() => right.deliver(hardAlerts(1), patient()))
  t.is(await client.lLen('falco'), 2)
})

test('redis and nats: TLS with our own certificate', async t => {
  const redis = findServer(t, 'redis-server')
  const { key, cert } = certificate(t)
  const tls = { ca: cert, cert, key }
  const nats = await natsServer(t, ['--tlsverify', '--tlscert', cert, '--tlskey', key, '--tlscacert', cert])
  if (redis === undefined || nats === undefined) return
  const port = await freePort()
  const words = [
    '--tls-cert-file',
    cert,
    '--tls-key-file',
    key,
    '--tls-ca-cert-file',
    cert,
    '--tls-auth-clients',
    'yes',
  ]
  await start(
    t,
    redis,
    ['--port', '0', '--tls-port', String(port), '--save', '', ...words],
    /ready to accept connections/i,
  )
  for (const address of [
    { type: 'redis', url: `rediss://127.0.0.1:${port}` },
    { type: 'nats', servers: nats.replace('nats:', 'tls:') },
  ]) {
    await t.notThrowsAsync(
      (await opened(t, { ...address, tls })).deliver(hardAlerts(2), patient()),
      address.type,
    )
    const fault = await faultOf((await opened(t, address)).deliver(hardAlerts(2), patient()))
    t.true(fault.retry, address.type)
  }
})

test('redis: nobody listening is told, and tried again', async t => {
  const output = await opened(t, { type: 'redis', url: `unix:${join(folder(t), 'none.sock')}` })
  const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
  t.true(fault.retry)
})

async function natsServer(t: ExecutionContext, more: readonly string[] = []): Promise<string | undefined> {
  const program = findServer(t, 'nats-server', 'LANNER_NATS_SERVER')
  if (program === undefined) return undefined
  const words = ['-a', '127.0.0.1', '-p', '-1', '-js', '-sd', folder(t), ...more]
  const { ready, says } = await start(t, program, words, /client connections on (127\.0\.0\.1:\d+)/)
  await says(/Server is ready/)
  return `nats://${ready[1]}`
}

test('nats: subscribers of the subject get each alert with its id', async t => {
  const url = await natsServer(t)
  if (url === undefined) return
  const listener = await connectNats({ servers: url })
  t.teardown(() => listener.close())
  const subscription = listener.subscribe('falco.critical.>', { max: 3 })
  await listener.flush()
  const alerts = hardAlerts(3)
  await (await opened(t, { type: 'nats', servers: url })).deliver(alerts, patient())
  const heard: (readonly string[])[] = []
  for await (const message of subscription)
    heard.push([message.string(), message.headers?.get('Nats-Msg-Id') ?? '', message.subject])
  t.deepEqual(
    heard,
    alerts.map(({ line, id }) => [line, id, 'falco.critical.términal_shell']),
  )
})

test('nats: jetstream keeps each alert once, however often it is delivered', async t => {
  const url = await natsServer(t)
  if (url === undefined) return
  const listener = await connectNats({ servers: url })
  t.teardown(() => listener.close())
  const manager = await jetstreamManager(listener)
  const alerts = hardAlerts(500)
  const output = await opened(t, {
    type: 'nats',
    servers: url,
    jetstream: true,
    subject: 'alerts.{hostname|none}',
  })
  const fault = await faultOf(output.deliver(alerts.slice(0, 1), patient()))
  t.true(fault.retry, 'no stream takes the subject yet')
  await manager.streams.add({ name: 'ALERTS', subjects: ['alerts.>'] })
  await output.deliver(alerts, patient())
  await output.deliver(alerts, patient())
  const { state } = await manager.streams.info('ALERTS')
  t.is(state.messages, alerts.length)
  const last = await manager.streams.getMessage('ALERTS', { seq: alerts.length })
  t.is(last?.string(), alerts.at(-1)?.line)
})

test('nats: a message too large for the server is refused alone', async t => {
  const url = await natsServer(t)
  if (url === undefined) return
  const output = await opened(t, { type: 'nats', servers: url })
  const large = hardAlert({ output: 'x'.repeat(1_100_000) })
  const fault = await faultOf(output.deliver([...hardAlerts(1), large, ...hardAlerts(1)], patient()))
  t.false(fault.retry)
  t.deepEqual([...fault.refused.keys()], [1])
})

test('nats: a wrong token is told without it', async t => {
  const url = await natsServer(t, ['--auth', 'right-token'])
  if (url === undefined) return
  const wrong = await opened(
    t,
    { type: 'nats', servers: url, token: { env: 'T' } },
    { environment: { T: 'wrong-token' } },
  )
  const fault = await faultOf(wrong.deliver(hardAlerts(1), patient()))
  t.true(fault.retry)
  t.notRegex(fault.message, /wrong-token/)
  await t.notThrowsAsync(
    (await opened(t, { type: 'nats', servers: url, token: 'right-token' })).deliver(hardAlerts(1), patient()),
  )
})

/** An rsyslogd that takes TCP and writes what it understood, field by field. */
async function syslogServer(
  t: ExecutionContext,
): Promise<{ readonly port: number; read(count: number): Promise<string[][]> } | undefined> {
  const program = findServer(t, 'rsyslogd')
  if (program === undefined) return undefined
  const directory = folder(t)
  const portFile = join(directory, 'port')
  const out = join(directory, 'out')
  writeFileSync(out, '')
  writeFileSync(
    join(directory, 'rsyslog.conf'),
    [
      'global(maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")',
      'module(load="imtcp")',
      `input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="${portFile}")`,
      'template(name="fields" type="string" string="%syslogfacility-text%\\t%syslogseverity%\\t%timestamp:::date-rfc3339%\\t%hostname%\\t%app-name%\\t%msgid%\\t%structured-data%\\t%msg%\\n")',
      `action(type="omfile" file="${out}" template="fields" asyncWriting="off")`,
      '',
    ].join('\n'),
  )
  const appeared = changed(directory, () => readText(portFile) !== '')
  await start(t, program, ['-n', '-f', join(directory, 'rsyslog.conf'), '-i', join(directory, 'pid')], /^/)
  await appeared
  const rows = () =>
    readText(out)
      .trimEnd()
      .split('\n')
      .filter(line => line !== '')
  const read = async (count: number) => {
    await changed(directory, () => rows().length >= count)
    return rows().map(row => row.split('\t'))
  }
  return { port: Number(readText(portFile)), read }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Resolves once `condition` holds, looked at whenever something in `directory` changes. */
function changed(directory: string, condition: () => boolean): Promise<void> {
  return new Promise(done => {
    const watcher = watch(directory, () => look())
    const look = () => {
      if (!condition()) return
      watcher.close()
      done()
    }
    look()
  })
}

test('syslog: rsyslogd understands each message: facility, severity, time, host, structured data and text', async t => {
  const server = await syslogServer(t)
  if (server === undefined) return
  const alerts = [
    hardAlert({ output: 'two\nlines' }),
    hardAlert({ priority: 'Debug', hostname: null, rule: 'a "b" \\ ]c' }),
  ]
  const output = await opened(t, {
    type: 'syslog',
    host: '127.0.0.1',
    port: server.port,
    facility: 'authpriv',
    format: 'text',
  })
  await output.deliver(alerts, patient())
  const [first, second] = await server.read(2)
  t.deepEqual(first?.slice(0, 6), [
    'authpriv',
    '2',
    '2026-05-29T10:50:08.717141Z',
    'node-?1',
    'falco',
    'alert',
  ])
  t.is(
    first?.[6],
    `[falco@32473 uuid="${alerts[0]?.id}" rule="Términal shell" priority="Critical" source="syscall" hostname="node-ß1"]`,
  )
  t.is(first?.[7]?.trim(), 'two lines')
  t.deepEqual([second?.[1], second?.[3]], ['7', 'test-machine'])
  t.true(second?.[6]?.includes('rule="a \\"b\\" \\\\ \\]c"'))
})

test('syslog: JSON arrives byte for byte over TLS with counted octets, and only from whom is trusted', async t => {
  const server = await syslogServer(t)
  if (server === undefined) return
  const { key, cert } = certificate(t)
  // Debian's rsyslogd has no TLS without a further package: ours ends it and hands on what was inside.
  const front = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, socket => {
    const behind = connect(server.port, '127.0.0.1')
    socket.on('error', () => behind.destroy())
    socket.pipe(behind)
  })
  await new Promise<void>(done => front.listen(0, '127.0.0.1', done))
  t.teardown(() => front.close())
  const { port } = front.address() as { port: number }
  const stranger = await opened(t, { type: 'syslog', host: '127.0.0.1', port, protocol: 'tls' })
  t.regex((await faultOf(stranger.deliver(hardAlerts(1), patient()))).message, /self-signed/)
  const alerts = hardAlerts(200)
  const output = await opened(t, {
    type: 'syslog',
    host: '127.0.0.1',
    port,
    protocol: 'tls',
    tls: { ca: cert },
  })
  await output.deliver(alerts, patient())
  const rows = await server.read(alerts.length)
  t.deepEqual(
    rows.map(row => row[7]?.trim()),
    alerts.map(({ line }) => line),
  )
  await output.close()
})

test('influxdb: v1 gives back text, integers and the nanosecond, one point an alert', async t => {
  const program = findServer(t, 'influxd')
  if (program === undefined) return
  const directory = folder(t)
  for (const part of ['meta', 'data', 'wal']) mkdirSync(join(directory, part))
  const config = join(directory, 'influxdb.conf')
  writeFileSync(
    config,
    `bind-address = "127.0.0.1:0"\nreporting-disabled = true\n[meta]\ndir = "${directory}/meta"\n[data]\ndir = "${directory}/data"\nwal-dir = "${directory}/wal"\n[http]\nbind-address = "127.0.0.1:0"\n`,
  )
  const { ready } = await start(
    t,
    program,
    ['-config', config],
    /Listening on HTTP.* addr=(127\.0\.0\.1:\d+)/,
  )
  const url = `http://${ready[1]}`
  await fetch(`${url}/query`, { method: 'POST', body: new URLSearchParams({ q: 'CREATE DATABASE falco' }) })
  const alerts = [hardAlert(), hardAlert(), hardAlert({ rule: 'other, rule=1 \\' })]
  const output = await opened(t, { type: 'influxdb', url, database: 'falco' })
  await output.deliver(alerts, patient())
  const query = new URLSearchParams({ db: 'falco', epoch: 'ns', q: 'SELECT * FROM falco' })
  const text = await (await fetch(`${url}/query?${query}`)).text()
  const [series] = (
    JSON.parse(text) as { results: [{ series: [{ columns: string[]; values: unknown[][] }] }] }
  ).results[0].series
  const column = (name: string) => series.values.map(row => row[series.columns.indexOf(name)])
  t.deepEqual(column('uuid').sort(), alerts.map(({ id }) => id).sort())
  t.deepEqual(new Set(column('proc.cmdline')), new Set([HARD_TEXT]))
  t.true(text.includes(HARD_NUMBERS['evt.num']) && text.includes('1780051808717141557'))
  t.true(column('rule').includes('other, rule=1 '))
})

test('alertmanager: alerts of the same rule, priority, source and host are one, firing, with the newest annotations', async t => {
  const program = findServer(t, 'prometheus-alertmanager')
  if (program === undefined) return
  const directory = folder(t)
  writeFileSync(join(directory, 'am.yml'), 'route: {receiver: none}\nreceivers: [{name: none}]\n')
  const words = [
    `--config.file=${directory}/am.yml`,
    '--web.listen-address=127.0.0.1:0',
    '--cluster.listen-address=',
    `--storage.path=${directory}/data`,
  ]
  const { ready } = await start(t, program, words, /Listening on" address=(127\.0\.0\.1:\d+)/)
  const url = `http://${ready[1]}`
  const output = await opened(
    t,
    { type: 'alertmanager', url, labels: { team: 'säc', empty: '{k8s.ns.name}' } },
    { now: Date.now },
  )
  const held = hardAlerts(2, { time: new Date(Date.now() - 86_400_000).toISOString() })
  await output.deliver([...held, hardAlert({ rule: 'other', time: new Date().toISOString() })], patient())
  const alerts = (await (await fetch(`${url}/api/v2/alerts`)).json()) as {
    labels: Record<string, string>
    annotations: Record<string, string>
    status: { state: string }
  }[]
  t.is(alerts.length, 2)
  const one = alerts.find(({ labels }) => labels.alertname === 'Términal shell')
  t.deepEqual(one?.labels, {
    alertname: 'Términal shell',
    priority: 'Critical',
    severity: 'critical',
    source: 'syscall',
    hostname: 'node-ß1',
    team: 'säc',
  })
  t.is(one?.annotations.proc_cmdline, HARD_TEXT)
  t.is(one?.annotations.evt_num, HARD_NUMBERS['evt.num'])
  t.is(one?.status.state, 'active')
})

test('s3: an object of the window is there with its lines, under moto', async t => {
  if (!hasPython(t, 'moto.server') || !hasPython(t, 'flask')) return
  const words = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0']
  const { ready } = await start(t, 'python3', words, /Running on (http:\/\/127\.0\.0\.1:\d+)/)
  const endpoint = ready[1] ?? ''
  await fetch(`${endpoint}/evidence`, { method: 'PUT' })
  const alerts = hardAlerts(50)
  const options = {
    type: 's3',
    endpoint,
    bucket: 'evidence',
    compress: false,
    accessKey: 'a',
    secretKey: 'b',
    // So that it can be read back without a signature.
    headers: { 'x-amz-acl': 'public-read' },
  }
  const output = await opened(t, options, { now: Date.now })
  await output.deliver(alerts, patient())
  await output.deliver(alerts, patient())
  const listed = await (await fetch(`${endpoint}/evidence?list-type=2`)).text()
  const keys = [...listed.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key)
  t.deepEqual(keys, [`falco/2026/05/29/10/${alerts[0]?.id}.jsonl`])
  const stored = await (await fetch(`${endpoint}/evidence/${keys[0]}`)).text()
  t.true(stored === alerts.map(({ line }) => `${line}\n`).join(''), stored.slice(0, 500))
})
