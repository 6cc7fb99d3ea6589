// Ends the process when one mutation keeps it busy beyond all bounds: a verification that never ends is worse than one that crashes.
// Counts processor time, so that a busy machine is no hang. Used by `worker.ts`.
import { Worker } from 'node:worker_threads'

/** A Rego evaluation may take its 30 seconds, a gigabyte some; more than this is a hang. */
const MAX_CPU_SECONDS = 120

const THREAD = `
const { workerData } = require('node:worker_threads')
const beats = new Int32Array(workerData.beats)
let [seen, since] = [-1, process.cpuUsage()]
setInterval(() => {
  const now = Atomics.load(beats, 0)
  if (now !== seen) [seen, since] = [now, process.cpuUsage()]
  const { user, system } = process.cpuUsage(since)
  if ((user + system) / 1e6 > workerData.seconds) process.kill(process.pid, 'SIGABRT')
}, 1000)
`

/** Starts watching; call what it returns before each mutation. */
export function watchdog(seconds: number = MAX_CPU_SECONDS): () => void {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  new Worker(THREAD, { eval: true, workerData: { beats: beats.buffer, seconds } }).unref()
  return () => void Atomics.add(beats, 0, 1)
}
