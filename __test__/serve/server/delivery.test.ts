// What becomes of alerts on their way to one output, with an output that does as it is told and a clock moved by hand.
import test from 'ava'
import { AcceptedAlert } from '../../../src/serve/alert.ts'
import { ServerMetrics } from '../../../src/serve/metrics/server-metrics.ts'
import { DeliveryFault, type FaultDetails } from '../../../src/serve/outputs/output.ts'
import { Delivery, type DeliveryParts } from '../../../src/serve/pipeline/delivery.ts'
import type { Shipment } from '../../../src/serve/pipeline/parcel.ts'
import type { Burial } from '../../../src/serve/queue/dead-letters.ts'
import { HandClock } from './hand-clock.ts'

const shipments = (count: number): Shipment[] =>
  Array.from({ length: count }, (_, at) => ({ alert: new AcceptedAlert(`id-${at}`, '{}'), accepted: 0n }))

type Behaviour = (ids: readonly string[], signal: AbortSignal) => Promise<void> | void

function fault(details: FaultDetails, message = 'no'): never {
  throw new DeliveryFault(message, details)
}

function setUp(behaviour: Behaviour, more: Partial<DeliveryParts> = {}) {
  const clock = new HandClock()
  const calls: { readonly ids: readonly string[]; readonly at: number }[] = []
  const buried: Burial[] = []
  const metrics = new ServerMetrics(() => ({ bytes: 0, limit: 1, consumers: [] }))
  const delivery = new Delivery({
    name: 'out',
    output: {
      deliver: async (alerts, signal) => {
        const ids = alerts.map(({ id }) => id)
        calls.push({ ids, at: clock.steady() })
        await behaviour(ids, signal)
      },
      close: async () => undefined,
    },
    options: { timeout: 10_000, retry: { first: 1000, most: 60_000, attempts: 5 } },
    clock,
    random: () => 1,
    metrics,
    bury: async burials => void buried.push(...burials),
    heard: () => undefined,
    ...more,
  })
  const stop = new AbortController()
  const run = (count: number): { done: () => boolean | undefined } => {
    let outcome: boolean | undefined
    void delivery.deliver(shipments(count), stop.signal).then(value => {
      outcome = value
    })
    return { done: () => outcome }
  }
  return { clock, calls, buried, metrics, stop, run }
}

test('what failed is tried again, later each time, until it is delivered', async t => {
  let left = 3
  const { clock, calls, metrics, run, buried } = setUp(() => {
    left -= 1
    if (left >= 0) fault({ retry: true })
  })
  const { done } = run(2)
  await clock.advance(100_000)
  t.true(done())
  t.deepEqual(
    calls.map(({ at }) => at),
    [0, 1000, 3000, 7000],
  )
  t.deepEqual(buried, [])
  t.is(metrics.retries.get(['out']), 3)
  t.is(metrics.outputs.get(['out', 'ok']), 2)
  t.is(metrics.outputs.get(['out', 'error']), 6)
})

test('a receiver that names a time is not asked before it', async t => {
  let first = true
  const { clock, calls, run } = setUp(() => {
    if (first) {
      first = false
      fault({ retry: true, after: 45_000 })
    }
  })
  run(1)
  await clock.advance(44_999)
  t.is(calls.length, 1)
  await clock.advance(2000)
  t.is(calls.length, 2)
})

test('of a batch only what is refused is buried; the others are delivered', async t => {
  const { clock, buried, metrics, run } = setUp(() =>
    fault({ retry: false, refused: new Map([[1, 'bad field']]) }),
  )
  const { done } = run(3)
  await clock.advance(0)
  t.true(done())
  t.deepEqual(
    buried.map(({ alert, error }) => [alert.id, error]),
    [['id-1', 'bad field']],
  )
  t.is(metrics.outputs.get(['out', 'ok']), 2)
  t.is(metrics.dropped.get(['out', 'refused']), 1)
})

test('a batch refused for one bad alert costs only that one', async t => {
  const delivered: string[] = []
  const { clock, buried, run } = setUp(ids => {
    if (ids.includes('id-37')) fault({ retry: false }, 'malformed')
    delivered.push(...ids)
  })
  const { done } = run(100)
  await clock.advance(0)
  t.true(done())
  t.deepEqual(
    buried.map(({ alert }) => alert.id),
    ['id-37'],
  )
  t.is(new Set(delivered).size, 99)
  t.deepEqual(
    delivered,
    [...delivered].sort((a, b) => Number(a.slice(3)) - Number(b.slice(3))),
  )
})

test('what was delivered before a fault is not delivered again', async t => {
  let first = true
  const { clock, calls, run } = setUp(() => {
    if (!first) return
    first = false
    fault({ retry: true, done: 2 })
  })
  const { done } = run(4)
  await clock.advance(5000)
  t.true(done())
  t.deepEqual(
    calls.map(({ ids }) => ids),
    [
      ['id-0', 'id-1', 'id-2', 'id-3'],
      ['id-2', 'id-3'],
    ],
  )
})

test('out of attempts everything is buried with the last reason', async t => {
  const { clock, calls, buried, metrics, run } = setUp(() => fault({ retry: true }, 'down'))
  const { done } = run(2)
  await clock.advance(3_600_000)
  t.true(done())
  t.is(calls.length, 5)
  t.deepEqual(
    buried.map(({ alert, error, attempts }) => [alert.id, error, attempts]),
    [
      ['id-0', 'down', 5],
      ['id-1', 'down', 5],
    ],
  )
  t.is(metrics.dropped.get(['out', 'attempts']), 2)
})

test('an output that hangs and does not listen is tried again all the same', async t => {
  let first = true
  const { clock, calls, run } = setUp(() => {
    if (!first) return undefined
    first = false
    return new Promise(() => undefined)
  })
  const { done } = run(1)
  await clock.advance(10_900)
  t.is(calls.length, 1)
  await clock.advance(3000)
  t.is(calls.length, 2)
  t.true(done())
})

test('an output that hangs hears of the end of its time', async t => {
  const ended: number[] = []
  const { clock, run } = setUp(
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended.push(clock.steady())
          reject(new Error('aborted'))
        })
      }),
  )
  run(1)
  await clock.advance(10_500)
  t.deepEqual(ended, [10_000])
})

test('what can’t be buried is kept until it can', async t => {
  let broken = true
  const buried: string[] = []
  const { clock, run } = setUp(() => fault({ retry: false }), {
    bury: async burials => {
      if (broken) throw new Error('disk full')
      buried.push(...burials.map(({ alert }) => alert.id))
    },
  })
  const { done } = run(1)
  await clock.advance(120_000)
  t.is(done(), undefined)
  broken = false
  await clock.advance(60_000)
  t.true(done())
  t.deepEqual(buried, ['id-0'])
})

test('a wall clock that is stepped neither holds up nor hurries', async t => {
  const { clock, calls, run } = setUp(() => fault({ retry: true }))
  run(1)
  await clock.advance(500)
  clock.stepWall(-3_600_000_000_000n)
  await clock.advance(600)
  t.is(calls.length, 2)
  clock.stepWall(86_400_000_000_000n)
  await clock.advance(1000)
  t.is(calls.length, 2)
  await clock.advance(1000)
  t.is(calls.length, 3)
})

test('told to stop, a delivery ends without burying or retrying', async t => {
  const { clock, calls, buried, stop, run } = setUp(() => fault({ retry: true }))
  const { done } = run(1)
  await clock.advance(500)
  stop.abort()
  await clock.advance(0)
  t.false(done())
  t.is(calls.length, 1)
  t.deepEqual(buried, [])
})
