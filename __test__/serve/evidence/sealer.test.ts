// When windows are sealed, and what becomes of them when something fails or the process ends in between. Started by ava.
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type Clock, systemClock } from '../../../src/serve/clock.ts'
import { alertLine, evidencePlace, Received, sealedChain } from './received.ts'

const LINES = Array.from({ length: 10 }, (_, number) => alertLine(number))
const alertsIn = (directory: string): string =>
  readdirSync(directory)
    .filter(file => file.endsWith('.jsonl'))
    .sort()
    .map(file => readFileSync(join(directory, file), 'utf8'))
    .join('')
const text = (lines: readonly string[]): string => lines.map(line => `${line}\n`).join('')

/** A clock that stands until it is told to go on. */
class HandClock implements Clock {
  #now = 0
  readonly #waiting = new Map<object, { readonly at: number; readonly run: () => void }>()
  #asked: () => void = () => undefined

  wall = (): bigint => 1_780_000_000_000_000_000n + BigInt(this.#now) * 1_000_000n
  steady = (): number => this.#now
  after = (milliseconds: number, run: () => void): (() => void) => {
    const key = {}
    this.#waiting.set(key, { at: this.#now + milliseconds, run })
    this.#asked()
    return () => this.#waiting.delete(key)
  }

  /** Resolves once somebody waits. */
  async awaited(): Promise<void> {
    while (this.#waiting.size === 0) await new Promise<void>(done => (this.#asked = done))
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds
    for (const [key, { at, run }] of this.#waiting) {
      if (at > this.#now) continue
      this.#waiting.delete(key)
      run()
    }
  }
}

test('a window ends after its time, also one in which nothing was received', async t => {
  const place = await evidencePlace(t)
  const clock = new HandClock()
  const queue = new Received()
  let told: () => void = () => undefined
  const sealer = place.sealer(queue, {
    clock,
    every: 300_000,
    sealed: window => {
      place.sealed.push(window)
      told()
    },
  })
  const next = (): Promise<void> => new Promise(done => (told = done))
  sealer.start()
  for (const alerts of [0, 3]) {
    queue.post(...LINES.slice(0, alerts))
    await clock.awaited()
    const sealed = next()
    clock.pass(300_000)
    await sealed
    t.is(place.sealed.at(-1)?.alerts, alerts)
  }
  await sealer.stop()
  t.like(await place.verify(), {
    passed: true,
    windows: 2,
    alerts: 3,
    from: '2026-05-28T20:26:40.000000000Z',
  })
})

test('flush seals what the queue has, drain seals the rest, and stop leaves it to the next', async t => {
  const place = await evidencePlace(t)
  const queue = new Received()
  const sealer = place.sealer(queue)
  sealer.start()
  t.is(await sealer.flush(), null, 'nothing to seal')
  queue.post(...LINES.slice(0, 3))
  t.is((await sealer.flush())?.number, 1)
  t.is(queue.depth, 0)
  queue.post(...LINES.slice(3, 5))
  await sealer.drain()
  t.is(sealer.head?.number, 2)
  const next = place.sealer(queue)
  next.start()
  queue.post(...LINES.slice(5))
  await next.stop()
  t.is(queue.depth, 5)
  t.false(
    readdirSync(place.directory).some(file => file.startsWith('.')),
    'nothing half done is left',
  )
  const last = place.sealer(queue.reopened())
  last.start()
  await last.drain()
  t.is(alertsIn(place.directory), text(LINES))
  t.like(await place.verify(), { passed: true, windows: 3, alerts: 10 })
})

test('an end between the file and the settling seals nothing twice and leaves no gap', async t => {
  const place = await evidencePlace(t)
  const { queue } = await sealedChain(place, LINES.slice(0, 6), 3)
  for (const forgotten of [1, 3, 5, 6]) {
    const again = queue.reopened(forgotten)
    t.is(again.depth, forgotten)
    const sealer = place.sealer(again)
    sealer.start()
    await sealer.drain()
    t.is(again.depth, 0, `${forgotten} were handed out again`)
    t.is(alertsIn(place.directory), text(LINES.slice(0, 6)))
  }
  const again = queue.reopened(4)
  again.post(...LINES.slice(6))
  const sealer = place.sealer(again)
  sealer.start()
  await sealer.drain()
  t.is(alertsIn(place.directory), text(LINES))
  t.like(await place.verify(), { passed: true, windows: 3, alerts: 10 })
})

test('an end before the envelope seals the window again from the queue', async t => {
  const place = await evidencePlace(t)
  const { queue } = await sealedChain(place, LINES.slice(0, 6), 3)
  const file = (number: number, kind: string): string =>
    join(place.directory, `window-0000000${number}.${kind}`)
  // As after a crash with lines and index in place, and after one in the middle of collecting.
  rmSync(file(2, 'json'))
  writeFileSync(join(place.directory, '.window-00000003.jsonl.part'), 'half a li')
  t.like(await place.verify(), { passed: true, windows: 1, unsealed: [2] })
  const again = queue.reopened(3)
  again.post(...LINES.slice(6))
  const sealer = place.sealer(again)
  sealer.start()
  await sealer.drain()
  t.is(alertsIn(place.directory), text(LINES))
  t.like(await place.verify(), { passed: true, alerts: 10, unsealed: [] })
  t.false(existsSync(join(place.directory, '.window-00000003.jsonl.part')))
})

test('an alert of another queue at the same place is no repetition', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES.slice(0, 3), 100)
  await sealedChain(place, LINES.slice(3, 6), 100)
  t.is(alertsIn(place.directory), text(LINES.slice(0, 6)))
})

test('what fails is told and tried again until it succeeds; who waited is told too', async t => {
  const place = await evidencePlace(t)
  const queue = new Received()
  queue.post(...LINES)
  let failures = 2
  const signer = {
    ...place.signer,
    sign: (payload: Parameters<typeof place.signer.sign>[0]) => {
      failures -= 1
      return failures >= 0 ? Promise.reject(new Error('the disk is full')) : place.signer.sign(payload)
    },
  }
  const hurried = { ...systemClock, after: (_: number, run: () => void) => systemClock.after(0, run) }
  const sealer = place.sealer(queue, { signer, alerts: 4, clock: { ...hurried } })
  sealer.start()
  await t.throwsAsync(sealer.flush(), { message: 'the disk is full' })
  await sealer.drain()
  t.is(place.heard.length, 2)
  t.is(queue.depth, 0)
  t.is(alertsIn(place.directory), text(LINES))
  t.like(await place.verify(), { passed: true, alerts: 10 })
})

test('a number that somebody else has sealed meanwhile is not sealed over', async t => {
  const place = await evidencePlace(t)
  const queue = new Received()
  const other = await evidencePlace(t)
  await sealedChain(other, LINES.slice(0, 2), 10)
  const sealer = place.sealer(queue)
  sealer.start()
  await sealer.flush()
  for (const file of readdirSync(other.directory))
    copyFileSync(join(other.directory, file), join(place.directory, file))
  const kept = readFileSync(join(place.directory, 'window-00000001.json'))
  queue.post(...LINES.slice(2))
  await t.throwsAsync(sealer.flush(), { code: 'ERR_OUTPUT_EXISTS' })
  await sealer.drain()
  t.deepEqual(readFileSync(join(place.directory, 'window-00000001.json')), kept)
  t.is(sealer.head?.number, 2)
})
