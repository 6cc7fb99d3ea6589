// The chain of windows: what it holds is what was received, and nothing can be taken from it or put into it. Started by ava.

import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { copyFileSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { lanner } from '../../cli/lanner.ts'
import { alertLine, type EvidencePlace, evidencePlace, sealedChain, sha256 } from './received.ts'

const LINES = Array.from({ length: 10 }, (_, number) => alertLine(number))
const name = (number: number, kind: string): string => `window-${String(number).padStart(8, '0')}.${kind}`

function filesOf(place: EvidencePlace, number: number): string[] {
  return ['json', 'jsonl', 'index'].map(kind => join(place.directory, name(number, kind)))
}

test('the windows hold what was received, byte for byte and in order, and name each other', async t => {
  const place = await evidencePlace(t)
  const { queue } = await sealedChain(place, LINES, 4)
  t.deepEqual(place.heard, [])
  t.deepEqual(
    place.sealed.map(({ number, alerts }) => [number, alerts]),
    [
      [1, 4],
      [2, 4],
      [3, 2],
    ],
  )
  const kept = [1, 2, 3].map(number => readFileSync(join(place.directory, name(number, 'jsonl')), 'utf8'))
  t.is(kept.join(''), LINES.map(line => `${line}\n`).join(''))
  t.is(queue.depth, 0)
  const report = await place.verify()
  t.like(report, { passed: true, windows: 3, alerts: 10, faults: [], unsealed: [] })
  const last = readFileSync(join(place.directory, name(3, 'json')))
  t.deepEqual(report.head, { number: 3, sha256: sha256(last) })
  t.is(place.sealed.at(-1)?.sha256, sha256(last))
})

test('a window is an envelope like others: `inspect` shows it, `verify --chain` ends with 0 and tells the head', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES, 100)
  const words = ['inspect', join(place.directory, name(1, 'json')), '-k', place.publicKeyFile]
  const shown = await lanner(words)
  t.is(shown.code, 0, shown.stderr)
  t.regex(shown.stdout.toString(), /events +10 \(digest only\)/)
  const chain = ['verify', '--chain', place.directory, '-k', place.publicKeyFile]
  const verified = await lanner(chain)
  t.is(verified.code, 0, verified.stderr)
  t.true(verified.stdout.toString().includes(`sha256:${place.sealed[0]?.sha256} (window 1)`))
  rmSync(join(place.directory, name(1, 'jsonl')))
  const refused = await lanner([...chain, '-o', 'json'])
  t.is(refused.code, 1)
  t.like(JSON.parse(refused.stdout.toString()), {
    passed: false,
    faults: [{ window: 1, code: 'ERR_CHAIN_ALERTS' }],
  })
  t.is((await lanner(['verify', '--chain', place.directory])).code, 2, 'a key is needed')
  t.is((await lanner([...chain, '-p', 'policy.json'])).code, 2)
})

test('one byte changed anywhere in any file of a window is refused, and the window is named', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES.slice(0, 6), 3)
  t.true((await place.verify()).passed)
  for (const number of [1, 2]) {
    for (const file of filesOf(place, number)) {
      const original = readFileSync(file)
      // Every byte of the end, where signature and key id stand, and of the beginning; between them every few.
      const edge = 240
      for (let at = 0; at < original.length; at += at < 40 || at >= original.length - edge ? 1 : 37) {
        const changed = Buffer.from(original)
        changed[at] = (changed[at] ?? 0) ^ (at % 2 === 0 ? 1 : 0x20)
        writeFileSync(file, changed)
        const { passed, faults } = await place.verify()
        t.false(passed, `${file} byte ${at}`)
        t.true(
          faults.some(({ window }) => window === number),
          `${file} byte ${at}`,
        )
      }
      writeFileSync(file, original)
    }
  }
  t.true((await place.verify()).passed)
})

test('the same value in another spelling is refused, though its signature holds', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES, 100)
  const [file = ''] = filesOf(place, 1)
  const text = readFileSync(file, 'utf8')
  for (const other of [
    `${text}\n`,
    ` ${text}`,
    text.replace('"payload"', '"Payload"'),
    text.replace('==', ''),
  ]) {
    writeFileSync(file, other)
    t.like(await place.verify(), { passed: false, faults: [{ window: 1 }] }, other.slice(0, 20))
  }
})

test('a window that is missing, swapped, repeated or put in is refused by number', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES, 2)
  const attempt = async (
    change: (directory: string) => void,
  ): Promise<(readonly [number | undefined, string])[]> => {
    const directory = join(place.root, 'copy')
    rmSync(directory, { recursive: true, force: true })
    cpSync(place.directory, directory, { recursive: true })
    change(directory)
    const { passed, faults } = await place.verify({ directory })
    t.is(passed, faults.length === 0)
    return faults.map(({ window, code }) => [window, code] as const)
  }
  const move =
    (from: number, to: number, how: typeof renameSync) =>
    (directory: string): void => {
      for (const kind of ['json', 'jsonl', 'index'])
        how(join(directory, name(from, kind)), join(directory, name(to, kind)))
    }
  const remove =
    (number: number) =>
    (directory: string): void => {
      for (const kind of ['json', 'jsonl', 'index']) rmSync(join(directory, name(number, kind)))
    }
  t.deepEqual(await attempt(() => undefined), [])
  t.deepEqual(await attempt(remove(3)), [[3, 'ERR_CHAIN_MISSING']])
  t.deepEqual(await attempt(remove(1)), [[1, 'ERR_CHAIN_MISSING']])
  const swapped = await attempt(directory => {
    move(2, 99, renameSync)(directory)
    move(3, 2, renameSync)(directory)
    move(99, 3, renameSync)(directory)
  })
  t.deepEqual(
    swapped.filter(([, code]) => code === 'ERR_CHAIN_NUMBER'),
    [
      [2, 'ERR_CHAIN_NUMBER'],
      [3, 'ERR_CHAIN_NUMBER'],
    ],
  )
  const repeated = await attempt(move(5, 6, copyFileSync))
  t.true(repeated.some(([window, code]) => window === 6 && code === 'ERR_CHAIN_NUMBER'))
  const renumbered = await attempt(directory => {
    remove(3)(directory)
    move(4, 3, renameSync)(directory)
    move(5, 4, renameSync)(directory)
  })
  t.true(renumbered.some(([window]) => window === 3) && renumbered.some(([window]) => window === 4))
  const stray = await attempt(directory => writeFileSync(join(directory, 'window-6.json'), '{}'))
  t.deepEqual(stray, [[undefined, 'ERR_CHAIN_STRAY']])
  t.deepEqual(
    await attempt(directory => readdirSync(directory).forEach(file => void rmSync(join(directory, file)))),
    [[undefined, 'ERR_CHAIN_EMPTY']],
  )
})

test('what can’t be read as a file is refused and not waited for', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES, 4)
  for (const kind of ['jsonl', 'index', 'json']) {
    const file = join(place.directory, name(2, kind))
    renameSync(file, `${file}-away`)
    t.is(spawnSync('mkfifo', [file]).status, 0)
    const { passed, faults } = await place.verify()
    t.false(passed)
    t.true(
      faults.some(({ window, why }) => window === 2 && /is no file/.test(why)),
      kind,
    )
    rmSync(file)
    renameSync(`${file}-away`, file)
  }
  t.is(spawnSync('mkfifo', [join(place.directory, 'pruned.json')]).status, 0)
  t.like(await place.verify(), { passed: false, faults: [{ code: 'ERR_CHAIN_PRUNING' }] })
})

test('windows that changed places are told by the names they were sealed under', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES, 4)
  for (const kind of ['json', 'jsonl', 'index']) {
    const [first, second] = [1, 2].map(number => join(place.directory, name(number, kind)))
    renameSync(first ?? '', `${first}-away`)
    renameSync(second ?? '', first ?? '')
    renameSync(`${first}-away`, second ?? '')
  }
  const { faults } = await place.verify()
  const told = faults.filter(({ code }) => code === 'ERR_CHAIN_ALERTS').map(({ why }) => why)
  t.deepEqual(told, [
    'window-00000001.jsonl was sealed as window-00000002.jsonl',
    'window-00000002.jsonl was sealed as window-00000001.jsonl',
  ])
})

test('that the newest windows are gone shows with a head that was noted, which may be older than the newest', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES, 2)
  const [, second, , , last] = place.sealed
  t.true((await place.verify({ head: second?.sha256 ?? '' })).passed)
  for (const file of filesOf(place, 5)) rmSync(file)
  t.true((await place.verify()).passed)
  t.like(await place.verify({ head: last?.sha256 ?? '' }), {
    passed: false,
    faults: [{ code: 'ERR_CHAIN_HEAD' }],
  })
})

test('a chain under another key is refused, window by window, also one that somebody else sealed behind ours', async t => {
  const place = await evidencePlace(t)
  await sealedChain(place, LINES.slice(0, 4), 2)
  const { publicKey } = generateKeyPairSync('ed25519')
  const codes = (await place.verify({ key: publicKey })).faults.map(({ code }) => code)
  t.deepEqual(codes, ['ERR_CHAIN_SIGNATURE', 'ERR_CHAIN_SIGNATURE'])
  const other = await evidencePlace(t)
  await sealedChain(
    { ...other, sealer: (queue, parts) => other.sealer(queue, { ...parts, directory: place.directory }) },
    LINES,
    20,
  )
  const { faults } = await place.verify()
  t.deepEqual(
    faults.map(({ window, code }) => [window, code]),
    [[3, 'ERR_CHAIN_SIGNATURE']],
  )
})
