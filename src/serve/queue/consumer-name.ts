// Names of consumers in JetStream, and which of them workers share. A pure mapping: outputs and a store on Redis are shared under their
// own name, so that each alert goes to one worker; what lives on one machine, as the embedded store, carries the worker's name.
import type { QueueConfig } from '../config/config.ts'

/** Between a name and the worker it belongs to. */
const OWNER = '@'

/**
 * The name of a consumer that one worker has to itself: every worker named so receives all alerts. `worker` must stay the same over
 * restarts, or the alerts kept for the old name fill the queue until that is forgotten.
 */
export function workersOwn(name: string, worker: string): string {
  return `${name}${OWNER}${worker}`
}

/** The same where the queue is shared; on a queue of its own every consumer is the worker's. */
export function ownConsumer(name: string, queue: QueueConfig): string {
  return queue.kind === 'jetstream' ? workersOwn(name, queue.worker) : name
}

/** As JetStream allows it: letters, digits, `-` and `_` stay, every other byte becomes `=` and two hexadecimal digits. */
export function durableName(name: string): string {
  return [...Buffer.from(name)]
    .map(byte => {
      const letter = String.fromCharCode(byte)
      return /[\w-]/.test(letter) ? letter : `=${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
}

/** The other way round; `undefined` for a name that we didn't give. */
export function consumerName(durable: string): string | undefined {
  if (!/^(?:[\w-]|=[0-9a-f]{2})+$/.test(durable)) return undefined
  const bytes = [...durable.matchAll(/=([0-9a-f]{2})|[\w-]/g)].map(([letter, code]) =>
    code === undefined ? letter.charCodeAt(0) : Number.parseInt(code, 16),
  )
  return Buffer.from(bytes).toString()
}
