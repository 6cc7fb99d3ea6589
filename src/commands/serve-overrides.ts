// What flags of `serve` put in place of parts of the configuration, at its start and whenever it is read again.
// Checks words only. Used by the commands of `serve`.
import { hostname } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { usageError } from '../error.ts'
import type {
  FollowedFile,
  QueueConfig,
  RulesConfig,
  ServeConfig,
  StoreConfig,
} from '../serve/config/config.ts'

/** As typed. */
export interface ServeFlags {
  readonly config: string | undefined
  readonly store?: string | undefined
  readonly queue?: string | undefined
  readonly worker?: string | undefined
  readonly follow?: readonly string[] | undefined
}

/** The file that is read without `--config`. */
const USUAL_FILE = 'lanner.yaml'
const SOURCES = ['falco', 'k8s_audit', 'aws_cloudtrail'] as const

/** Reads the configuration with the flags over it. Throws usage errors at once, faults of the file when it is called. */
export function overriddenConfig(flags: ServeFlags): () => Promise<ServeConfig> {
  const follow = (flags.follow ?? []).map(parseFollow)
  return async () => {
    const { readConfig } = await import('../serve/config/read-config.ts')
    const config = await readConfig(resolve(flags.config ?? USUAL_FILE))
    const store = storeOf(config.store, flags.store)
    return {
      ...config,
      store,
      rules: await rulesOf(config, follow),
      queue: queueOf(config, flags),
      follow: [...config.follow, ...follow],
    }
  }
}

function parseFollow(word: string): FollowedFile {
  const source = SOURCES.find(name => word.startsWith(`${name}=`))
  const file = source === undefined ? word : word.slice(source.length + 1)
  if (file === '') throw usageError('ERR_USAGE_FLAG_VALUE', '`--follow` names no file')
  return { file: resolve(file), source: source ?? 'falco' }
}

/** Files that flags name have to be judged by something, as those of the configuration. */
async function rulesOf({ rules }: ServeConfig, follow: readonly FollowedFile[]): Promise<RulesConfig> {
  const unjudged = follow
    .map(({ source }) => source)
    .filter(source => source !== 'falco' && rules.files[source].length === 0)
  if (unjudged.includes('aws_cloudtrail')) {
    throw usageError(
      'ERR_USAGE_FLAG_VALUE',
      '`--follow aws_cloudtrail=…`: no rule would judge it',
      'name rule files in the configuration: `rules.aws_cloudtrail`',
    )
  }
  if (unjudged.length === 0) return rules
  const { shippedAuditRules } = await import('../serve/config/assemble.ts')
  return { ...rules, files: { ...rules.files, k8s_audit: shippedAuditRules() } }
}

function storeOf(config: StoreConfig | undefined, flag: string | undefined): StoreConfig | undefined {
  if (flag === undefined) return config
  const retention = config?.retention ?? { age: undefined, size: undefined }
  if (!/^rediss?:\/\//.test(flag)) return { at: { kind: 'embedded', path: resolve(flag) }, retention }
  const before = config?.at.kind === 'redis' ? config.at : undefined
  const { username, password, tls } = before ?? {}
  return { at: { kind: 'redis', url: flag, username, password, tls }, retention }
}

/** A store that was moved takes the queue that lies in it along. */
function queueOf({ queue, store }: ServeConfig, flags: ServeFlags): QueueConfig {
  const { limit } = queue
  if (flags.queue === undefined) {
    if (queue.kind === 'jetstream') return { ...queue, worker: flags.worker ?? queue.worker }
    const inStore =
      store?.at.kind === 'embedded' &&
      queue.kind === 'embedded' &&
      queue.path === join(store.at.path, 'queue')
    const moved = flags.store !== undefined && isFolder(flags.store) && inStore
    return moved ? { kind: 'embedded', path: join(resolve(flags.store ?? ''), 'queue'), limit } : queue
  }
  if (isFolder(flags.queue))
    return { kind: 'embedded', path: isAbsolute(flags.queue) ? flags.queue : resolve(flags.queue), limit }
  const before = queue.kind === 'jetstream' ? queue : undefined
  const { stream = 'lanner', replicas = 1, token, credentials, tls } = before ?? {}
  const worker = flags.worker ?? before?.worker ?? hostname()
  const shared = { worker, stream, limit, replicas, token, credentials, tls }
  return { kind: 'jetstream', urls: flags.queue.split(','), ...shared }
}

function isFolder(word: string): boolean {
  return !/^[a-z]+:\/\//.test(word)
}
