// Two servers on one queue in a real nats-server: what they share, and what each has to itself.
import { existsSync } from 'node:fs'
import test from 'ava'
import { DemoAlerts } from '../../../src/serve/demo/demo-alerts.ts'
import { natsServer } from '../queue/nats-server.ts'
import { type Answer, ask, lines, receiver, type Serving, serveBench, uuidOf } from './serving.ts'

async function stored(server: Serving, wanted: number): Promise<number> {
  for (;;) {
    const { json } = await ask(`${server.page}/api/v1/events/count`, 'GET')
    if (json.statistics.all >= wanted) return json.statistics.all
  }
}

test('servers that share a queue share the outputs’ work, and each stores every alert', async t => {
  const nats = await natsServer(t)
  if (nats === undefined) return
  const servers = await Promise.all(
    ['a', 'b'].map(async worker => {
      const bench = serveBench(t)
      bench.config('outputs: {lines: {type: file, path: out.jsonl}}', { page: true, store: true })
      return { bench, server: await bench.start(['--queue', nats.url, '--worker', worker]) }
    }),
  )
  const day = new DemoAlerts(3).day(Date.now(), 300)
  const [first] = servers
  t.is((await first?.server.post(day.join('\n')))?.status, 202)
  for (const { server } of servers) t.is(await stored(server, day.length), day.length)
  for (const { server } of servers) t.is(await server.end(), 0)
  const lines = servers.flatMap(({ bench }) => {
    // A batch goes to one of them: the other may have got none.
    const text = existsSync(bench.path('out.jsonl')) ? bench.read('out.jsonl') : ''
    return text.split('\n').filter(line => line !== '')
  })
  const ids = new Set(lines.map(line => (JSON.parse(line) as { uuid: string }).uuid))
  t.is(ids.size, day.length)
})

const POSTS = process.env.LANNER_SOAK === '1' ? 400 : 80
const PER_POST = 25

/** Posts until one of them accepts it, as a balancer does that tries the next. */
async function accepted(servers: readonly Serving[], body: string): Promise<void> {
  for (;;) {
    for (const server of servers) {
      const answer = await server.post(body).catch((): Answer | undefined => undefined)
      if (answer?.status === 202) return
    }
  }
}

test('an update in turn loses nothing: the old server stops gracefully under load while the new one is up', async t => {
  const nats = await natsServer(t)
  if (nats === undefined) return
  const target = await receiver(t)
  const begin = (worker: string): Promise<Serving> => {
    const bench = serveBench(t)
    bench.config(`outputs: {hook: {type: webhook, url: "${target.url}", retry: {first: 50ms}}}`)
    // The address comes as in a deployment: from its environment, in place of what the bench writes.
    bench.write(
      'lanner.yaml',
      bench
        .read('lanner.yaml')
        .replace('queue: {path: queue}', `queue: {url: {env: QUEUE_URL}, worker: ${worker}}`),
    )
    return bench.start([], { env: { QUEUE_URL: nats.url } })
  }
  const servers = [await begin('old')]
  const [old] = servers
  let ended: Promise<number | null> | undefined
  for (let post = 0; post < POSTS; post += 1) {
    if (post === POSTS / 4) servers.push(await begin('new'))
    if (post === POSTS / 2) ended = old?.end()
    // The old one first: what it accepts while it stops is what could be lost.
    await accepted(servers, lines(post * PER_POST, PER_POST))
  }
  t.is(await ended, 0)
  await target.until(POSTS * PER_POST)
  t.deepEqual(
    [...new Set(target.received)].sort(),
    Array.from({ length: POSTS * PER_POST }, (_, number) => uuidOf(number)),
  )
  t.log(`${target.received.length - POSTS * PER_POST} of ${POSTS * PER_POST} alerts came twice`)
  t.is(await servers[1]?.end(), 0)
})
