// The stream that holds the alerts: made when it isn't there, held against what we need when it is. Stores and reads nothing.
// Used by `jetstream.ts` as it opens.
import type { JetStreamManager, StreamConfig, StreamInfo } from '@nats-io/jetstream'
import { LannerError } from '../../error.ts'
import { setupFault } from './jetstream-fault.ts'

/** What may be asked of the stream; what isn't given stays as it is, or gets a default in a new one. */
export interface StreamWish {
  readonly name: string
  readonly replicas?: number
  /** Bytes. */
  readonly limit?: number
}

/** Bytes. */
const DEFAULT_LIMIT = 10 * 1024 ** 3
/** Within it a message sent again is recognised: two minutes, in nanoseconds. */
const DUPLICATE_WINDOW = 120e9

/** What the queue's laws rest on. Retention: see `jetstream.ts`. */
const NEEDED = { retention: 'interest', storage: 'file', discard: 'new', max_age: 0 } as const

/** The subject that alerts are published to. */
export function subjectOf(stream: string): string {
  return `${stream}.alerts`
}

/** Makes or checks it. Throws `ERR_QUEUE_STREAM`, `ERR_QUEUE_NO_JETSTREAM`, `ERR_QUEUE_DENIED`. */
export async function ensureStream(
  manager: JetStreamManager,
  server: string,
  wish: StreamWish,
): Promise<StreamInfo> {
  const what = `stream \`${wish.name}\``
  try {
    const found = await find(manager, wish.name)
    if (found === undefined) return await manager.streams.add(created(wish))
    checkNeeds(found.config)
    return await adapted(manager, found, wish)
  } catch (cause) {
    throw cause instanceof LannerError ? cause : setupFault(server, what, cause)
  }
}

async function find(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name)
  } catch (cause) {
    if (cause instanceof Error && cause.message === 'stream not found') return undefined
    throw cause
  }
}

function created({ name, limit, replicas }: StreamWish): Partial<StreamConfig> & { name: string } {
  return {
    ...NEEDED,
    name,
    subjects: [subjectOf(name)],
    max_bytes: limit ?? DEFAULT_LIMIT,
    num_replicas: replicas ?? 1,
    duplicate_window: DUPLICATE_WINDOW,
  }
}

function checkNeeds(config: StreamConfig): void {
  for (const [setting, needed] of Object.entries(NEEDED)) {
    const actual = config[setting as keyof typeof NEEDED]
    if (actual !== needed) throw otherSetting(config.name, setting, String(actual), String(needed))
  }
  const subject = subjectOf(config.name)
  if (config.subjects.length !== 1 || config.subjects[0] !== subject) {
    throw otherSetting(config.name, 'subjects', config.subjects.join(','), subject)
  }
}

function otherSetting(stream: string, setting: string, actual: string, needed: string): LannerError {
  return new LannerError('ERR_QUEUE_STREAM', `stream \`${stream}\` has ${setting} ${actual}, not ${needed}`, {
    facts: { stream, setting, actual, needed },
    hint: 'it was made by something else: give the queue another name, or remove the stream',
  })
}

/** The limit and the replicas of a stream can be changed while it is used. */
async function adapted(manager: JetStreamManager, found: StreamInfo, wish: StreamWish): Promise<StreamInfo> {
  const { limit = found.config.max_bytes, replicas = found.config.num_replicas } = wish
  if (limit === found.config.max_bytes && replicas === found.config.num_replicas) return found
  return manager.streams.update(wish.name, { ...found.config, max_bytes: limit, num_replicas: replicas })
}
