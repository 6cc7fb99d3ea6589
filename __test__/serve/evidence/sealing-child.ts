// A process that accepts alerts into a queue on disk and seals them, until it is killed. After each acceptance it prints how many there
// were. Its words: the folder of the queue, of the windows, the key, the number of the first alert, and the bytes of windows to keep if not all. Started by `queue.test.ts`.
import { writeSync } from 'node:fs'
import { openNative } from '../../../src/native/native.ts'
import { systemClock } from '../../../src/serve/clock.ts'
import { openEvidence } from '../../../src/serve/evidence/evidence.ts'
import { openEmbeddedQueue } from '../../../src/serve/queue/embedded.ts'
import { alertLine } from './received.ts'

const [queueFolder = '', directory = '', key = '', first = '0', size] = process.argv.slice(2)
const queue = await openEmbeddedQueue(queueFolder)
const { sealer } = await openEvidence({
  ...{ native: await openNative(), queue, clock: systemClock, key, passphrase: undefined, directory },
  ...{ every: 60_000, consumer: 'seal', alerts: 70, cluster: 'prod' },
  limits: { age: undefined, size: size === undefined ? undefined : Number(size) },
  sealed: () => undefined,
  pruned: () => undefined,
  heard: thrown => {
    throw thrown
  },
})
sealer.start()
for (let next = Number(first); ; next += 20) {
  const lines = Array.from({ length: 20 }, (_, at) => `${alertLine(next + at)}\n`)
  await queue.accept([{ body: Buffer.from(lines.join('')), input: 'test' }])
  writeSync(1, `${next + 20}\n`)
}
