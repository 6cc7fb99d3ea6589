// The embedded store: the laws of all stores, and those of a file that processes share.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { openEmbeddedStore, type StoreNotice } from '../../../src/serve/store/embedded.ts'
import { linesOf, samples } from './alerts.ts'
import { storeLaws } from './laws.ts'

storeLaws(test, t => openEmbeddedStore(folder(t)))

function folder(t: ExecutionContext): string {
  const at = mkdtempSync(join(tmpdir(), 'lanner-store-'))
  t.teardown(() => rmSync(at, { recursive: true, force: true }))
  return at
}

test('insertions that are asked for at once all come through', async t => {
  const store = await openEmbeddedStore(folder(t))
  const added = await Promise.all(Array.from({ length: 40 }, (_, at) => store.insert(linesOf(samples(9, at)))))
  t.deepEqual(added, Array<number>(40).fill(9))
  t.deepEqual(await store.count({}), { count: 360, exact: true })
  await store.close()
})

test('what was inserted is there after opening again', async t => {
  const at = folder(t)
  const first = await openEmbeddedStore(at)
  await first.insert(linesOf(samples(50, 1)))
  await first.close()
  const second = await openEmbeddedStore(at)
  t.deepEqual(await second.count({}), { count: 50, exact: true })
  t.is(await second.insert(linesOf(samples(50, 1))), 0)
  await second.close()
})

test('a second server is refused, and one who only looks is not', async t => {
  const at = folder(t)
  const store = await openEmbeddedStore(at)
  await t.throwsAsync(openEmbeddedStore(at), { code: 'ERR_STORE_LOCKED', message: /writer\.lock/ })
  const reader = await openEmbeddedStore(at, { readOnly: true })
  await store.insert(linesOf(samples(5, 1)))
  t.deepEqual(await reader.count({}), { count: 5, exact: true })
  await reader.close()
  await store.close()
  await (await openEmbeddedStore(at)).close()
})

test('a damaged file is named, with what to do', async t => {
  const at = folder(t)
  writeFileSync(join(at, 'alerts.db'), 'no database '.repeat(100))
  const error = await t.throwsAsync(openEmbeddedStore(at), { code: 'ERR_STORE_CORRUPT', message: /alerts\.db/ })
  t.regex(String(Reflect.get(error ?? {}, 'hint')), /move the file away/)
})

test('lines that are no alerts are told of, the first by its number', async t => {
  const notices: StoreNotice[] = []
  const store = await openEmbeddedStore(folder(t), { noticed: notice => notices.push(notice) })
  await store.insert(Buffer.concat([linesOf(samples(2, 1)), Buffer.from('{"a":1}\nx\n')]))
  t.deepEqual(notices, [{ kind: 'refused', count: 2, line: 3, reason: 'no UUID' }])
  await store.close()
})

test('searching goes on while alerts are inserted', async t => {
  const store = await openEmbeddedStore(folder(t))
  const inserting = Array.from({ length: 10 }, (_, at) => store.insert(linesOf(samples(300, at))))
  const counts: number[] = []
  for (let round = 0; round < 20; round += 1) counts.push((await store.count({})).count)
  await Promise.all(inserting)
  t.deepEqual(counts, [...counts].sort((a, b) => a - b))
  t.true(counts.every(count => count % 300 === 0))
  await store.close()
})
