// The environment attestor: host, user, kernel, distribution and the variables, the sensitive ones masked by name.
// Reads nothing itself (`environment-source.ts` does) and masks no values elsewhere. Used by the workflow.
import { PASSPHRASE_VARIABLES } from '../envelope/passphrase.ts'
import { type Finding, finding } from './attestor.ts'
import { sortedObject } from './byte-order.ts'
import {
  type Distribution,
  type EnvironmentSource,
  parseDistribution,
  readEnvironmentSource,
} from './environment-source.ts'
import { type MatchGlobs, matchingNames, SENSITIVE_GLOBS, SENSITIVE_NAMES } from './sensitive-variables.ts'

export const ENVIRONMENT_TYPE = 'https://aflock.ai/attestations/environment/v0.1'

/** What a masked value becomes, whatever its length. */
const MASK = '******'

/** The five `--env-*` flags. */
export interface EnvironmentOptions {
  /** `--env-disable-default-sensitive-vars` */
  readonly disableDefaults?: boolean
  /** `--env-add-sensitive-key`: names, or globs when they hold a `*`. */
  readonly addKeys?: readonly string[]
  /** `--env-allow-sensitive-key`: exact names, case-sensitive, that are never masked. */
  readonly allowKeys?: readonly string[]
  /** `--env-filter-sensitive-vars`: leave sensitive variables out instead of masking them. */
  readonly filter?: boolean
  /** `--env-capture-allowlist`: when given, only matching variables are recorded; it lifts no mask. */
  readonly captureAllowlist?: readonly string[]
}

/** The predicate. `kernel_release`, `architecture` and `distribution` are ours; the rest is cilock's. */
export interface EnvironmentPredicate {
  /** As Go names systems: `linux`, `darwin`, `windows`. */
  readonly os: string
  readonly hostname: string
  readonly username: string
  readonly variables?: Readonly<Record<string, string>>
  readonly kernel_release?: string
  readonly architecture?: string
  readonly distribution?: Distribution
}

/** Attests the machine and the variables of this process. */
export function attestEnvironment(
  options: EnvironmentOptions = {},
  matchGlobs?: MatchGlobs,
  source: EnvironmentSource = readEnvironmentSource(),
): Finding {
  return finding({ ...environmentPredicate(options, source, matchGlobs) })
}

/** The predicate for what `source` holds. Pure. */
export function environmentPredicate(
  options: EnvironmentOptions,
  source: EnvironmentSource,
  matchGlobs?: MatchGlobs,
): EnvironmentPredicate {
  const variables = recordedVariables(options, source.env, matchGlobs)
  const distribution = source.osRelease === undefined ? undefined : parseDistribution(source.osRelease)
  return {
    os: source.platform === 'win32' ? 'windows' : source.platform,
    hostname: source.hostname,
    username: source.username,
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
    ...(source.kernelRelease === '' ? {} : { kernel_release: source.kernelRelease }),
    ...(source.architecture === '' ? {} : { architecture: source.architecture }),
    ...(distribution === undefined ? {} : { distribution }),
  }
}

function recordedVariables(
  options: EnvironmentOptions,
  env: EnvironmentSource['env'],
  matchGlobs: MatchGlobs | undefined,
): Record<string, string> {
  const names = Object.keys(env)
  const sensitive = sensitiveNames(options, names, matchGlobs)
  const captured = capturedNames(options.captureAllowlist ?? [], names, matchGlobs)
  const entries: [string, string][] = []
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !captured(name)) continue
    if (!sensitive(name)) entries.push([name, value])
    else if (options.filter !== true) entries.push([name, MASK])
  }
  return sortedObject(entries)
}

function sensitiveNames(
  options: EnvironmentOptions,
  names: readonly string[],
  matchGlobs: MatchGlobs | undefined,
): (name: string) => boolean {
  const defaults = options.disableDefaults === true ? [] : [...SENSITIVE_GLOBS, ...SENSITIVE_NAMES]
  const entries = [...defaults, ...(options.addKeys ?? [])]
  // A `?` or `[` alone does not make a sensitive entry a glob: cilock looks for `*` only.
  const matched = matchingNames(entries, names, entry => entry.includes('*'), matchGlobs)
  const allowed = new Set(options.allowKeys ?? [])
  // Our own passphrase opens the key that signs this very predicate: no flag can put it there.
  const own = new Set<string>(PASSPHRASE_VARIABLES)
  return name => own.has(name) || (matched.has(name) && !allowed.has(name))
}

function capturedNames(
  allowlist: readonly string[],
  names: readonly string[],
  matchGlobs: MatchGlobs | undefined,
): (name: string) => boolean {
  if (allowlist.length === 0) return () => true
  const captured = matchingNames(allowlist, names, entry => /[*?]/.test(entry), matchGlobs)
  return name => captured.has(name)
}
