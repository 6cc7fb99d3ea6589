// What lies in the pieces of a chunk: written, sealed and read again.

import test from 'ava'
import fc from 'fast-check'
import { readColumn, sealColumn } from '../../../../src/serve/store/redis/column.ts'
import { blockPlaces, packLines, unpackLines } from '../../../../src/serve/store/redis/line-blocks.ts'
import { eachPlace, sealBucket } from '../../../../src/serve/store/redis/term-bucket.ts'
import { TermSet } from '../../../../src/serve/store/redis/term-set.ts'
import {
  digitsOf,
  halvesOf,
  TimeColumn,
  timeOfDigits,
  writeTime,
} from '../../../../src/serve/store/redis/times.ts'

test('a sealed bucket has the places of the open one', t => {
  const lows = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1200 }),
      fc.array(
        fc.tuple(fc.constantFrom(...lows), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })),
      ),
      fc.constantFrom(...lows),
      (count, some, full) => {
        const all = some.map(([low, part]) => [low, Math.floor(part * count)] as const)
        for (let place = 0; place < count; place += 1) all.push([full, place])
        all.sort((a, b) => a[1] - b[1])
        const open = Buffer.alloc(all.length * 6)
        for (const [at, [low, place]] of all.entries()) {
          open.writeUInt32LE(low, at * 6)
          open.writeUInt16LE(place, at * 6 + 4)
        }
        const sealed = sealBucket(open, count)
        for (const low of lows) {
          const read = (bucket: Buffer, isSealed: boolean): number[] => {
            const places = new Set<number>()
            eachPlace(bucket, low, { sealed: isSealed, count }, place => places.add(place))
            return [...places]
          }
          t.deepEqual(read(sealed, true), read(open, false))
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('a sealed column has the numbers of the open one', t => {
  for (const different of [1, 3, 256, 257, 900]) {
    const numbers = Array.from({ length: 1000 }, (_, at) => ((at * 7919) % different) * 65_537)
    const open = Buffer.alloc(4000)
    for (const [at, number] of numbers.entries()) open.writeUInt32LE(number, at * 4)
    for (const column of [readColumn(open, false), readColumn(sealColumn(open), true)]) {
      t.is(column.length, 1000)
      t.deepEqual(
        numbers.map((_, at) => column.different[column.places[at] ?? 0]),
        numbers,
      )
    }
  }
})

test('lines come back from their blocks as they were', async t => {
  const lines = Array.from({ length: 101 }, (_, at) => `{"uuid":"${at}","rule":"Größe \\n 🐦"}`)
  const { blocks, index } = await packLines(lines.map(line => Buffer.from(line)))
  const places = blockPlaces(index)
  t.is(places.at(-1)?.to, blocks.length)
  t.deepEqual(
    places.flatMap(({ from, to }) => unpackLines(blocks.subarray(from, to))),
    lines,
  )
})

test('times compare as numbers do, to the ends of 64 bits', t => {
  const ends = [-(1n << 63n), -1n, 0n, 1n, 0xffff_ffffn, 1_780_272_000_000_000_001n, (1n << 63n) - 1n]
  fc.assert(
    fc.property(fc.constantFrom(...ends), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (a, b) => {
      const bytes = Buffer.alloc(16)
      writeTime(bytes, 0, a)
      writeTime(bytes, 1, b)
      const column = new TimeColumn(bytes)
      t.is(column.at(0), a)
      t.is(column.at(1), b)
      t.is(Math.sign(column.compare(0, 1)), a < b ? -1 : a > b ? 1 : 0)
      t.is(column.isBefore(0, halvesOf(b)), a < b)
      t.is(digitsOf(a) < digitsOf(b), a < b)
      t.is(timeOfDigits(digitsOf(b)), b)
    }),
  )
  t.is(timeOfDigits(digitsOf(1n << 70n)), (1n << 63n) - 1n)
})

test('a set of terms tells each of them once', t => {
  const set = new TermSet(4)
  for (let at = 0; at < 1000; at += 1) t.true(set.add(at % 500, at >>> 1), String(at))
  for (let at = 0; at < 1000; at += 1) t.false(set.add(at % 500, at >>> 1))
  t.is(set.size, 1000)
  t.false(set.has(1000, 0))
})
