// The queue on this machine: receipts, order, waiting, places that survive, writes that are shared.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { LannerError } from '../../../src/error.ts'
import { AcceptedAlert } from '../../../src/serve/alert.ts'
import {
  type EmbeddedQueue,
  type EmbeddedQueueSettings,
  openEmbeddedQueue,
} from '../../../src/serve/queue/embedded.ts'
import type { AlertBatch, Posted } from '../../../src/serve/queue/queue.ts'

const ALL = { alerts: 1000, bytes: 1 << 20 }
const NEVER = new AbortController().signal

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lanner-queue-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

async function opened(t: ExecutionContext, settings?: EmbeddedQueueSettings): Promise<EmbeddedQueue> {
  const queue = await openEmbeddedQueue(await folder(t), settings)
  t.teardown(() => queue.close())
  return queue
}

function alert(rule: string, more = ''): string {
  return `{"rule":"${rule}","priority":"Notice","time":"2026-05-29T10:50:08.717141556Z"${more}}`
}

function post(...lines: readonly string[]): Posted[] {
  return [{ body: Buffer.from(lines.join('\n')), input: 'falco' }]
}

function rules(batch: AlertBatch | undefined): string[] {
  const lines = batch?.lines.toString().trimEnd().split('\n') ?? []
  return lines.map(line => new AcceptedAlert('', line).content.rule)
}

test('every line of a body is accepted or named with the reason', async t => {
  const queue = await opened(t)
  const consumer = await queue.consumer('c')
  const [receipt] = await queue.accept(post(alert('a'), '', 'no json', '{"rule":"x"}', alert('b')))
  t.deepEqual(receipt, {
    accepted: 2,
    refused: [
      { line: 3, code: 'ERR_ALERT_JSON', reason: "not JSON: the text at byte 1 can't stand there" },
      { line: 4, code: 'ERR_ALERT_MISSING', reason: '`priority` is missing' },
    ],
    refusedCount: 2,
  })
  t.deepEqual(rules(await consumer.take(ALL, NEVER)), ['a', 'b'])
})

test('a batch has the same alerts in all its columns', async t => {
  const queue = await opened(t)
  const consumer = await queue.consumer('c')
  const id = '0193a1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5b'
  const before = BigInt(Date.now()) * 1_000_000n
  await queue.accept(post(alert('a', `,"uuid":"${id}","n":12345678901234567890`), alert('b')))
  const batch = await consumer.take(ALL, NEVER)
  t.is(batch?.count, 2)
  t.deepEqual([...(batch?.positions ?? [])], [0n, 1n])
  t.is(batch?.ids.subarray(0, 16).toString('hex'), id.replaceAll('-', ''))
  const [first = '', second = ''] = batch?.lines.toString().split('\n') ?? []
  t.true(first.startsWith('{"source":"syscall","rule":"a"') && first.includes('12345678901234567890'))
  const { uuid } = JSON.parse(second) as { uuid: string }
  t.is(batch?.ids.subarray(16).toString('hex'), uuid.replaceAll('-', ''))
  t.true((batch?.accepted ?? []).every(time => time >= before))
})

test('raw lines are the bytes that were received', async t => {
  const queue = await opened(t)
  const consumer = await queue.consumer('c')
  await queue.accept(post(alert('a')))
  const batch = await consumer.take({ ...ALL, raw: true }, NEVER)
  t.is(batch?.lines.toString(), `${alert('a')}\n`)
})

test('take waits for an alert, for the abort, and for the end', async t => {
  const queue = await opened(t)
  const consumer = await queue.consumer('c')
  const waiting = consumer.take(ALL, NEVER)
  await queue.accept(post(alert('a')))
  t.deepEqual(rules(await waiting), ['a'])
  const abort = new AbortController()
  const aborted = consumer.take(ALL, abort.signal)
  abort.abort()
  t.is(await aborted, undefined)
  const ended = consumer.take(ALL, NEVER)
  await queue.close()
  t.is(await ended, undefined)
  t.is(await consumer.take(ALL, NEVER), undefined)
})

test('what was settled is not handed out again, what was not is, in order', async t => {
  const path = await folder(t)
  const first = await openEmbeddedQueue(path)
  const consumer = await first.consumer('c')
  await first.accept(post(alert('a'), alert('b'), alert('c'), alert('d')))
  const batch = await consumer.take(ALL, NEVER)
  consumer.settle(batch?.positions.subarray(1, 2) ?? new BigUint64Array())
  consumer.rewind()
  t.deepEqual(rules(await consumer.take({ ...ALL, alerts: 2 }, NEVER)), ['a', 'c'])
  consumer.settle(BigUint64Array.of(0n))
  t.is(first.status().consumers[0]?.depth, 2)
  await first.close()
  const second = await openEmbeddedQueue(path)
  t.teardown(() => second.close())
  t.deepEqual(rules(await (await second.consumer('c')).take(ALL, NEVER)), ['c', 'd'])
})

test('a rewind wakes its own consumer that waits', async t => {
  const queue = await opened(t)
  const consumer = await queue.consumer('c')
  await queue.accept(post(alert('a')))
  await consumer.take(ALL, NEVER)
  const waiting = consumer.take(ALL, NEVER)
  consumer.rewind()
  t.deepEqual(rules(await waiting), ['a'])
})

test('a new consumer begins behind what is there, and one that is forgotten keeps nothing', async t => {
  const queue = await opened(t)
  await queue.consumer('old')
  await queue.accept(post(alert('a')))
  const late = await queue.consumer('late')
  await queue.accept(post(alert('b')))
  t.deepEqual(rules(await late.take(ALL, NEVER)), ['b'])
  t.deepEqual(
    queue.status().consumers.map(({ name, depth }) => [name, depth]),
    [
      ['late', 1],
      ['old', 2],
    ],
  )
  await queue.forget('old')
  await queue.forget('late')
  t.deepEqual([queue.status().consumers.length, queue.status().bytes], [0, 0])
})

test('many posts at once all get their own receipt, in the order in which they came', async t => {
  const queue = await opened(t)
  const consumer = await queue.consumer('c')
  const posts = Array.from({ length: 500 }, (_, n) =>
    queue.accept(post(...Array(n % 3).fill(alert(`r${n}`)))),
  )
  const receipts = await Promise.all(posts)
  t.deepEqual(
    receipts.map(([receipt]) => receipt?.accepted),
    posts.map((_, n) => n % 3),
  )
  const taken = rules(await consumer.take(ALL, NEVER))
  t.deepEqual(
    taken,
    posts.flatMap((_, n) => Array<string>(n % 3).fill(`r${n}`)),
  )
})

test('a full queue turns away only what does not fit, and takes again when there is room', async t => {
  const queue = await opened(t, { limit: 4000 })
  const consumer = await queue.consumer('c')
  const large = queue.accept(post(...Array(40).fill(alert('large'))))
  const [small, tooMuch, other] = [
    queue.accept(post(alert('small'))),
    queue.accept(post(...Array(40).fill(alert('large')))),
    queue.accept(post(alert('other'))),
  ]
  for (const refused of [large, tooMuch]) {
    const error: LannerError | undefined = await t.throwsAsync(refused)
    t.is(error?.code, 'ERR_QUEUE_FULL')
  }
  t.is((await small)[0]?.accepted, 1)
  t.is((await other)[0]?.accepted, 1)
  t.true(queue.status().bytes > 0)
  const batch = await consumer.take(ALL, NEVER)
  t.deepEqual(rules(batch), ['small', 'other'])
  consumer.settle(batch?.positions ?? new BigUint64Array())
  t.is(queue.status().bytes, 0)
})

test('a folder that another queue has open is refused', async t => {
  const path = await folder(t)
  const queue = await openEmbeddedQueue(path)
  t.teardown(() => queue.close())
  const error: LannerError | undefined = await t.throwsAsync(openEmbeddedQueue(path))
  t.is(error?.code, 'ERR_QUEUE_LOCKED')
})

test('a closed queue takes nothing more, after it wrote what had come', async t => {
  const queue = await opened(t)
  const last = queue.accept(post(alert('a')))
  await queue.close()
  t.is((await last)[0]?.accepted, 1)
  const error: LannerError | undefined = await t.throwsAsync(queue.accept(post(alert('b'))))
  t.is(error?.code, 'ERR_QUEUE_CLOSED')
})
