// The Kafka output against a real broker: what was delivered is read back by Apache's own client.
import { type AddressInfo, createServer } from 'node:net'
import anyTest, { type ExecutionContext, type TestFn } from 'ava'
import type { AcceptedAlert } from '../../../src/serve/alert.ts'
import { DeliveryFault, type Output } from '../../../src/serve/outputs/output.ts'
import { faultOf, hardAlert, hardAlerts, opened, patient } from './bench.ts'
import { KafkaBroker, kafkaHome, LOGIN } from './kafka-broker.ts'
import { skip } from './servers.ts'

const test = anyTest as TestFn<void>
const found = kafkaHome()
let broker: KafkaBroker | undefined

test.before(async () => {
  if ('home' in found) broker = await KafkaBroker.start(found.home)
})

test.after.always(async () => broker?.stop())

/** The output as it would stand in a configuration beside the client. */
function output(t: ExecutionContext, options: Record<string, unknown>): Promise<Output> {
  const written = { type: 'kafka', key: '{hostname}', timeout: '20s', ...options }
  return opened(t, written, 'home' in found ? { directory: found.home } : {})
}

/** A test that is reported as skipped where there is no broker. */
function withBroker(title: string, check: (t: ExecutionContext, broker: KafkaBroker) => Promise<void>): void {
  test.serial(title, async t => {
    t.timeout(120_000)
    if (broker === undefined) return skip(t, 'missing' in found ? found.missing : 'no broker')
    await check(t, broker)
  })
}

const linesOf = (alerts: readonly AcceptedAlert[]): string[] => alerts.map(({ line }) => line)

/** As the pipeline does it, as often as it takes. */
async function insist(
  to: Output,
  alerts: readonly AcceptedAlert[],
  failed: () => Promise<void>,
): Promise<void> {
  let rest = alerts
  while (rest.length > 0) {
    try {
      await to.deliver(rest, AbortSignal.timeout(20_000))
      return
    } catch (thrown) {
      if (!(thrown instanceof DeliveryFault) || !thrown.retry) throw thrown
      rest = rest.slice(thrown.done)
      await failed()
    }
  }
}

withBroker(
  'each alert is a record byte for byte, with its UUID as header, and those of a key are in order',
  async (t, kafka) => {
    await kafka.create('plain', 4)
    const alerts = Array.from({ length: 1200 }, (_, at) => hardAlert({ hostname: `node-ß${at % 5}` }))
    const to = await output(t, { brokers: [kafka.address('open')], topic: 'plain' })
    await to.deliver(alerts, patient())
    const records = await kafka.read('plain')
    t.is(records.length, alerts.length)
    for (const host of new Set(records.map(({ key }) => key))) {
      const own = records.filter(({ key }) => key === host)
      t.is(new Set(own.map(({ partition }) => partition)).size, 1)
      const sent = alerts.filter(({ content }) => content.hostname === host)
      t.deepEqual(
        own.map(({ value, headers }) => [value, headers.uuid]),
        sent.map(({ line, id }) => [line, id]),
      )
    }
  },
)

withBroker('alerts without a key go to all partitions in turn', async (t, kafka) => {
  await kafka.create('keyless', 3)
  const to = await output(t, { brokers: [kafka.address('open')], topic: 'keyless', key: '{k8s.ns.name}' })
  for (let time = 0; time < 3; time += 1) await to.deliver(hardAlerts(2), patient())
  const records = await kafka.read('keyless')
  t.deepEqual([...new Set(records.map(({ key }) => key))], [null])
  t.deepEqual(records.map(({ partition }) => partition).sort(), [0, 0, 1, 1, 2, 2])
})

withBroker(
  'a login by password or proof, over TLS with certificates on both sides or without',
  async (t, kafka) => {
    await kafka.create('login', 1)
    const { key, cert } = kafka.certificate
    const secure = { secure: true, tls: { ca: cert, cert, key } }
    const delivered: AcceptedAlert[] = []
    for (const sasl of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      for (const [listener, more] of [['login', {}] as const, ['secure', secure] as const]) {
        const common = { brokers: [kafka.address(listener)], topic: 'login', sasl, ...more }
        const [alert] = hardAlerts(1) as [AcceptedAlert]
        await (await output(t, { ...common, ...LOGIN })).deliver([alert], patient())
        delivered.push(alert)
        const wrong = await output(t, { ...common, user: LOGIN.user, password: 'wrong-password' })
        const fault = await faultOf(wrong.deliver(hardAlerts(1), patient()))
        t.true(fault.retry)
        t.regex(fault.message, /^kafka 127\.0\.0\.1:\d+: SASL_AUTHENTICATION_FAILED: /)
        t.notRegex(fault.message, /wrong-password/)
      }
    }
    const records = await kafka.read('login')
    t.deepEqual(
      records.map(({ value }) => value),
      linesOf(delivered),
    )
  },
)

withBroker(
  'a broker that is not trusted, wants more than it gets or knows no such topic is told, and tried again',
  async (t, kafka) => {
    await kafka.create('strict', 1)
    const { key, cert } = kafka.certificate
    const secure = { brokers: [kafka.address('secure')], topic: 'strict', ...LOGIN, secure: true }
    const faults: readonly (readonly [Record<string, unknown>, RegExp])[] = [
      [secure, /: self-signed certificate$/],
      [{ ...secure, tls: { ca: cert } }, /closed the connection; it may want a certificate$|alert/],
      [{ ...secure, secure: false }, /closed the connection; it may want TLS$/],
      [{ brokers: [kafka.address('login')], topic: 'strict' }, /it may want TLS or a login$/],
      [{ ...secure, brokers: [kafka.address('open')], tls: { ca: cert, cert, key } }, /TLS/],
      [{ brokers: [kafka.address('open')], topic: 'later' }, /later/],
      [{ brokers: ['127.0.0.1:1'], topic: 'strict' }, /ECONNREFUSED 127\.0\.0\.1:1$/],
    ]
    for (const [options, message] of faults) {
      const fault = await faultOf((await output(t, options)).deliver(hardAlerts(1), patient()))
      t.true(fault.retry)
      t.regex(fault.message, message)
    }
    t.deepEqual(await kafka.read('strict'), [])
  },
)

withBroker('a topic that was missing gets what waited as soon as it is there', async (t, kafka) => {
  const to = await output(t, { brokers: [kafka.address('open')], topic: 'missing' })
  const alerts = hardAlerts(3)
  t.true((await faultOf(to.deliver(alerts, patient()))).retry)
  await kafka.create('missing', 1)
  await to.deliver(alerts, patient())
  t.is((await kafka.read('missing')).length, 3)
})

withBroker('records above the topic’s limit are refused, and every other is there once', async (t, kafka) => {
  await kafka.create('small', 3, 'max.message.bytes=20000')
  const alerts = Array.from({ length: 400 }, (_, at) => hardAlert({ hostname: `node-${at % 7}` }))
  const large = [31, 300]
  for (const at of large) alerts[at] = hardAlert({ output: 'x'.repeat(30_000) })
  const to = await output(t, { brokers: [kafka.address('open')], topic: 'small' })
  const fault = await faultOf(to.deliver(alerts, patient()))
  t.false(fault.retry)
  t.deepEqual([...fault.refused.keys()].sort(), [300, 31].sort())
  t.regex(fault.refused.get(31) ?? '', /MESSAGE_TOO_LARGE/)
  const records = await kafka.read('small')
  t.deepEqual(
    records.map(({ value }) => value).sort(),
    linesOf(alerts.filter((_, at) => !large.includes(at))).sort(),
  )
})

withBroker(
  'many alerts of more bytes than a topic takes at once are delivered all the same',
  async (t, kafka) => {
    await kafka.create('large', 1)
    const alerts = hardAlerts(20, { output: 'x'.repeat(200_000) })
    await (await output(t, { brokers: [kafka.address('open')], topic: 'large' })).deliver(alerts, patient())
    t.is((await kafka.read('large')).length, 20)
  },
)

withBroker(
  'a broker that hangs is given up in time, leaves no socket, and gets the alerts when it goes on',
  async (t, kafka) => {
    await kafka.create('hanging', 1)
    const sockets = () => process.getActiveResourcesInfo().filter(kind => kind === 'TCPSocketWrap').length
    const before = sockets()
    const to = await output(t, { brokers: [kafka.address('open')], topic: 'hanging' })
    await to.deliver(hardAlerts(1), patient())
    await kafka.signal('SIGSTOP')
    try {
      for (const count of [2000, 1]) {
        const waiting = AbortSignal.timeout(500)
        const fault = await faultOf(to.deliver(hardAlerts(count), waiting))
        t.true(fault.retry)
        t.regex(fault.message, /took too long$/)
      }
      // Handles go some turns after they were closed; one that is kept makes the test take too long.
      while (sockets() > before) await new Promise(done => setImmediate(done))
    } finally {
      await kafka.signal('SIGCONT')
    }
    const [last] = hardAlerts(1) as [AcceptedAlert]
    await to.deliver([last], patient())
    t.true((await kafka.read('hanging')).some(({ value }) => value === last.line))
  },
)

withBroker(
  'a broker that takes connections and never answers does not stand before the others',
  async (t, kafka) => {
    await kafka.create('second', 1)
    const silent = createServer(socket => t.teardown(() => socket.destroy()))
    await new Promise<void>(ready => silent.listen(0, '127.0.0.1', ready))
    t.teardown(() => silent.close())
    const { port } = silent.address() as AddressInfo
    const to = await output(t, { brokers: [`127.0.0.1:${port}`, kafka.address('open')], topic: 'second' })
    const alerts = hardAlerts(2)
    const fault = await faultOf(to.deliver(alerts, AbortSignal.timeout(500)))
    t.regex(fault.message, /took too long$/)
    await to.deliver(alerts, patient())
    t.is((await kafka.read('second')).length, 2)
  },
)

withBroker(
  'a broker that is killed with alerts on their way has every one of them in the end',
  async (t, kafka) => {
    await kafka.create('killed', 3)
    const to = await output(t, { brokers: [kafka.address('open')], topic: 'killed' })
    const alerts = Array.from({ length: 6000 }, (_, at) => hardAlert({ hostname: `node-${at % 9}` }))
    await to.deliver(alerts.slice(0, 1000), patient())
    const killed = kafka.signal('SIGKILL')
    let failures = 0
    await insist(to, alerts.slice(1000), async () => {
      failures += 1
      if (failures > 1) return
      await killed
      kafka.up()
      // Answered once it is there again.
      await kafka.create('back', 1)
    })
    t.true(failures > 0)
    const values = new Set((await kafka.read('killed')).map(({ value }) => value))
    t.deepEqual(
      linesOf(alerts).filter(line => !values.has(line)),
      [],
    )
  },
)
