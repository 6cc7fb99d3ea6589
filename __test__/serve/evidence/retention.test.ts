// Retention of windows: what need not be kept goes whole and from the oldest, and nobody else's removal passes for it. Started by ava.
import { generateKeyPairSync } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Clock, systemClock } from '../../../src/serve/clock.ts'
import { verifyChain } from '../../../src/serve/evidence/chain.ts'
import type { RetentionLimits } from '../../../src/serve/evidence/retention.ts'
import { selectionEnvelope } from '../../../src/serve/evidence/selection.ts'
import { lanner } from '../../cli/lanner.ts'
import { alertLine, type EvidencePlace, evidencePlace, sealedChain } from './received.ts'

const LINES = Array.from({ length: 20 }, (_, number) => alertLine(number))
const KINDS = ['json', 'jsonl', 'index'] as const
const DAY = 86_400_000

function fileOf(directory: string, number: number, kind: string): string {
  return join(directory, `window-${String(number).padStart(8, '0')}.${kind}`)
}

function removeWindow(directory: string, number: number): void {
  for (const kind of KINDS) rmSync(fileOf(directory, number, kind), { force: true })
}

function sizeOf(directory: string, number: number): number {
  return KINDS.reduce((sum, kind) => sum + statSync(fileOf(directory, number, kind)).size, 0)
}

/** Numbers of windows of which anything is there. */
function numbersIn(directory: string): number[] {
  const digits = readdirSync(directory).flatMap(name => /^window-(\d+)/.exec(name)?.[1] ?? [])
  return [...new Set(digits.map(Number))].sort((a, b) => a - b)
}

/** A chain of ten windows of two alerts, of which the last three are kept; `all` is a copy from before. */
async function prunedChain(
  t: ExecutionContext,
): Promise<{ place: EvidencePlace; all: string; ids: readonly string[]; kept: Partial<RetentionLimits> }> {
  const place = await evidencePlace(t)
  const { ids } = await sealedChain(place, LINES, 2)
  const all = join(place.root, 'all')
  cpSync(place.directory, all, { recursive: true })
  const kept = { size: [8, 9, 10].reduce((sum, number) => sum + sizeOf(place.directory, number), 0) }
  await place.retention(kept).apply(10)
  return { place, all, ids, kept }
}

test('the oldest windows go whole until the rest is small enough, and what is kept verifies and says what went', async t => {
  const { place } = await prunedChain(t)
  t.deepEqual(numbersIn(place.directory), [8, 9, 10])
  t.deepEqual(place.pruned, [{ first: 1, last: 7, missing: 0 }])
  const { sha256 = '' } = place.sealed[6] ?? {}
  const report = await place.verify()
  t.like(report, { passed: true, windows: 3, alerts: 6, pruned: { number: 7, sha256 }, leftover: [] })
  const words = ['verify', '--chain', place.directory, '-k', place.publicKeyFile]
  const { code, stdout } = await lanner(words)
  t.is(code, 0)
  t.regex(stdout.toString(), /begins at window 8: windows 1 to 7 were pruned by retention/)
})

test('windows go once they were sealed longer ago than is kept, also while nothing is received', async t => {
  const place = await evidencePlace(t)
  let day = 0
  const clock: Clock = {
    ...systemClock,
    wall: () => 1_780_000_000_000_000_000n + BigInt(day * DAY) * 1_000_000n,
  }
  const retention = place.retention({ age: 3 * DAY }, clock)
  for (; day < 8; day += 1) {
    await sealedChain(place, LINES.slice(day, day + 1), 1, { clock, retention })
  }
  t.deepEqual(numbersIn(place.directory), [5, 6, 7, 8])
  t.like(await place.verify(), { passed: true, pruned: { number: 4, retention: { seconds: 3 * 86_400 } } })
  day = 100
  await place.retention({ age: 3 * DAY }, clock).apply(8)
  t.deepEqual(numbersIn(place.directory), [8], 'the newest is what the next goes behind')
  await sealedChain(place, LINES.slice(10), 100, { clock, retention: place.retention({ age: DAY }, clock) })
  t.like(await place.verify(), { passed: true, windows: 1, pruned: { number: 8 }, head: { number: 9 } })
})

test('without bounds nothing goes', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES, 2, { retention: place.retention({}) })
  t.deepEqual(place.pruned, [])
  t.like(await place.verify(), { passed: true, windows: 10, pruned: null })
})

test('a sealer prunes as it seals, and a chain that was pruned goes on', async t => {
  const place = await evidencePlace(t)
  const retention = place.retention({ size: 1 })
  await sealedChain(place, LINES, 3, { retention })
  t.deepEqual(place.heard, [])
  t.deepEqual(numbersIn(place.directory), [7])
  await sealedChain(place, LINES.slice(0, 4), 2)
  t.like(await place.verify(), { passed: true, windows: 3, pruned: { number: 6 }, head: { number: 9 } })
})

test('what somebody else removed is missing, whatever the record says', async t => {
  const { place, all } = await prunedChain(t)
  const judged = async (change: (directory: string) => void): Promise<unknown> => {
    const directory = join(place.root, 'changed')
    rmSync(directory, { recursive: true, force: true })
    cpSync(place.directory, directory, { recursive: true })
    change(directory)
    const { passed, faults } = await place.verify({ directory })
    t.is(passed, faults.length === 0)
    return faults.map(({ window, code }) => [window, code])
  }
  t.deepEqual(await judged(directory => rmSync(join(directory, 'pruned.json'))), [[1, 'ERR_CHAIN_MISSING']])
  t.deepEqual(await judged(directory => removeWindow(directory, 8)), [[8, 'ERR_CHAIN_MISSING']])
  t.deepEqual(await judged(directory => removeWindow(directory, 9)), [[9, 'ERR_CHAIN_MISSING']])
  t.deepEqual(await judged(directory => [8, 9, 10].forEach(number => void removeWindow(directory, number))), [
    [undefined, 'ERR_CHAIN_EMPTY'],
  ])
  // A record that is ahead of the windows: they were pruned by then, and their files are nobody's word.
  await place.retention({ size: 1 }).apply(10)
  const put = (number: number) => (directory: string) =>
    copyFileSync(fileOf(all, number, 'json'), fileOf(directory, number, 'json'))
  t.deepEqual(await judged(put(9)), [])
})

test('a record of another chain, of another key, or with a byte changed is not believed, and costs no file', async t => {
  const { place } = await prunedChain(t)
  const other = join(place.root, 'other')
  const lines = LINES.map(line => line.replace('alert', 'other'))
  await sealedChain(place, lines, 2, { directory: other })
  copyFileSync(join(place.directory, 'pruned.json'), join(other, 'pruned.json'))
  t.like(await place.verify({ directory: other }), {
    passed: false,
    faults: [{ window: 8, code: 'ERR_CHAIN_PREVIOUS' }],
  })
  await place.retention({}, systemClock, other).apply(10)
  t.deepEqual(numbersIn(other), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  const { publicKey } = generateKeyPairSync('ed25519')
  const codes = (await place.verify({ key: publicKey })).faults.map(({ code }) => code)
  t.is(codes[0], 'ERR_CHAIN_PRUNING')
  const file = join(place.directory, 'pruned.json')
  const original = readFileSync(file)
  for (let at = 0; at < original.length; at += 7) {
    const changed = Buffer.from(original)
    changed[at] = (changed[at] ?? 0) ^ 1
    writeFileSync(file, changed)
    const { passed, pruned } = await place.verify()
    // The key id is a hint that nobody signs.
    if (pruned === null) t.false(passed, `byte ${at}`)
    else t.is(pruned.number, 7, `byte ${at}`)
  }
})

test('an end between the record and the removal is finished by the next start, and verifies meanwhile', async t => {
  const { place, all } = await prunedChain(t)
  for (const kind of KINDS) copyFileSync(fileOf(all, 6, kind), fileOf(place.directory, 6, kind))
  copyFileSync(fileOf(all, 7, 'jsonl'), fileOf(place.directory, 7, 'jsonl'))
  t.like(await place.verify(), { passed: true, windows: 3, leftover: [6, 7], unsealed: [] })
  await sealedChain(place, LINES.slice(0, 2), 2, { retention: place.retention({}) })
  t.deepEqual(numbersIn(place.directory), [8, 9, 10, 11])
  t.like(await place.verify(), { passed: true, windows: 4, leftover: [] })
})

test('a chain that is pruned while it is verified is read again from its new beginning', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES, 2)
  let digested = 0
  const digestFile: typeof place.native.digestFile = async (...words) => {
    digested += 1
    if (digested === 3) await place.retention({ size: 1 }).apply(10)
    return place.native.digestFile(...words)
  }
  const native = { ...place.native, digestFile }
  const reading = { native, key: place.publicKey, scratch: place.root, work: new native.Work() }
  const report = await verifyChain(reading, { directory: place.directory, head: undefined })
  t.like(report, { passed: true, windows: 1, pruned: { number: 9 }, faults: [] })
})

test('windows that were gone before retention came to them are counted', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES, 2)
  removeWindow(place.directory, 2)
  removeWindow(place.directory, 3)
  await place.retention({ size: 1 }).apply(10)
  t.deepEqual(place.pruned, [{ first: 1, last: 9, missing: 2 }])
  t.like(await place.verify(), { passed: true, pruned: { number: 9 } })
})

test('a window that was altered before it was pruned costs nothing of what is kept', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES, 2)
  writeFileSync(fileOf(place.directory, 7, 'json'), '{}')
  const size = [8, 9, 10].reduce((sum, number) => sum + sizeOf(place.directory, number), 0)
  await place.retention({ size }).apply(10)
  t.like(await place.verify(), { passed: true, windows: 3, pruned: { number: 7 } })
})

test('what can’t be removed is told, and keeps nothing from being sealed', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES.slice(0, 4), 2)
  rmSync(fileOf(place.directory, 1, 'jsonl'))
  mkdirSync(fileOf(place.directory, 1, 'jsonl'))
  await sealedChain(place, LINES.slice(4, 8), 2, { retention: place.retention({ size: 1 }) })
  t.true(place.heard.length > 0)
  t.is(place.sealed.at(-1)?.number, 4)
  t.true((await place.verify()).passed)
})

test('a head that was noted of the last pruned window holds; of one before it nothing can be said', async t => {
  const { place } = await prunedChain(t)
  const head = (number: number): string => place.sealed[number - 1]?.sha256 ?? ''
  t.true((await place.verify({ head: head(7) })).passed)
  t.true((await place.verify({ head: head(8) })).passed)
  const { passed, faults } = await place.verify({ head: head(6) })
  t.false(passed)
  t.regex(faults[0]?.why ?? '', /or it was pruned/)
})

test('an envelope of chosen alerts outlives its windows; alerts of pruned windows are named, and refused when there are no others', async t => {
  const place = await evidencePlace(t)
  const { ids } = await sealedChain(place, LINES, 2)
  const choose = (...at: number[]): Promise<Uint8Array> =>
    selectionEnvelope(
      { ...place, clock: systemClock },
      at.map(each => ids[each] ?? ''),
    )
  const file = join(place.root, 'selection.json')
  const check = (): ReturnType<typeof lanner> => lanner(['events', 'verify', file, '-k', place.publicKeyFile])
  writeFileSync(file, await choose(0, 19))
  await place.retention({ size: 1 }).apply(10)
  t.is((await check()).code, 0, 'it was exported before')
  writeFileSync(file, await choose(0, 19))
  const { code, stdout } = await check()
  t.is(code, 0)
  t.true(
    stdout
      .toString()
      .includes(`${ids[0]} was asked for and is in no window that was kept: windows up to 9 had been pruned`),
  )
  await t.throwsAsync(choose(0, 1), { code: 'ERR_SELECTION_PRUNED', message: /those up to 9 were pruned/ })
})
