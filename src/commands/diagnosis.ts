// The checks of `doctor`: addon, platform, limits, and what tracing a step could do on this machine.
// Changes nothing and asks no network. Used by `doctor` alone.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, availableParallelism, freemem, machine, platform, release, tmpdir, totalmem } from 'node:os'
import { toLannerError } from '../native/failure.ts'
import { platformTuple } from '../native/load-failure.ts'
import { openNative } from '../native/native.ts'
import { packageVersion } from '../native/version.ts'
import { humanBytes } from '../terminal/progress.ts'

/** One check. `fail` means Lanner cannot work, `note` that something is missing for a part of it. */
export interface Check {
  readonly name: string
  readonly state: 'ok' | 'note' | 'fail'
  readonly detail: string
}

/** Runs all checks. */
export async function diagnose(): Promise<Check[]> {
  return [
    { name: 'lanner', state: 'ok', detail: `${packageVersion()} on Node ${process.versions.node}` },
    await addonCheck(),
    { name: 'platform', state: 'ok', detail: `${platformTuple()}, kernel ${release()}, ${machine()}` },
    {
      name: 'cpu and memory',
      state: 'ok',
      detail: `${availableParallelism()} cores, ${humanBytes(freemem())} free of ${humanBytes(totalmem())}`,
    },
    gitCheck(),
    openFilesCheck(),
    {
      name: 'spool',
      state: 'ok',
      detail: `envelopes to stdout spool in ${tmpdir()}, those to a file beside it`,
    },
    tracingCheck(),
  ]
}

async function addonCheck(): Promise<Check> {
  try {
    const native = await openNative()
    return { name: 'addon', state: 'ok', detail: `${native.addonVersion()} loaded for ${arch()}` }
  } catch (thrown) {
    const { message, hint } = toLannerError(thrown)
    return { name: 'addon', state: 'fail', detail: hint === undefined ? message : `${message}; ${hint}` }
  }
}

function gitCheck(): Check {
  try {
    const version = execFileSync('git', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return { name: 'git', state: 'ok', detail: version.trim() }
  } catch {
    return { name: 'git', state: 'note', detail: 'not found: the git attestor cannot work' }
  }
}

function openFilesCheck(): Check {
  const limit = /^Max open files\s+(\S+)/m.exec(readText('/proc/self/limits') ?? '')?.[1]
  if (limit === undefined) return { name: 'open files', state: 'ok', detail: 'limit unknown here' }
  const low = limit !== 'unlimited' && Number(limit) < 256
  return {
    name: 'open files',
    state: low ? 'note' : 'ok',
    detail: `limit ${limit}${low ? ', 256 or more is better' : ''}`,
  }
}

/** What ptrace(2) and seccomp(2) would allow; tracing itself is not part of this version. */
function tracingCheck(): Check {
  const name = 'tracing'
  if (platform() !== 'linux') return { name, state: 'note', detail: 'only on Linux' }
  const yama = readText('/proc/sys/kernel/yama/ptrace_scope')?.trim() ?? 'absent'
  const seccomp = readText('/proc/sys/kernel/seccomp/actions_avail')?.includes('trace') ?? false
  const status = readText('/proc/self/status') ?? ''
  const confined = /^Seccomp:\s+2/m.test(status)
    ? 'a seccomp filter is in force'
    : 'no seccomp filter in force'
  // Yama 3 forbids every attach; 0 to 2 still let a parent trace the child that asked for it.
  const possible = yama !== '3' && seccomp
  return {
    name,
    state: possible ? 'ok' : 'note',
    detail: `${possible ? 'the kernel would allow it' : 'the kernel would refuse it'} (Yama ptrace_scope ${yama}, SECCOMP_RET_TRACE ${seccomp ? 'available' : 'missing'}, ${confined}); this version does not trace`,
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
