// Processes that are killed while they insert: what was answered stays, what was not is there whole or not at all.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { openEmbeddedStore } from '../../../src/serve/store/embedded.ts'
import { dice, linesOf, samples } from './alerts.ts'

const INSERTER = fileURLToPath(new URL('./inserter.ts', import.meta.url))
const BATCH = 200

test('after kill -9 the store opens with all that was answered, and takes the rest', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-crash-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const roll = dice(Date.now() % 1000)
  let answered = 0
  for (let round = 0; round < 6; round += 1) {
    const child = fork(INSERTER, [folder, String(answered)])
    answered = await killedAfter(child, answered + 2 + roll(25))
    const store = await openEmbeddedStore(folder)
    const { count } = await store.count({})
    t.true(
      count >= answered * BATCH && count % BATCH === 0,
      `${count} alerts, ${answered} batches were answered`,
    )
    answered = count / BATCH
    for (let batch = 0; batch <= answered; batch += 1) {
      const added = await store.insert(linesOf(samples(BATCH, batch + 1)))
      t.is(added, batch === answered ? BATCH : 0)
    }
    answered += 1
    t.deepEqual(await store.count({ sources: ['syscall'] }), { count: answered * BATCH, exact: true })
    await store.close()
  }
})

/** Kills it once so many batches were answered; gives how many were. */
async function killedAfter(child: ChildProcess, enough: number): Promise<number> {
  let answered = 0
  child.on('message', message => {
    answered = Number(message)
    if (answered >= enough) child.kill('SIGKILL')
  })
  await once(child, 'exit')
  return answered
}
