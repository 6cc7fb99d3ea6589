// Dead letters stay until someone decides, whichever process it is.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { type Burial, openDeadLetters } from '../../../src/serve/queue/dead-letters.ts'

const burial = (output: string, number: number): Burial => ({
  output,
  alert: { id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`, line: `{"n":${number}}` },
  attempts: 2,
  first: 1_780_272_000_123_456_789n,
  last: 1_780_272_000_123_456_790n,
  error: 'answered 503',
})

test('letters are listed, tried again, buried anew and dropped', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-dead-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const letters = await openDeadLetters(join(folder, 'dead.db'))
  const elsewhere = await openDeadLetters(join(folder, 'dead.db'))
  await letters.bury([burial('slack', 1), burial('slack', 2), burial('loki', 1)])
  t.deepEqual(await elsewhere.counts(), new Map([['loki', 1], ['slack', 2]]))
  const [first, second] = await elsewhere.list({ output: 'slack', limit: 10 })
  if (first === undefined || second === undefined) return t.fail()
  t.deepEqual(first, { ...burial('slack', 1), id: first.id, due: false })
  t.deepEqual(await letters.list({ limit: 1, after: first.id }), [second])
  t.is(await elsewhere.retry({ ids: [second.id] }), 1)
  t.deepEqual((await letters.due('slack', 10)).map(({ id }) => id), [second.id])
  await letters.bury([{ ...burial('slack', 2), error: 'answered 404' }])
  t.deepEqual(await letters.due('slack', 10), [])
  t.like((await letters.list({ output: 'slack', limit: 10 }))[1], { attempts: 4, error: 'answered 404' })
  t.is(await letters.drop({ output: 'slack' }), 2)
  t.is(await letters.drop({}), 1)
  t.is((await elsewhere.counts()).size, 0)
  await letters.close()
  await elsewhere.close()
  await t.throwsAsync(letters.counts(), { code: 'ERR_STORE_CLOSED' })
})
