// The laws of every queue, over the one on this machine.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedQueue } from '../../../src/serve/queue/embedded.ts'
import { queueLaws } from './queue-laws.ts'

queueLaws('embedded', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-queue-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return {
    // Room is made by whole segments: several of them in what may be kept.
    open: limit => openEmbeddedQueue(folder, limit === undefined ? {} : { limit, segment: limit / 16 }),
    status: async queue => queue.status(),
  }
})
