// One output's way from a real queue: order, batches, settling, draining. The output does as it is told; the clock is the test's.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { ServerMetrics } from '../../../src/serve/metrics/server-metrics.ts'
import { DeliveryFault } from '../../../src/serve/outputs/output.ts'
import { Delivery } from '../../../src/serve/pipeline/delivery.ts'
import { depthOf } from '../../../src/serve/pipeline/output-set.ts'
import { OutputWorker } from '../../../src/serve/pipeline/output-worker.ts'
import { alertsOf } from '../../../src/serve/pipeline/parcel.ts'
import type { Sorting } from '../../../src/serve/pipeline/sorting.ts'
import { openEmbeddedQueue } from '../../../src/serve/queue/embedded.ts'
import type { Queue } from '../../../src/serve/queue/queue.ts'
import { HandClock, settled } from './hand-clock.ts'
import { lines, uuidOf } from './serving.ts'

const NONE = new BigUint64Array(0)

/** Everything goes, at once and alone. */
const everything: Sorting = {
  async take(batch) {
    const parcels = alertsOf(batch).map((alert, at) => ({
      shipments: [{ alert, accepted: batch.accepted[at] }],
      settles: batch.positions.slice(at, at + 1),
      alone: false,
    }))
    return { parcels, settled: NONE }
  },
  ripe: () => ({ parcels: [], settled: NONE }),
  due: () => undefined,
  flush: () => ({ parcels: [], settled: NONE }),
}

interface Options {
  readonly batch?: { readonly alerts: number; readonly bytes: number; readonly wait: number }
  readonly concurrency?: number
  readonly sorting?: Sorting
  readonly deliver?: (ids: readonly string[]) => Promise<void> | void
}

async function newQueue(t: ExecutionContext): Promise<Queue> {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-worker-'))
  const queue = await openEmbeddedQueue(folder)
  t.teardown(async () => {
    await queue.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await queue.consumer('output:out')
  return queue
}

async function working(queue: Queue, options: Options = {}) {
  const { batch = { alerts: 1, bytes: 1e6, wait: 0 }, concurrency = 1, sorting = everything } = options
  const clock = new HandClock()
  const calls: string[][] = []
  const wanted: { readonly count: number; readonly done: () => void }[] = []
  const metrics = new ServerMetrics(() => queue.status())
  const delivery = new Delivery({
    name: 'out',
    output: {
      deliver: async alerts => {
        const ids = alerts.map(({ id }) => id)
        await options.deliver?.(ids)
        calls.push(ids)
        for (const { count, done } of wanted) if (calls.flat().length >= count) done()
      },
      close: async () => undefined,
    },
    options: { timeout: 10_000, retry: { first: 1000, most: 1000, attempts: 100 } },
    ...{ clock, metrics },
    random: () => 1,
    bury: async () => undefined,
    heard: () => undefined,
  })
  const consumer = await queue.consumer('output:out')
  consumer.rewind()
  const worker = new OutputWorker({
    ...{ consumer, sorting, delivery, clock, gather: 0 },
    options: { batch, concurrency },
    depth: () => depthOf(queue, 'output:out'),
    troubled: thrown => rethrow(thrown),
  })
  worker.start()
  const until = (count: number): Promise<void> =>
    new Promise(done => {
      if (calls.flat().length >= count) done()
      else wanted.push({ count, done })
    })
  return { worker, clock, calls, until }
}

function rethrow(thrown: unknown): never {
  throw thrown
}

const post = (queue: Queue, from: number, count: number): Promise<unknown> =>
  queue.accept([{ body: Buffer.from(lines(from, count)), input: 'test' }])

const ids = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => uuidOf(from + at))

test('alerts are delivered in the order in which they were accepted', async t => {
  const queue = await newQueue(t)
  const { worker, calls, until } = await working(queue)
  for (let from = 1; from < 100; from += 10) await post(queue, from, 10)
  await until(100)
  t.deepEqual(calls.flat(), ids(1, 100))
  await worker.stop()
})

test('a batch goes when it is full, or when its first alert waited long enough', async t => {
  const queue = await newQueue(t)
  const batch = { alerts: 40, bytes: 1e6, wait: 5000 }
  const { worker, clock, calls, until } = await working(queue, { batch })
  await post(queue, 1, 100)
  await until(80)
  await settled()
  t.deepEqual(
    calls.map(({ length }) => length),
    [40, 40],
  )
  await clock.advance(4999)
  t.is(calls.length, 2)
  await clock.advance(1)
  await until(100)
  t.deepEqual(calls[2], ids(81, 20))
  await worker.stop()
})

test('what was delivered is not handed out again, and what was not is', async t => {
  const queue = await newQueue(t)
  const first = await working(queue, {
    deliver: ([id]) => {
      if (id === uuidOf(4)) throw new DeliveryFault('down', { retry: true })
    },
  })
  await post(queue, 1, 10)
  await first.until(3)
  await settled()
  await first.worker.stop()
  t.deepEqual(first.calls.flat(), ids(1, 3))
  const second = await working(queue)
  await second.until(7)
  t.deepEqual(second.calls.flat(), ids(4, 7))
  await second.worker.stop()
})

test('draining delivers what is in the queue and ends', async t => {
  const queue = await newQueue(t)
  const batch = { alerts: 1000, bytes: 1e9, wait: 3_600_000 }
  const { worker, calls } = await working(queue, { batch })
  await post(queue, 1, 2500)
  await worker.drain()
  t.deepEqual(calls.flat(), ids(1, 2500))
  t.is(depthOf(queue, 'output:out'), 0)
})

test('draining an empty queue ends at once', async t => {
  const queue = await newQueue(t)
  const { worker, calls } = await working(queue)
  await worker.drain()
  t.deepEqual(calls, [])
})

test('so many deliveries are under way at once, and no more', async t => {
  const queue = await newQueue(t)
  const open: (() => void)[] = []
  let most = 0
  const { worker, until } = await working(queue, {
    concurrency: 3,
    deliver: () =>
      new Promise(done => {
        open.push(done)
        most = Math.max(most, open.length)
        if (open.length === 3) for (const each of open.splice(0)) each()
      }),
  })
  await post(queue, 1, 30)
  await until(30)
  t.is(most, 3)
  await worker.stop()
})

test('a worker that is retired lets its delivery end, and begins no other', async t => {
  const queue = await newQueue(t)
  let end: () => void = () => undefined
  let begun: () => void = () => undefined
  const under = new Promise<void>(done => {
    begun = done
  })
  const { worker, calls } = await working(queue, {
    deliver: () =>
      new Promise(done => {
        end = done
        begun()
      }),
  })
  await post(queue, 1, 5)
  await under
  const retired = worker.retire(10_000)
  await settled()
  end()
  await retired
  t.deepEqual(calls.flat(), ids(1, 1))
  t.is(depthOf(queue, 'output:out'), 4)
})

test('alerts that the sorting keeps are settled only when it lets them go', async t => {
  const queue = await newQueue(t)
  let kept: ReturnType<typeof alertsOf> = []
  let places: bigint[] = []
  const keeping: Sorting = {
    ...everything,
    async take(batch) {
      kept = [...kept, ...alertsOf(batch)]
      places = [...places, ...batch.positions]
      return { parcels: [], settled: NONE }
    },
    flush: () => {
      const [first] = kept
      if (first === undefined) return { parcels: [], settled: NONE }
      const parcel = {
        shipments: [{ alert: first, accepted: undefined }],
        settles: BigUint64Array.from(places),
        alone: true,
      }
      return { parcels: [parcel], settled: NONE }
    },
  }
  const { worker, calls } = await working(queue, { sorting: keeping })
  await post(queue, 1, 10)
  while (kept.length < 10) await settled()
  t.is(depthOf(queue, 'output:out'), 10)
  await worker.drain()
  t.deepEqual(calls, [[uuidOf(1)]])
  t.is(depthOf(queue, 'output:out'), 0)
})

test('while it drains an output that fails is left for the next start, and holds nothing up', async t => {
  const queue = await newQueue(t)
  await queue.accept([{ body: Buffer.from(lines(1, 3)), input: 'requests' }])
  let failing = true
  const begun: (() => void)[] = []
  const failed = new Promise<void>(done => begun.push(done))
  const deliver = (): void => {
    begun[0]?.()
    if (failing) throw new DeliveryFault('down', { retry: true })
  }
  const { worker } = await working(queue, { deliver })
  await failed
  // Nobody moves the clock: a worker that waited to try again would wait for ever.
  t.false(await worker.drain())
  t.is(depthOf(queue, 'output:out'), 3)
  failing = false
  const next = await working(queue, { deliver })
  await next.until(3)
  t.true(await next.worker.drain())
  t.is(depthOf(queue, 'output:out'), 0)
})
