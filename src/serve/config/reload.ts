// Reads the configuration anew beside the one that runs: all of it is taken over, or nothing.
// Tells what differs, so that parts which stay the same need not be touched. Used by the server on SIGHUP and when the file changes.
import { isDeepStrictEqual } from 'node:util'
import { Secret } from '../../envelope/secret.ts'
import type { OutputConfig, ServeConfig } from './config.ts'
import { readConfig } from './read-config.ts'

/** Parts that only a restart changes: sockets, and what lies on disk. */
const FIXED = ['listen', 'store', 'queue', 'seal'] as const
/** Parts that can change under way. */
const CHANGEABLE = ['auth', 'limits', 'rules', 'follow', 'fields', 'tags', 'routes', 'page'] as const

/** A part that needs a restart. */
export type FixedPart = (typeof FIXED)[number]
/** A part that can be taken over. */
export type ChangeablePart = (typeof CHANGEABLE)[number]

/** What differs between two configurations. */
export interface ConfigChange {
  /** Nothing of the new one may be used while one of these differs: the server says so and goes on with the old one. */
  readonly fixed: readonly FixedPart[]
  readonly changed: readonly ChangeablePart[]
  readonly outputs: {
    readonly added: readonly OutputConfig[]
    readonly removed: readonly OutputConfig[]
    /** The same name with other options: opened anew, with its place in the queue. */
    readonly changed: readonly OutputConfig[]
  }
}

/** A configuration that may take the place of the one that runs. */
export interface Reload {
  readonly config: ServeConfig
  readonly change: ConfigChange
}

/** Reads the file of `running` again. Throws what `readConfig` throws; then `running` goes on. */
export async function reloadConfig(running: ServeConfig): Promise<Reload> {
  const config = await readConfig(running.file)
  return { config, change: difference(running, config) }
}

/** What differs. */
export function difference(running: ServeConfig, next: ServeConfig): ConfigChange {
  const differs = (part: FixedPart | ChangeablePart): boolean => !same(running[part], next[part])
  const before = new Map(running.outputs.map(output => [output.name, output]))
  const after = new Set(next.outputs.map(({ name }) => name))
  return {
    fixed: FIXED.filter(differs),
    changed: CHANGEABLE.filter(differs),
    outputs: {
      added: next.outputs.filter(({ name }) => !before.has(name)),
      removed: running.outputs.filter(({ name }) => !after.has(name)),
      changed: next.outputs.filter(output => {
        const old = before.get(output.name)
        return old !== undefined && !same(old.body, output.body)
      }),
    },
  }
}

/** Whether nothing differs. */
export function isUnchanged({ fixed, changed, outputs }: ConfigChange): boolean {
  const { added, removed, changed: altered } = outputs
  return [fixed, changed, added, removed, altered].every(list => list.length === 0)
}

function same(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(comparable(left), comparable(right))
}

/** Secrets hide what they hold, so two of them look the same whatever they are. */
function comparable(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal().toString('base64')
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, comparable(member)]))
}
