// Says why the addon did not load: which file was wanted, whether it is there, what the dynamic loader said, what to do.
// The generated loader's own text blames the package manager for everything. Used by `native.ts` alone.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { LannerError } from '../error.ts'

const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']

/** The failure of `import('./binding.js')` as an error that names the real cause. */
export function explainLoadFailure(thrown: unknown): LannerError {
  const tuple = platformTuple()
  const wanted = `@lanner/native-${tuple}`
  const facts = { platform: tuple, package: wanted }
  const causes = causeChain(thrown)
  // The loader tries file after file; each it cannot find is one cause. Any other cause is the system refusing a file it found.
  const refusal = causes.slice(1).find(text => !/Cannot find (module|native binding)/.test(text))
  const override = process.env.NAPI_RS_NATIVE_LIBRARY_PATH
  if (override !== undefined) {
    const state = existsSync(override)
      ? `was refused: ${firstLine(refusal ?? causes.at(-1))}`
      : 'does not exist'
    return new LannerError('ERR_NATIVE_LOAD', `the addon named by NAPI_RS_NATIVE_LIBRARY_PATH ${state}`, {
      facts: { ...facts, file: override },
      hint: 'unset NAPI_RS_NATIVE_LIBRARY_PATH or point it at a lanner addon built for this machine',
      cause: thrown,
    })
  }
  if (refusal !== undefined) return refused(firstLine(refusal), wanted, facts, thrown)
  if (!SUPPORTED.includes(`${process.platform}-${process.arch}`)) {
    return new LannerError('ERR_NATIVE_MISSING', `lanner has no addon for ${tuple}`, {
      facts,
      hint: `supported are ${SUPPORTED.join(', ')}; on Windows use WSL`,
      cause: thrown,
    })
  }
  const installed = isInstalled(wanted)
  return new LannerError(
    'ERR_NATIVE_MISSING',
    installed ? `package ${wanted} is installed but holds no addon` : `package ${wanted} is not installed`,
    {
      facts,
      hint: installed
        ? `reinstall it: npm install ${wanted}`
        : 'install lanner on this platform itself, without --omit=optional and without a lockfile that was written on another system',
      cause: thrown,
    },
  )
}

function refused(why: string, wanted: string, facts: Record<string, string>, cause: unknown): LannerError {
  const oldGlibc = /GLIBC(XX)?_[0-9.]+/.exec(why)?.[0]
  const hint =
    oldGlibc === undefined
      ? `the file of ${wanted} does not fit this machine: reinstall lanner here`
      : `this system's C library is older than ${oldGlibc}: use a newer distribution, or build lanner from source here`
  return new LannerError('ERR_NATIVE_LOAD', `the system refused to load the addon: ${why}`, {
    facts,
    hint,
    cause,
  })
}

/** `linux-x64-gnu`, `linux-arm64-musl`, `darwin-arm64` …: the end of the platform package's name. */
export function platformTuple(): string {
  const base = `${process.platform}-${process.arch}`
  if (process.platform !== 'linux') return base
  // Only a process linked against glibc reports a glibc version.
  const report: unknown = process.report?.getReport()
  const header = (report as { header?: { glibcVersionRuntime?: string } } | undefined)?.header
  return `${base}-${header?.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`)
    return true
  } catch {
    return false
  }
}

function causeChain(thrown: unknown): string[] {
  const texts: string[] = []
  const seen = new Set<unknown>()
  const visit = (error: unknown): void => {
    if (!(error instanceof Error) || seen.has(error)) return
    seen.add(error)
    const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
    texts.push(code + error.message)
    if (error instanceof AggregateError) error.errors.forEach(visit)
    visit(error.cause)
  }
  visit(thrown)
  return texts
}

function firstLine(text: string | undefined): string {
  return (text ?? 'unknown reason').replace(/^ERR_DLOPEN_FAILED: /, '').split('\n')[0] ?? ''
}
