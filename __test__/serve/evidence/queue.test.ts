// Evidence behind the real queue on disk: what was accepted is sealed once, whenever the process is killed. Started by ava.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { systemClock } from '../../../src/serve/clock.ts'
import { type Evidence, openEvidence } from '../../../src/serve/evidence/evidence.ts'
import { type EmbeddedQueue, openEmbeddedQueue } from '../../../src/serve/queue/embedded.ts'
import { alertLine, type EvidencePlace, evidencePlace } from './received.ts'

const KILLS = process.env.LANNER_SOAK === '1' ? 50 : 3
const CHILD = fileURLToPath(new URL('sealing-child.ts', import.meta.url))

async function opened(
  place: EvidencePlace,
  alerts: number,
  size?: number,
): Promise<{ queue: EmbeddedQueue; evidence: Evidence }> {
  const queue = await openEmbeddedQueue(join(place.root, 'queue'))
  const evidence = await openEvidence({
    ...{ native: place.native, queue, clock: systemClock, key: place.keyFile, passphrase: undefined },
    ...{ directory: place.directory, every: 60_000, consumer: 'seal', alerts, cluster: 'prod' },
    limits: { age: undefined, size },
    sealed: window => place.sealed.push(window),
    pruned: windows => place.pruned.push(windows),
    heard: thrown => place.heard.push(thrown),
  })
  evidence.sealer.start()
  return { queue, evidence }
}

function sealedLines({ directory }: EvidencePlace): string[] {
  const files = readdirSync(directory).filter(file => file.endsWith('.jsonl'))
  return files.sort().flatMap(file => readFileSync(join(directory, file), 'utf8').split('\n').slice(0, -1))
}

/** Places in the queue, in the order of the windows. */
function sealedPlaces({ directory }: EvidencePlace): bigint[] {
  const files = readdirSync(directory).filter(file => file.endsWith('.index'))
  return files.sort().flatMap(file => {
    const entries = readFileSync(join(directory, file))
    return Array.from({ length: entries.length / 24 }, (_, at) => entries.readBigUInt64BE(at * 24))
  })
}

test('what the queue accepted is sealed as it came, and its ids lead to it', async t => {
  const place = await evidencePlace(t)
  const { queue, evidence } = await opened(place, 8)
  const uuid = '0198c0de-0000-7000-8000-00000000beef'
  const lines = [...Array(20).keys()].map(number => alertLine(number))
  const posted = [...lines, `{ "uuid": "${uuid}", ${alertLine(20).slice(1)}`]
  const [receipt] = await queue.accept([{ body: Buffer.from(`${posted.join('\n')}\n`), input: 'test' }])
  t.is(receipt?.accepted, 21)
  const text = Buffer.from(await evidence.select([uuid])).toString()
  const { predicate } = JSON.parse(Buffer.from(JSON.parse(text).payload, 'base64').toString())
  t.like(predicate.alerts, [{ id: uuid, window: 3 }])
  t.is(predicate.alerts[0].proof.event, posted[20])
  await evidence.sealer.drain()
  await queue.close()
  t.deepEqual(place.heard, [])
  t.deepEqual(sealedLines(place), posted)
  t.like(await place.verify(), { passed: true, windows: 3, alerts: 21 })
})

/** Lets a process accept and seal until it is killed, again and again; gives how many alerts it said to have accepted. */
async function killedOften(t: ExecutionContext, place: EvidencePlace, ...size: string[]): Promise<number> {
  let accepted = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    const words = [join(place.root, 'queue'), place.directory, place.keyFile, String(accepted), ...size]
    const child = spawn(process.execPath, ['--import=@oxc-node/core/register', CHILD, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const left = 1 + Math.floor(Math.random() * 60)
    let told = 0
    for await (const line of createInterface(child.stdout)) {
      accepted = Number(line)
      told += 1
      if (told === left) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    t.is(child.signalCode, 'SIGKILL')
    const { faults } = await place.verify()
    // Whatever the kill met: a record that was written, half of a removal, a window without its envelope.
    t.deepEqual(
      faults.filter(({ code }) => code !== 'ERR_CHAIN_EMPTY'),
      [],
    )
  }
  return accepted
}

test('whenever the process is killed while it prunes, the chain holds and ends small', async t => {
  const place = await evidencePlace(t)
  const size = 60_000
  await killedOften(t, place, String(size))
  const last = await opened(place, 70, size)
  await last.evidence.sealer.drain()
  await last.queue.close()
  t.deepEqual(place.heard, [])
  const report = await place.verify()
  t.like(report, { passed: true, leftover: [], unsealed: [] })
  const files = readdirSync(place.directory).filter(file => file.startsWith('window'))
  const bytes = files.reduce((sum, file) => sum + statSync(join(place.directory, file)).size, 0)
  t.true(report.windows === 1 || bytes <= size, `${bytes} bytes in ${report.windows} windows`)
})

test('whenever the process is killed, what was accepted is sealed once and in order', async t => {
  const place = await evidencePlace(t)
  const accepted = await killedOften(t, place)
  const last = await opened(place, 70)
  await last.evidence.sealer.drain()
  await last.queue.close()
  t.deepEqual(place.heard, [])
  const numbers = sealedLines(place).map(line => Number(/"alert (\d+)"/.exec(line)?.[1]))
  const report = await place.verify()
  t.like(report, { passed: true, alerts: numbers.length, unsealed: [] })
  const places = sealedPlaces(place)
  t.is(places.length, numbers.length)
  t.true(
    places.every((at, index) => index === 0 || at > (places[index - 1] ?? 0n)),
    'none is sealed twice',
  )
  // A body whose acceptance was not told before the kill may be there as well; its numbers come again.
  t.true(
    numbers.length >= accepted && numbers.length <= accepted + 20 * KILLS,
    `${numbers.length} of ${accepted}`,
  )
  t.deepEqual([...new Set(numbers)].slice(0, accepted), [...Array(accepted).keys()])
})
