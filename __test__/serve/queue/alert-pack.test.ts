// Packs of alerts: what goes in comes out, and small bodies share one without being mixed up.
import { randomBytes } from 'node:crypto'
import test from 'ava'
import {
  type CutAlerts,
  entriesOf,
  packsOf,
  placeOf,
  positionOf,
  unpacked,
} from '../../../src/serve/queue/alert-pack.ts'
import { isShareable, SmallBodies } from '../../../src/serve/queue/small-bodies.ts'

/** Alerts whose lines have those lengths, with their ends; `added` bytes of each are ours. */
function cut(lengths: readonly number[], added = 65): CutAlerts {
  return {
    lines: Buffer.concat(lengths.map(length => Buffer.from(`${'x'.repeat(length - 1)}\n`))),
    ids: randomBytes(lengths.length * 16),
    added: new Uint8Array(lengths.length).fill(added),
  }
}

test('packs hold all alerts in their order, and are read back as they were', t => {
  const cases = [[], [1], [300_000], [200_000, 100_000, 5], Array.from({ length: 5000 }, () => 10)]
  for (const alerts of cases.map(lengths => cut(lengths))) {
    const packs = packsOf(alerts)
    const read = packs.map(pack => unpacked(pack.lines, entriesOf(pack)))
    t.deepEqual(Buffer.concat(read.map(pack => pack?.lines ?? Buffer.alloc(0))), alerts.lines)
    t.deepEqual(Buffer.concat(read.map(pack => pack?.ids ?? Buffer.alloc(0))), alerts.ids)
    t.deepEqual(Buffer.concat(read.map(pack => pack?.added ?? Buffer.alloc(0))), Buffer.from(alerts.added))
    t.true(packs.every(({ lines, count }) => count === 1 || lines.length <= 256 * 1024))
    t.true(packs.every(pack => entriesOf(pack).length < 60_000))
  }
})

test('a message whose lines and entries disagree is not ours', t => {
  const [pack] = packsOf(cut([10, 20]))
  if (pack === undefined) throw new Error('no pack')
  const entries = entriesOf(pack)
  for (const [lines, header] of [
    [pack.lines, ''],
    [pack.lines, entries.slice(0, 24)],
    [pack.lines, 'nonsense'],
    [pack.lines.subarray(0, 10), entries],
    [Buffer.concat([pack.lines, Buffer.from('more')]), entries],
    [Buffer.alloc(0), ''],
  ] as const) {
    t.is(unpacked(lines, header), undefined)
  }
})

test('a position tells message and alert, and rises with both', t => {
  const places = [
    { sequence: 1, index: 0 },
    { sequence: 1, index: 2047 },
    { sequence: 2, index: 0 },
    { sequence: 2 ** 40, index: 7 },
  ]
  const positions = places.map(({ sequence, index }) => positionOf(sequence, index))
  t.deepEqual(positions.map(placeOf), places)
  t.deepEqual(
    [...positions].sort((a, b) => (a < b ? -1 : 1)),
    positions,
  )
})

test('what comes while others are being stored is stored together, by input, and answered each', async t => {
  const stored: { input: string; alerts: number; done: (fault?: Error) => void }[] = []
  const small = new SmallBodies(
    publications =>
      new Promise((resolve, reject) => {
        const alerts = publications.reduce((sum, { pack }) => sum + pack.count, 0)
        const done = (fault?: Error): void => (fault === undefined ? resolve() : reject(fault))
        stored.push({ input: publications[0]?.input ?? '', alerts, done })
      }),
  )
  const answers = ['a', 'a', 'a', 'a', 'b', 'a'].map(input => small.add(cut([100]), input))
  t.deepEqual(
    stored.map(({ input, alerts }) => [input, alerts]),
    [
      ['a', 1],
      ['a', 1],
    ],
  )
  stored[0]?.done()
  await answers[0]
  stored[1]?.done(new Error('full'))
  await t.throwsAsync(answers[1] ?? Promise.resolve(), { message: 'full' })
  stored[2]?.done()
  await Promise.all(answers.slice(2, 4))
  stored[3]?.done()
  await answers[4]
  stored[4]?.done()
  await answers[5]
  t.deepEqual(
    stored.slice(2).map(({ input, alerts }) => [input, alerts]),
    [
      ['a', 2],
      ['b', 1],
      ['a', 1],
    ],
  )
})

test('a body that is large, or has a uuid of its own in it, shares no message', t => {
  t.true(isShareable(cut([100, 100])))
  t.false(isShareable(cut([20_000])))
  const { added, ...rest } = cut([100, 100])
  added[1] = 19
  t.false(isShareable({ ...rest, added }))
})
