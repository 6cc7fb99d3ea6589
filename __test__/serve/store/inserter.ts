// Inserts batches into a store until it is killed, and tells of each that was answered. Started by `crash.test.ts`.
import { openEmbeddedStore } from '../../../src/serve/store/embedded.ts'
import { linesOf, samples } from './alerts.ts'

const [folder = '', from = '0'] = process.argv.slice(2)
const store = await openEmbeddedStore(folder)
for (let batch = Number(from); ; batch += 1) {
  await store.insert(linesOf(samples(200, batch + 1)))
  process.send?.(batch + 1)
}
