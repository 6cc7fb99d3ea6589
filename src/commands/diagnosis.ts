// The checks of `doctor`: addon, platform, limits, and whether a step can be traced on this machine.
// Changes nothing and asks no network. Used by `doctor` alone.
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { arch, availableParallelism, freemem, machine, release, tmpdir, totalmem } from 'node:os'
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
    await tracingCheck(),
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

/** Traces a program that does nothing: whether that is permitted depends on more than can be looked up. */
async function tracingCheck(): Promise<Check> {
  const name = 'tracing'
  const nothing = openSync('/dev/null', 'r+')
  try {
    const native = await openNative()
    const trace = native.startTrace({
      argv: [process.execPath, '--version'],
      env: [],
      directory: '/',
      stdio: [nothing, nothing, nothing],
      lingerMs: 0,
      secrets: [],
    })
    const { noNewPrivs } = await trace.started()
    await trace.finished()
    const limit = noNewPrivs ? ', setuid programs and file capabilities without effect in a traced step' : ''
    return { name, state: 'ok', detail: `permitted${limit}` }
  } catch (thrown) {
    const { message, hint } = toLannerError(thrown)
    return { name, state: 'note', detail: hint === undefined ? message : `${message}; ${hint}` }
  } finally {
    closeSync(nothing)
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
