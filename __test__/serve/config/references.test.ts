// Addresses and users that lie elsewhere: found when they are used, with a real Redis behind a login, and shown nowhere. Started by ava.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { ServeConfig } from '../../../src/serve/config/config.ts'
import { describeConfig } from '../../../src/serve/config/description.ts'
import { checkConfig } from '../../../src/serve/config/read-config.ts'
import { openQueue, openStore } from '../../../src/serve/engines.ts'
import { folder } from '../outputs/bench.ts'
import { findServer } from '../outputs/servers.ts'

/** Port of a Redis that lets only `lanner` with `the-word` in. */
async function guardedRedis(t: ExecutionContext): Promise<number | undefined> {
  const program = findServer(t, 'redis-server')
  if (program === undefined) return undefined
  const socket = join(folder(t), 'redis.sock')
  const users = ['--user', 'default', 'off', '--user', 'lanner', 'on', '>the-word', '~*', '&*', '+@all']
  const child = spawn(program, ['--port', '0', '--unixsocket', socket, '--save', '', ...users], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  for await (const text of child.stdout.setEncoding('utf8')) if (/ready to accept/i.test(text)) break
  child.stdout.resume()
  // Redis has no way to say which free port it took.
  const bridge = createServer(client => {
    const there = connect(socket)
    client.pipe(there).pipe(client)
    for (const end of [client, there])
      end.on('error', () => [client, there].forEach(each => void each.destroy()))
  })
  await new Promise<void>(ready => bridge.listen(0, '127.0.0.1', ready))
  t.teardown(() => bridge.close())
  return (bridge.address() as AddressInfo).port
}

function environment(t: ExecutionContext, variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables)
  t.teardown(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
  })
}

async function configOf(t: ExecutionContext, rest: string, directory = folder(t)): Promise<ServeConfig> {
  const text = `listen: {falco: "127.0.0.1:0"}\n${rest}`
  const { config, faults } = await checkConfig(join(directory, 'lanner.yaml'), text)
  t.deepEqual(faults, [])
  if (config === undefined) throw new Error('no configuration')
  return config
}

const silent = (): void => undefined

test('a store is opened with address, user and password from elsewhere', async t => {
  const port = await guardedRedis(t)
  if (port === undefined) return
  environment(t, { REFERENCE_REDIS: `redis://127.0.0.1:${port}`, REFERENCE_WORD: 'the-word' })
  const directory = folder(t)
  writeFileSync(join(directory, 'user'), 'lanner\n')
  const config = await configOf(
    t,
    `store: {url: {env: REFERENCE_REDIS}, username: {file: user}, password: {env: REFERENCE_WORD}}\nqueue: {path: q}`,
    directory,
  )
  t.is(describeConfig(config).store?.place, 'what REFERENCE_REDIS says')
  const store = await openStore(config, silent)
  t.deepEqual((await store?.search({ filter: undefined } as never, { limit: 1 }))?.alerts, [])
  await store?.close()
})

test('what a reference does not lead to is told when it is used, and an address not repeated', async t => {
  environment(t, { REFERENCE_ODD: 'http://user:hidden-word@host/' })
  const odd = await configOf(t, 'store: {url: {env: REFERENCE_ODD}}\nqueue: {url: [{env: REFERENCE_ODD}]}')
  const wrong = await t.throwsAsync(openStore(odd, silent), {
    code: 'ERR_CONFIG_URL',
    message: '`store.url`: what REFERENCE_ODD says is no redis:// or rediss:// address',
  })
  const queue = await t.throwsAsync(openQueue(odd, silent), { code: 'ERR_QUEUE_URL' })
  t.notRegex(`${wrong.message}${queue.message}${JSON.stringify(describeConfig(odd))}`, /hidden-word/)
  const none = await configOf(t, 'store: {url: {env: REFERENCE_NONE}}\nqueue: {url: {file: none}}')
  await t.throwsAsync(openStore(none, silent), { code: 'ERR_CONFIG_SECRET', message: /REFERENCE_NONE/ })
  await t.throwsAsync(openQueue(none, silent), { code: 'ERR_CONFIG_SECRET', message: /none/ })
})

test('a reference that is none is told as such', async t => {
  const { faults } = await checkConfig(
    'f.yaml',
    'listen: {falco: "127.0.0.1:0"}\nstore: {url: {envv: X}}\nqueue: {path: q}',
  )
  t.deepEqual(
    faults.map(({ path, message }) => `${path}: ${message}`),
    ['store.url.env: is missing, expected text', 'store.url.envv: unknown key, did you mean `env`?'],
  )
})
