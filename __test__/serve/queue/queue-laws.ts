// The laws of a queue, whichever it is: each is a test over a queue that the caller opens. Looks at nothing behind the interface.
import { setTimeout as delay } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type {
  AlertBatch,
  Queue,
  QueueConsumer,
  QueueStatus,
  Receipt,
} from '../../../src/serve/queue/queue.ts'
import { alert } from './alerts.ts'

/** One place with a queue in it. */
export interface QueuePlace {
  /** Opens it, with room for so many bytes. Only one is open at a time. */
  open(limit?: number): Promise<Queue>
  /** Its status as of now. */
  status(queue: Queue): Promise<QueueStatus>
}

const LIMIT = { alerts: 1000, bytes: 1 << 20 }
const NEVER = new AbortController().signal

/** Posts alerts, a line each. */
export async function post(queue: Queue, numbers: readonly number[]): Promise<Receipt> {
  const body = Buffer.from(numbers.map(number => alert(number)).join('\n'))
  const [receipt] = await queue.accept([{ body, input: 'test' }])
  if (receipt === undefined) throw new Error('a body without a receipt')
  return receipt
}

/** The numbers of the rules in a batch. */
export function numbersOf(batch: AlertBatch | undefined): number[] {
  const lines = batch === undefined ? [] : batch.lines.toString().trimEnd().split('\n')
  return lines.map(line => Number(/"rule":"rule (\d+)"/.exec(line)?.[1]))
}

/** Takes until `count` alerts are there, without settling. */
export async function takeAll(consumer: QueueConsumer, count: number): Promise<AlertBatch[]> {
  const batches: AlertBatch[] = []
  for (let taken = 0; taken < count; ) {
    const batch = await consumer.take(LIMIT, NEVER)
    if (batch === undefined) throw new Error('the queue is closed')
    batches.push(batch)
    taken += batch.count
  }
  return batches
}

/** The status once it is as wanted; what was settled is told to a queue elsewhere, which takes a moment. Gives up after some looks. */
async function statusOnce(
  place: QueuePlace,
  queue: Queue,
  wanted: (status: QueueStatus) => boolean,
): Promise<QueueStatus> {
  for (let look = 0; look < 2000; look += 1) {
    const status = await place.status(queue)
    if (wanted(status)) return status
  }
  return place.status(queue)
}

const range = (from: number, until: number): number[] =>
  Array.from({ length: until - from }, (_, index) => from + index)

/** Declares the laws for the kind of queue of that name. `place` gives a fresh place, or `undefined` to skip. */
export function queueLaws(
  kind: string,
  place: (t: ExecutionContext) => Promise<QueuePlace | undefined>,
): void {
  const law = (title: string, check: (t: ExecutionContext, place: QueuePlace) => Promise<void>): void => {
    test(`${kind}: ${title}`, async t => {
      const there = await place(t)
      if (there === undefined) return
      const open = async (limit?: number): Promise<Queue> => {
        const queue = await there.open(limit)
        t.teardown(() => queue.close())
        return queue
      }
      await check(t, { open, status: queue => there.status(queue) })
    })
  }
  orderLaws(law)
  settlingLaws(law)
  waitingLaws(law)
  roomLaws(law)
}

type Law = (title: string, check: (t: ExecutionContext, place: QueuePlace) => Promise<void>) => void

function orderLaws(law: Law): void {
  law(
    'what was accepted is taken in its order, each with its id, a rising position and its time',
    async (t, place) => {
      const queue = await place.open()
      const consumer = await queue.consumer('out')
      const before = BigInt(Date.now()) * 1_000_000n
      for (const [from, until] of [
        [0, 3],
        [3, 4],
        [4, 10],
      ] as const) {
        t.is((await post(queue, range(from, until))).accepted, until - from)
      }
      const batches = await takeAll(consumer, 10)
      t.deepEqual(batches.flatMap(numbersOf), range(0, 10))
      const positions = batches.flatMap(batch => [...batch.positions])
      t.true(positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0n)))
      // Clocks of two processes, read with different precision.
      t.true(batches.every(batch => batch.accepted.every(time => time > before - 1_000_000_000n)))
      for (const batch of batches) {
        const lines = batch.lines.toString().trimEnd().split('\n')
        const ids = lines.map(line => (JSON.parse(line) as { uuid: string }).uuid.replaceAll('-', ''))
        t.is(ids.join(''), batch.ids.toString('hex'))
      }
      await queue.close()
    },
  )

  law('a bad line costs only itself, and is named', async (t, place) => {
    const queue = await place.open()
    const consumer = await queue.consumer('out')
    const body = Buffer.from([alert(1), '{"rule":', alert(2), '{"rule":7}'].join('\n'))
    const [receipt] = await queue.accept([{ body, input: 'test' }])
    t.is(receipt?.accepted, 2)
    t.is(receipt?.refusedCount, 2)
    t.deepEqual(
      receipt?.refused.map(({ line }) => line),
      [2, 4],
    )
    t.deepEqual((await takeAll(consumer, 2)).flatMap(numbersOf), [1, 2])
    await queue.close()
  })

  law('an alert keeps the uuid it came with, its bytes, and can be had as it was sent', async (t, place) => {
    const queue = await place.open()
    const [canonical, evidence] = [await queue.consumer('out'), await queue.consumer('seal')]
    const uuid = '0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'
    const sent = [
      `{ "uuid":"${uuid}", "rule":"a", "priority":"info", "time":"2026-11-21T20:00:00Z", "n":1780051808717141556 }`,
      '{"rule":"b","priority":"Debug","time":"2026-11-21T20:00:00Z","output":"ü"}',
    ]
    await queue.accept([{ body: Buffer.from(sent.join('\n')), input: 'test' }])
    const [batch] = await takeAll(canonical, 2)
    const [first, second] = batch?.lines.toString().trimEnd().split('\n') ?? []
    t.true(first?.includes(uuid))
    t.true(first?.includes('1780051808717141556'))
    t.is(batch?.ids.toString('hex', 0, 16), uuid.replaceAll('-', ''))
    t.like(JSON.parse(second ?? ''), { rule: 'b', source: 'syscall', output: 'ü' })
    const raw = await evidence.take({ ...LIMIT, raw: true }, NEVER)
    t.is(raw?.lines.toString(), `${sent.join('\n')}\n`)
    await queue.close()
  })

  law('every consumer gets all, from the moment it was made', async (t, place) => {
    const queue = await place.open()
    const one = await queue.consumer('one')
    await post(queue, [1])
    const other = await queue.consumer('other')
    await post(queue, [2])
    t.deepEqual((await takeAll(one, 2)).flatMap(numbersOf), [1, 2])
    t.deepEqual((await takeAll(other, 1)).flatMap(numbersOf), [2])
    await queue.close()
  })
}

function settlingLaws(law: Law): void {
  law('what was settled is not handed out after a reopening, what was only taken is', async (t, place) => {
    const first = await place.open()
    const consumer = await first.consumer('out')
    await post(first, range(0, 4))
    await post(first, range(4, 8))
    const batches = await takeAll(consumer, 8)
    const positions = batches.flatMap(batch => [...batch.positions])
    consumer.settle(BigUint64Array.from(positions.slice(0, 4)))
    await first.close()
    const second = await place.open()
    t.deepEqual((await takeAll(await second.consumer('out'), 4)).flatMap(numbersOf), [4, 5, 6, 7])
    await second.close()
  })

  law(
    'a rewind hands out again what was not settled, oldest first, wherever the settled ones lie',
    async (t, place) => {
      const queue = await place.open()
      const consumer = await queue.consumer('out')
      for (const number of range(0, 20)) await post(queue, [number * 2, number * 2 + 1])
      const positions = (await takeAll(consumer, 40)).flatMap(batch => [...batch.positions])
      consumer.settle(BigUint64Array.from(positions.filter((_, index) => index % 3 === 0)))
      consumer.rewind()
      const left = range(0, 40).filter(number => number % 3 !== 0)
      t.deepEqual((await takeAll(consumer, left.length)).flatMap(numbersOf), left)
      await queue.close()
    },
  )

  law('settled in any order, nothing is left', async (t, place) => {
    const queue = await place.open()
    const consumer = await queue.consumer('out')
    await post(queue, range(0, 10))
    await post(queue, range(10, 20))
    const positions = (await takeAll(consumer, 20)).flatMap(batch => [...batch.positions])
    t.like((await place.status(queue)).consumers, [{ name: 'out', depth: 20 }])
    for (const position of positions.reverse()) consumer.settle(BigUint64Array.of(position))
    const { consumers } = await statusOnce(place, queue, ({ consumers: [out] }) => out?.depth === 0)
    t.like(consumers, [{ name: 'out', depth: 0, oldest: 0 }])
    await queue.close()
  })
}

function waitingLaws(law: Law): void {
  law('a take waits for alerts and is woken by them', async (t, place) => {
    const queue = await place.open()
    const consumer = await queue.consumer('out')
    const taken = consumer.take(LIMIT, NEVER)
    t.is(await Promise.race([taken, delay(50, 'waits')]), 'waits')
    await post(queue, [1])
    t.deepEqual(numbersOf(await taken), [1])
    await queue.close()
  })

  law('a take ends with nothing when it is aborted, and when the queue closes', async (t, place) => {
    const queue = await place.open()
    const consumer = await queue.consumer('out')
    const abort = new AbortController()
    const aborted = consumer.take(LIMIT, abort.signal)
    abort.abort()
    t.is(await aborted, undefined)
    const closed = consumer.take(LIMIT, NEVER)
    await queue.close()
    t.is(await closed, undefined)
  })

  law('an aborted take loses nothing', async (t, place) => {
    const queue = await place.open()
    const consumer = await queue.consumer('out')
    const abort = new AbortController()
    const aborted = consumer.take(LIMIT, abort.signal)
    abort.abort()
    await aborted
    await post(queue, [1, 2])
    t.deepEqual((await takeAll(consumer, 2)).flatMap(numbersOf), [1, 2])
    await queue.close()
  })

  law('a take gives no more than was asked for, and at least one', async (t, place) => {
    const queue = await place.open()
    const consumer = await queue.consumer('out')
    await post(queue, range(0, 10))
    t.deepEqual(numbersOf(await consumer.take({ alerts: 3, bytes: 1 << 20 }, NEVER)), [0, 1, 2])
    t.deepEqual(numbersOf(await consumer.take({ alerts: 3, bytes: 1 }, NEVER)), [3])
    const some = await consumer.take({ alerts: 100, bytes: 700 }, NEVER)
    // Bytes are counted with or without what was put in: either is as much as was meant.
    t.true(some !== undefined && some.count > 1 && some.count < 5)
    await queue.close()
  })
}

function roomLaws(law: Law): void {
  law('a full queue refuses, forgets nothing, and accepts again when there is room', async (t, place) => {
    const queue = await place.open(1 << 20)
    const consumer = await queue.consumer('out')
    const filler = { 'proc.cmdline': 'x'.repeat(10_000) }
    const body = Buffer.from(alert(1, { output_fields: filler }))
    let accepted = 0
    const full = await t.throwsAsync(async () => {
      for (; accepted < 1000; accepted += 1) await queue.accept([{ body, input: 'test' }])
    })
    t.is((full as Error & { code?: string }).code, 'ERR_QUEUE_FULL')
    t.true(accepted > 10)
    for (const { positions } of await takeAll(consumer, accepted)) consumer.settle(positions)
    const { bytes, limit } = await statusOnce(place, queue, now => now.bytes < now.limit / 2)
    t.true(bytes < limit / 2, `${bytes} bytes are left of ${limit}`)
    t.is((await post(queue, [2])).accepted, 1)
    await queue.close()
  })

  law('what only a forgotten consumer waits for is not kept', async (t, place) => {
    const queue = await place.open()
    const [kept, gone] = [await queue.consumer('kept'), await queue.consumer('gone')]
    await post(queue, range(0, 5))
    for (const { positions } of await takeAll(kept, 5)) kept.settle(positions)
    await takeAll(gone, 5)
    await queue.forget('gone')
    const { consumers } = await statusOnce(place, queue, status => status.consumers[0]?.depth === 0)
    t.like(consumers, [{ name: 'kept', depth: 0 }])
    t.is(consumers.length, 1)
    await queue.close()
  })
}
