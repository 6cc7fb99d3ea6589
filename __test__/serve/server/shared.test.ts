// Two servers on one queue in a real nats-server: what they share, and what each has to itself.
import { existsSync } from 'node:fs'
import test from 'ava'
import { DemoAlerts } from '../../../src/serve/demo/demo-alerts.ts'
import { natsServer } from '../queue/nats-server.ts'
import { ask, type Serving, serveBench } from './serving.ts'

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
