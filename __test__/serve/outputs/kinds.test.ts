// What single kinds promise beyond the laws of all: labels, keys, order, answers item by item, and messages of syslog and CEF.
import { createSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import { cefText } from '../../../src/serve/outputs/cef.ts'
import { Opening } from '../../../src/serve/outputs/opening.ts'
import { DeliveryFault } from '../../../src/serve/outputs/output.ts'
import { deliverPortions, RefusedPortion } from '../../../src/serve/outputs/portions.ts'
import { openPrometheus, prometheusSchema } from '../../../src/serve/outputs/prometheus.ts'
import { syslogMessage } from '../../../src/serve/outputs/syslog-message.ts'
import { faultOf, HARD_TEXT, hardAlert, hardAlerts, opened, patient, sink } from './bench.ts'
import { influxFields } from './sinks.ts'

const BULK = { type: 'elasticsearch', index: 'Falco-{priority:lower}' }
const item = (status: number, reason = 'why') => ({
  create: { status, ...(status < 300 ? {} : { error: { type: 'x', reason } }) },
})
const bulk = (...statuses: number[]) => ({
  body: JSON.stringify({
    errors: statuses.some(status => status > 299),
    items: statuses.map(status => item(status)),
  }),
})

test('elasticsearch: a document that is there already counts as delivered', async t => {
  const receiver = await sink(t, () => bulk(201, 409))
  const output = await opened(t, { ...BULK, url: receiver.url })
  await t.notThrowsAsync(output.deliver(hardAlerts(2), patient()))
  t.regex(receiver.received[0]?.text ?? '', /^\{"create":\{"_index":"falco-critical","_id":"/)
})

test('elasticsearch: documents with faults are refused by their place, the others are delivered', async t => {
  const receiver = await sink(t, () => bulk(201, 400, 201, 404))
  const fault = await faultOf(
    (await opened(t, { ...BULK, url: receiver.url })).deliver(hardAlerts(4), patient()),
  )
  t.false(fault.retry)
  t.deepEqual([...fault.refused.keys()], [1, 3])
  t.regex(fault.refused.get(1) ?? '', /400 for the document: x why/)
})

test('elasticsearch: one document it had no time for is tried again, and what was refused stays refused', async t => {
  const receiver = await sink(t, () => bulk(201, 400, 429))
  const fault = await faultOf(
    (await opened(t, { ...BULK, url: receiver.url })).deliver(hardAlerts(3), patient()),
  )
  t.true(fault.retry)
  t.deepEqual([...fault.refused.keys()], [1])
})

test('elasticsearch: an answer that is none is tried again', async t => {
  const receiver = await sink(t, () => ({ body: '<html>a proxy</html>' }))
  const fault = await faultOf(
    (await opened(t, { ...BULK, url: receiver.url })).deliver(hardAlerts(1), patient()),
  )
  t.true(fault.retry)
})

test('kafka: records are refused or tried again as the proxy says of each, in both protocols', async t => {
  const v2 = await sink(t, () => ({
    body: JSON.stringify({
      offsets: [
        { offset: 1 },
        { error_code: 1, error: 'bad' },
        { error_code: 2, error: 'busy' },
        { offset: 2 },
      ],
    }),
  }))
  const options = { type: 'kafka', topic: 't' }
  const first = await faultOf(
    (await opened(t, { ...options, url: v2.url })).deliver(hardAlerts(4), patient()),
  )
  t.deepEqual([first.retry, first.done, [...first.refused.keys()]], [true, 2, [1]])
  const v3 = await sink(t, () => ({
    body: '{"error_code":200,"x":"}{"}\n{"error_code":40002,"message":"bad"}{"error_code":200}',
  }))
  const more = { version: 'v3', cluster: 'c' }
  const second = await faultOf(
    (await opened(t, { ...options, ...more, url: v3.url })).deliver(hardAlerts(3), patient()),
  )
  t.deepEqual([second.retry, [...second.refused.keys()]], [false, [1]])
})

test('portions that are no runs of the alerts: what waits behind a failure is given again', async t => {
  const portions = [
    [{ index: 0, text: 'a' }],
    [
      { index: 1, text: 'b' },
      { index: 5, text: 'f' },
    ],
    [{ index: 2, text: 'c' }],
  ]
  const sent: number[] = []
  const fault = await faultOf(
    deliverPortions(portions, async portion => {
      if (portion.length > 1) throw new RefusedPortion('one is bad', { retry: false })
      const index = portion[0]?.index ?? 0
      if (index === 5) throw new DeliveryFault('gone', { retry: true })
      sent.push(index)
    }),
  )
  t.deepEqual(sent, [0, 1])
  t.deepEqual([fault.retry, fault.done], [true, 2])
})

test('kafka: brokers without the client are a fault of the configuration that names it', async t => {
  const error = await t.throwsAsync(opened(t, { type: 'kafka', topic: 't', brokers: ['127.0.0.1:9092'] }))
  t.like(error, { code: 'ERR_CONFIG_KAFKA_CLIENT' })
  t.regex(error?.message ?? '', /@platformatic\/kafka/)
})

test('otlp: records that were rejected are refused with the receiver’s reason, and not sent again', async t => {
  const receiver = await sink(t, () => ({
    body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}',
  }))
  const fault = await faultOf(
    (await opened(t, { type: 'otlp', url: receiver.url })).deliver(hardAlerts(2), patient()),
  )
  t.false(fault.retry)
  t.is(fault.refused.size, 2)
  t.regex(fault.message, /rejected 1 of 2, it does not say which: too old/)
})

test('otlp: a number that neither an integer of 64 bits nor a double can be stays a text', async t => {
  const receiver = await sink(t)
  const fields = { huge: '1e400', large: '18446744073709551616', usual: '1.50' }
  await (await opened(t, { type: 'otlp', url: receiver.url })).deliver([hardAlert({ fields })], patient())
  const text = receiver.received[0]?.text ?? ''
  t.true(text.includes('{"key":"huge","value":{"stringValue":"1e400"}}'), text)
  t.true(text.includes('{"key":"large","value":{"stringValue":"18446744073709551616"}}'), text)
  t.true(text.includes('{"key":"usual","value":{"doubleValue":1.50}}'), text)
})

test('otlp: severity, time and every field are in the record', async t => {
  const receiver = await sink(t)
  await (await opened(t, { type: 'otlp', url: receiver.url })).deliver(
    [hardAlert({ priority: 'Error' })],
    patient(),
  )
  const { resourceLogs } = JSON.parse(receiver.received[0]?.text ?? '') as {
    resourceLogs: [
      {
        resource: { attributes: object[] }
        scopeLogs: [{ logRecords: [{ attributes: { key: string; value: object }[] }] }]
      },
    ]
  }
  const [record] = resourceLogs[0].scopeLogs[0].logRecords
  t.like(record, { severityNumber: 17, severityText: 'Error', timeUnixNano: '1780051808717141556' })
  const value = (name: string) => record.attributes.find(({ key }) => key === name)?.value
  t.deepEqual(value('evt.num'), { intValue: '9223372036854775807' })
  t.deepEqual(value('proc.cmdline'), { stringValue: HARD_TEXT })
  t.deepEqual(value('falco.tags'), {
    arrayValue: { values: [{ stringValue: 'container' }, { stringValue: 'mitre_execution' }] },
  })
  t.deepEqual(resourceLogs[0].resource.attributes.at(-1), {
    key: 'host.name',
    value: { stringValue: 'node-ß1' },
  })
})

test('loki: alerts of the same labels share a stream, in the order of time', async t => {
  const receiver = await sink(t, () => ({ status: 204 }))
  const times = ['2026-05-29T10:50:08.3Z', '2026-05-29T10:50:08.1Z', '2026-05-29T12:50:08.2+02:00']
  const alerts = [...times.map(time => hardAlert({ time })), hardAlert({ priority: 'Debug' })]
  await (await opened(t, { type: 'loki', url: receiver.url, template: '{time}' })).deliver(alerts, patient())
  const { streams } = JSON.parse(receiver.received[0]?.text ?? '') as { streams: { values: string[][] }[] }
  t.is(streams.length, 2)
  t.deepEqual(
    streams[0]?.values.map(([, line]) => line),
    [times[1], times[2], times[0]],
  )
})

test('pagerduty: severity is the alert’s, and alerts of the same rule and host have the same key', async t => {
  const receiver = await sink(t, () => ({ status: 202 }))
  const output = await opened(t, { type: 'pagerduty', url: receiver.url, routingKey: 'k'.repeat(32) })
  const alerts = [
    hardAlert({ priority: 'Warning' }),
    hardAlert({ priority: 'Emergency' }),
    hardAlert({ rule: 'x'.repeat(300) }),
  ]
  await output.deliver(alerts, patient())
  const events = receiver.received.map(
    ({ text }) => JSON.parse(text) as { dedup_key: string; payload: { severity: string } },
  )
  t.deepEqual(
    events.map(({ payload }) => payload.severity),
    ['warning', 'critical', 'critical'],
  )
  t.is(events[0]?.dedup_key, events[1]?.dedup_key)
  t.regex(events[2]?.dedup_key ?? '', /^[0-9a-f]{64}$/)
})

test('slack: an alert can neither mention a channel nor hide a link', async t => {
  const receiver = await sink(t)
  const text = '<!channel> <https://evil.example|bank> & *bold*'
  await (await opened(t, { type: 'slack', url: receiver.url })).deliver(
    [hardAlert({ output: text })],
    patient(),
  )
  t.regex(
    receiver.received[0]?.text ?? '',
    /&lt;!channel&gt; &lt;https:\/\/evil\.example\|bank&gt; &amp; \*bold\*/,
  )
})

test('discord: mentions are off, and Markdown in an alert is escaped', async t => {
  const receiver = await sink(t)
  const output = await opened(t, { type: 'discord', url: `${receiver.url}/api/webhooks/1/abcdefghijklmnop` })
  await output.deliver([hardAlert({ output: '@everyone [bank](https://evil.example)' })], patient())
  const { path, text } = receiver.received[0] ?? { path: '', text: '' }
  t.is(path, '/api/webhooks/1/abcdefghijklmnop?wait=true')
  const message = JSON.parse(text) as { allowed_mentions: object; embeds: { description: string }[] }
  t.deepEqual(message.allowed_mentions, { parse: [] })
  t.regex(message.embeds[0]?.description ?? '', /\\\[bank\\\]\(/)
})

test('influxdb: two alerts of one series and nanosecond are two points', async t => {
  const receiver = await sink(t, () => ({ status: 204 }))
  const output = await opened(t, {
    type: 'influxdb',
    url: receiver.url,
    database: 'd',
    tags: { rule: '{rule}' },
  })
  await output.deliver([hardAlert(), hardAlert(), hardAlert({ rule: 'other' })], patient())
  const lines = (receiver.received[0]?.text ?? '').split('\n').map(influxFields)
  t.deepEqual(
    lines.map(({ time }) => time.slice(-2)),
    ['56', '57', '56'],
  )
})

test('influxdb: any text comes back out of the line protocol', async t => {
  const receiver = await sink(t, () => ({ status: 204 }))
  const output = await opened(t, { type: 'influxdb', url: receiver.url, database: 'd', tags: {} })
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async text => {
      await output.deliver(
        [hardAlert({ output: text, fields: { 'a b,c=d': JSON.stringify(text) } })],
        patient(),
      )
      const { fields } = influxFields(receiver.received.at(-1)?.text ?? '')
      return fields.get('output') === text && fields.get('a b,c=d') === text
    }),
    { numRuns: 50 },
  )
  t.pass()
})

test('alertmanager: every member of a cluster is told, and one that fails means again', async t => {
  const well = await sink(t)
  const ill = await sink(t, (_, number) => ({ status: number === 1 ? 503 : 200 }))
  const output = await opened(t, {
    type: 'alertmanager',
    url: [well.url, `${ill.url}/prefix/`],
    severities: { Critical: 'page' },
  })
  t.true((await faultOf(output.deliver(hardAlerts(1), patient()))).retry)
  await output.deliver(hardAlerts(1), patient())
  t.deepEqual([well.received.length, ill.received.length], [2, 2])
  t.is(ill.received[0]?.path, '/prefix/api/v2/alerts')
  t.regex(well.received[0]?.text ?? '', /"severity":"page"/)
})

test('prometheus: each alert is counted under its labels', async t => {
  const counted: Readonly<Record<string, string>>[] = []
  const context = {
    name: 'm',
    machine: 'x',
    environment: {},
    directory: '/',
    now: Date.now,
    matched: (labels: Record<string, string>) => counted.push(labels),
  }
  const config = prometheusSchema.parse({ type: 'prometheus', labels: { ns: '{k8s.ns.name|none}' } })
  await (await openPrometheus(config, new Opening(context))).deliver(hardAlerts(2), patient())
  t.deepEqual(counted[1], { ns: 'none', rule: 'Términal shell', priority: 'Critical', source: 'syscall' })
})

/** Takes RFC 6587's counted messages apart. */
function counted(bytes: Buffer): string[] {
  const messages: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at)
    const length = Number(bytes.subarray(at, space).toString())
    messages.push(bytes.subarray(space + 1, space + 1 + length).toString('utf8'))
    at = space + 1 + length
  }
  return messages
}

const MESSAGE =
  /^<(\d+)>1 (\S+) ([\x21-\x7e]+) falco - alert \[falco@32473((?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")+)\] (.*)$/su

test('syslog: every alert makes a message that RFC 5424 can take apart again', t => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 })
  const head = { facility: 16, app: 'falco', machine: 'm', now: 0 }
  const unescaped = (value: string) => value.replace(/\\(["\\\]])/g, '$1')
  fc.assert(
    fc.property(text, text, text, (rule, hostname, output) => {
      const found = MESSAGE.exec(syslogMessage(hardAlert({ rule, hostname, output }), output, head))
      const oneLine = (value: string) => value.replace(/[\r\n]+/g, ' ')
      const shown = / rule="((?:[^"\\]|\\.)*)"/su.exec(found?.[4] ?? '')?.[1] ?? ''
      return found?.[1] === '130' && found[5] === oneLine(output) && unescaped(shown) === oneLine(rule)
    }),
  )
  t.pass()
})

test('syslog: a connection that the server ends is opened anew', async t => {
  const sockets: Socket[] = []
  let bytes = Buffer.alloc(0)
  let come: (() => void) | undefined
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('data', chunk => {
      bytes = Buffer.concat([bytes, chunk])
      come?.()
    })
  })
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const [first, second] = hardAlerts(2)
  const output = await opened(t, { type: 'syslog', host: '127.0.0.1', port })
  const arrived = (count: number) =>
    new Promise<void>(done => {
      come = () =>
        counted(bytes).length >= count &&
        bytes.toString().includes(count === 1 ? (first?.id ?? '') : (second?.id ?? '')) &&
        done()
      come()
    })
  await output.deliver(first === undefined ? [] : [first], patient())
  await arrived(1)
  const ended = new Promise(done => sockets[0]?.once('close', done))
  sockets[0]?.end()
  await ended
  await output.deliver(second === undefined ? [] : [second], patient())
  await arrived(2)
  t.deepEqual(
    counted(bytes).map(message => message.slice(message.indexOf('] {') + 2)),
    [first?.line, second?.line],
  )
  await output.close()
  for (const socket of sockets) socket.destroy()
})

test('syslog: nobody listening is tried again', async t => {
  const output = await opened(t, { type: 'syslog', host: '127.0.0.1', port: 1 })
  const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
  t.is(fault.message, 'syslog 127.0.0.1:1: connection refused')
  t.true(fault.retry)
})

test('syslog: by UDP each message is a datagram, and one too large for any is refused alone', async t => {
  const socket = createSocket('udp4')
  await new Promise<void>(ready => socket.bind(0, '127.0.0.1', ready))
  t.teardown(() => socket.close())
  const heard: string[] = []
  const both = new Promise<void>(done => {
    socket.on('message', message => {
      if (heard.push(message.toString('utf8')) === 2) done()
    })
  })
  const output = await opened(t, {
    type: 'syslog',
    host: '127.0.0.1',
    port: socket.address().port,
    protocol: 'udp',
    format: 'cef',
  })
  const fault = await faultOf(
    output.deliver(
      [hardAlert(), hardAlert({ rule: 'x'.repeat(70_000) }), hardAlert({ priority: 'Debug' })],
      patient(),
    ),
  )
  await both
  t.deepEqual([...fault.refused.keys()], [1])
  t.regex(
    heard[0] ?? '',
    /^<130>1 .* CEF:0\|Falco\|Falco\|1\.0\|Términal shell\|Términal shell\|8\|rt=1780051808717 /,
  )
  t.regex(heard[1] ?? '', /^<135>1 .*\|0\|rt=/)
})

test('cef: header and extension can be taken apart again whatever an alert says', t => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(text, text, (rule, value) => {
      const line = cefText(
        hardAlert({ rule, output: value, fields: { 'proc.aname[2]': JSON.stringify(value) } }),
        0,
      )
      const parts = line.match(/(?:[^|\\]|\\.)*/gsu)?.filter(part => part !== '') ?? []
      const name = parts[4]?.replace(/\\([\\|])/g, '$1')
      const shown = / procAname2=((?:[^\\=]|\\.)*)$/su.exec(line)?.[1]
      const back = shown?.replace(/\\(.)/gsu, (_, next: string) => (next === 'n' ? '\n' : next))
      return (
        name === rule.replace(/[\r\n]+/g, ' ') &&
        back === value.replace(/\r\n|\r/g, '\n') &&
        !line.includes('\n')
      )
    }),
  )
  t.pass()
})

test('s3: the same window has the same key and the same bytes', async t => {
  const receiver = await sink(t)
  const options = { type: 's3', bucket: 'evidence', endpoint: receiver.url, accessKey: 'a', secretKey: 'b' }
  const output = await opened(t, options)
  const alerts = hardAlerts(3)
  await output.deliver(alerts, patient())
  await output.deliver(alerts, patient())
  const [first, second] = receiver.received
  t.is(first?.path, `/evidence/falco/2026/05/29/10/${alerts[0]?.id}.jsonl.gz`)
  t.is(first?.path, second?.path)
  t.deepEqual(first?.body, second?.body)
})

test('s3: what AWS refuses for a clock or a token is tried again, a missing bucket is not', async t => {
  for (const [status, code, retry] of [
    [403, 'RequestTimeTooSkewed', true],
    [400, 'ExpiredToken', true],
    [404, 'NoSuchBucket', false],
    [503, 'SlowDown', true],
  ] as const) {
    const receiver = await sink(t, () => ({ status, body: `<Error><Code>${code}</Code></Error>` }))
    const options = { type: 's3', bucket: 'evidence', endpoint: receiver.url, accessKey: 'a', secretKey: 'b' }
    t.is((await faultOf((await opened(t, options)).deliver(hardAlerts(1), patient()))).retry, retry, code)
  }
})
