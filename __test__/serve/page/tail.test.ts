// The live tail: who gets what, what a burst costs, and what someone slow misses.
import test from 'ava'
import { AcceptedAlert } from '../../../src/serve/alert.ts'
import { alertTest } from '../../../src/serve/api/query-match.ts'
import { readQuery } from '../../../src/serve/api/query-text.ts'
import { Tail, type TailBatch } from '../../../src/serve/api/tail.ts'
import { listen } from './listening.ts'
import { lineAt } from './made-alerts.ts'

function lines(first: number, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, at) => `${lineAt(first + at, 100_000)}\n`).join(''))
}

/** The next batch that `tail` hands to one who watches everything. */
function watching(tail: Tail, query = ''): { next: () => Promise<TailBatch>; batches: TailBatch[] } {
  const batches: TailBatch[] = []
  let told: (() => void) | undefined
  tail.watch(alertTest(readQuery(query, 0n)), batch => {
    batches.push(batch)
    told?.()
    return true
  })
  const next = async (): Promise<TailBatch> => {
    // The tail's own timer keeps no process awake.
    const awake = setInterval(() => undefined, 1000)
    if (batches.length === 0)
      await new Promise<void>(resolve => {
        told = resolve
      })
    clearInterval(awake)
    return batches.shift() ?? { lines: [], skipped: 0 }
  }
  return { next, batches }
}

test('who watches gets what matches, in the order it came', async t => {
  const tail = new Tail()
  const all = watching(tail)
  const critical = watching(tail, 'priority=Critical')
  tail.publish(lines(0, 50))
  const given = (await all.next()).lines
  t.deepEqual(
    given,
    Array.from({ length: 50 }, (_, at) => lineAt(at, 100_000)),
  )
  t.deepEqual(
    (await critical.next()).lines,
    given.filter(line => new AcceptedAlert('', line).content.priority === 'Critical'),
  )
})

test('of a burst a part is looked at and the rest is counted', async t => {
  const tail = new Tail()
  const { next } = watching(tail)
  tail.publish(lines(0, 1000))
  tail.publish(lines(1000, 1000))
  const { lines: given, skipped } = await next()
  t.is(given.length + skipped, 2000)
  t.true(given.length <= 200)
})

test('who can take no more misses alerts, counted, until it can', async t => {
  const tail = new Tail()
  const batches: TailBatch[] = []
  const fast = watching(tail)
  const slow = tail.watch(
    () => true,
    batch => {
      batches.push(batch)
      return false
    },
  )
  for (let round = 0; round < 3; round += 1) {
    tail.publish(lines(round * 150, 150))
    await fast.next()
  }
  t.is(batches.length, 1)
  slow.resume()
  tail.publish(lines(450, 1))
  await fast.next()
  t.is(batches.length, 2)
  t.is(
    batches.reduce((sum, batch) => sum + batch.lines.length + batch.skipped, 0),
    451,
  )
})

test('publishing to nobody keeps nothing', t => {
  const tail = new Tail()
  tail.publish(lines(0, 10))
  t.is(tail.watchers, 0)
})

test('a posted alert arrives as a server-sent event, and leaving ends the watching', async t => {
  const { origin, tail } = await listen(t)
  const leave = new AbortController()
  const response = await fetch(`${origin}/api/v2/tail?q=rule%3DMine`, { signal: leave.signal })
  t.is(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  await reader?.read()
  t.is(tail.watchers, 1)
  tail.publish(Buffer.from('{"rule":"Mine","priority":"Debug","time":"t"}\n{"rule":"Other"}\n'))
  const { value } = (await reader?.read()) ?? {}
  t.is(
    value,
    'event: alerts\ndata: {"alerts":[{"rule":"Mine","priority":"Debug","time":"t"}],"skipped":0}\n\n',
  )
  leave.abort()
  while (tail.watchers > 0) await new Promise(resolve => setImmediate(resolve))
  t.pass()
})
