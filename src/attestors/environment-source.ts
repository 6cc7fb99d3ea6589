// Reads what the environment predicate is made of: variables, host, user, kernel and distribution.
// Hides nothing; `environment.ts` decides what of it is recorded. Each fact that can't be read is simply absent.
import { readFileSync } from 'node:fs'
import { hostname, machine, release, userInfo } from 'node:os'

/** The distribution by os-release(5). */
export interface Distribution {
  /** `ID`, in lower case by the specification. */
  readonly id?: string
  /** `VERSION_ID`; absent on rolling distributions. */
  readonly version?: string
  /** `PRETTY_NAME`. */
  readonly name?: string
}

/** Everything the predicate may hold, as the system gave it. */
export interface EnvironmentSource {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly hostname: string
  readonly username: string
  readonly kernelRelease: string
  readonly architecture: string
  /** Text of /etc/os-release; `undefined` where there is none. */
  readonly osRelease: string | undefined
}

/** Asks this machine. */
export function readEnvironmentSource(): EnvironmentSource {
  return {
    env: process.env,
    platform: process.platform,
    hostname: or('', hostname),
    // A user id without an account makes `userInfo` throw.
    username: or('', () => userInfo().username),
    kernelRelease: or('', release),
    architecture: or('', machine),
    osRelease: readOsRelease(),
  }
}

/** os-release(5): "/etc/os-release takes precedence over /usr/lib/os-release". */
function readOsRelease(): string | undefined {
  const read = (path: string): string | undefined => or(undefined, () => readFileSync(path, 'utf8'))
  return read('/etc/os-release') ?? read('/usr/lib/os-release')
}

/** Picks the three facts out of an os-release text. `undefined` when it has none of them. */
export function parseDistribution(text: string): Distribution | undefined {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const assignment = /^([A-Z_0-9]+)=(.*)$/.exec(line.trimEnd())
    if (assignment?.[1] !== undefined) values.set(assignment[1], unquote(assignment[2] ?? ''))
  }
  const [id, version, name] = [values.get('ID'), values.get('VERSION_ID'), values.get('PRETTY_NAME')]
  if (id === undefined && version === undefined && name === undefined) return undefined
  return {
    ...(id === undefined ? {} : { id }),
    ...(version === undefined ? {} : { version }),
    ...(name === undefined ? {} : { name }),
  }
}

/** os-release(5): values are quoted as in a shell; within double quotes a backslash escapes `" $ \ and the back-tick`. */
function unquote(value: string): string {
  if (value.length >= 2 && value.startsWith('"') && value.endsWith('"')) {
    return value.slice(1, -1).replaceAll(/\\(["$\\`])/g, '$1')
  }
  if (value.length >= 2 && value.startsWith("'") && value.endsWith("'")) return value.slice(1, -1)
  return value
}

function or<Value>(otherwise: Value, read: () => Value): Value {
  try {
    return read()
  } catch {
    return otherwise
  }
}
