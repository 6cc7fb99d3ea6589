// What an operator is told when the queue in JetStream can't be opened, and that no credentials are among it.
import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { Secret } from '../../../src/envelope/secret.ts'
import type { LannerError } from '../../../src/error.ts'
import type { JetStreamOptions } from '../../../src/serve/queue/jetstream.ts'
import { certificate } from '../outputs/certificates.ts'
import { opened } from './jetstream-opened.ts'
import { natsServer } from './nats-server.ts'

async function refused(
  t: ExecutionContext,
  url: string,
  code: string,
  more: Partial<JetStreamOptions> = {},
): Promise<LannerError> {
  const fault = await t.throwsAsync<LannerError>(opened(url, more), { code })
  t.notRegex(inspect(fault, { depth: 5 }), /s3cret/)
  return fault as LannerError
}

test('an address that is none is refused without being told', async t => {
  for (const url of [
    '',
    'nats',
    'http://127.0.0.1',
    'nats://',
    'nats://u:s3cret@h/p',
    'nats://s3cret@h?x',
    'nats://s3cret%zz@h',
  ]) {
    const fault = await refused(t, url, 'ERR_QUEUE_URL')
    t.is(fault.exit, 2)
    t.notRegex(fault.message, /s3cret/)
  }
})

test('a server that is not there is named by host and port', async t => {
  const fault = await refused(t, 'nats://user:s3cret@127.0.0.1:1', 'ERR_QUEUE_OFFLINE')
  t.is(fault.message, 'no NATS server answers at 127.0.0.1:1: connection refused')
})

test('a server without JetStream is told so', async t => {
  const server = await natsServer(t, { withoutJetStream: true })
  if (server === undefined) return
  const fault = await refused(t, server.url, 'ERR_QUEUE_NO_JETSTREAM')
  t.regex(fault.hint ?? '', /-js/)
})

test('wrong credentials are refused, right ones do, in the URL or beside it', async t => {
  const server = await natsServer(t, { configuration: 'authorization { user: falco, password: s3cret }' })
  if (server === undefined) return
  const at = (who: string): string => `nats://${who}127.0.0.1:${server.port}`
  for (const who of ['', 'falco:s3cre@', 's3cret@']) await refused(t, at(who), 'ERR_QUEUE_DENIED')
  await (await opened(at('falco:s3cret@'))).close()
  const password = new Secret('s3cret')
  await (await opened(at(''), { credentials: { kind: 'password', user: 'falco', password } })).close()
})

test('a token and an nkey do', async t => {
  const { createUser } = await import('@nats-io/transport-node').then(({ nkeys }) => nkeys)
  const user = createUser()
  const byToken = await natsServer(t, { configuration: 'authorization { token: s3cret }' })
  const byKey = await natsServer(t, {
    configuration: `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`,
  })
  if (byToken === undefined || byKey === undefined) return
  await (await opened(`nats://s3cret@127.0.0.1:${byToken.port}`)).close()
  const seed = new Secret(user.getSeed())
  const queue = await opened(byKey.url, { credentials: { kind: 'nkey', seed } })
  await queue.close()
  t.pass()
})

test('a user who may not make streams is told what is missing', async t => {
  const server = await natsServer(t, {
    configuration:
      'authorization { users: [ { user: u, password: p, permissions: { publish: "x", subscribe: "_INBOX.>" } } ] }',
  })
  if (server === undefined) return
  const fault = await refused(t, `nats://u:p@127.0.0.1:${server.port}`, 'ERR_QUEUE_DENIED')
  t.regex(fault.message, /permits no stream `lanner`/)
  t.regex(fault.hint ?? '', /\$JS\.API/)
})

test('a stream of that name made by something else is left alone', async t => {
  const server = await natsServer(t)
  if (server === undefined) return
  const { connect } = await import('@nats-io/transport-node')
  const { jetstreamManager } = await import('@nats-io/jetstream')
  const connection = await connect({ servers: server.url })
  const { streams } = await jetstreamManager(connection)
  await streams.add({ name: 'lanner', subjects: ['lanner.alerts'], retention: 'limits' })
  const fault = await refused(t, server.url, 'ERR_QUEUE_STREAM')
  t.is(fault.message, 'stream `lanner` has retention limits, not interest')
  await streams.add({ name: 'other', subjects: ['news.>'], retention: 'interest', discard: 'new' })
  t.regex((await refused(t, server.url, 'ERR_QUEUE_STREAM', { name: 'other' })).message, /subjects news\.>/)
  await streams.add({ name: 'third', subjects: ['fourth.alerts'] })
  await refused(t, server.url, 'ERR_QUEUE_STREAM', { name: 'fourth' })
  await connection.close()
})

test('a limit is changed in a stream that is there, and stays when none is given', async t => {
  const server = await natsServer(t)
  if (server === undefined) return
  for (const [limit, expected] of [
    [1 << 20, 1 << 20],
    [2 << 20, 2 << 20],
    [undefined, 2 << 20],
  ] as const) {
    const queue = await opened(server.url, limit === undefined ? {} : { limit })
    t.is(queue.status().limit, expected)
    await queue.close()
  }
})

test('a limit beyond what JetStream has is refused', async t => {
  const server = await natsServer(t, {
    configuration: 'jetstream { store_dir: "DIRECTORY", max_file_store: 1MB }',
    withoutJetStream: true,
  })
  if (server === undefined) return
  const fault = await refused(t, server.url, 'ERR_QUEUE_STREAM', { limit: 1 << 30 })
  t.regex(fault.message, /no room for stream `lanner`/)
})

test('TLS is used when asked for, and a certificate of nobody is refused', async t => {
  const { key, cert } = certificate(t)
  const server = await natsServer(t, {
    configuration: `tls { cert_file: "${cert}", key_file: "${key}" }`,
  })
  if (server === undefined) return
  await refused(t, `tls://127.0.0.1:${server.port}`, 'ERR_QUEUE_TLS')
  await (await opened(`tls://127.0.0.1:${server.port}`, { tls: { caFile: cert } })).close()
  const plain = await natsServer(t)
  if (plain !== undefined) await refused(t, `tls://127.0.0.1:${plain.port}`, 'ERR_QUEUE_TLS')
})
