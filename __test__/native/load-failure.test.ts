// Why the addon did not load, told from what the loader threw: the real cause, the package wanted, and what to do.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { LannerError } from '../../src/error.ts'
import { explainLoadFailure, platformTuple } from '../../src/native/load-failure.ts'

const OVERRIDE = 'NAPI_RS_NATIVE_LIBRARY_PATH'

/** The generated loader throws one error whose causes are what each attempt gave. */
function thrown(...messages: string[]): Error {
  return messages.reduceRight<Error | undefined>(
    (cause, message) => new Error(message, { cause }),
    undefined,
  ) as Error
}

function pretend(t: ExecutionContext, member: 'platform' | 'arch', value: string): void {
  const real = Object.getOwnPropertyDescriptor(process, member) as PropertyDescriptor
  Object.defineProperty(process, member, { ...real, value })
  t.teardown(() => Object.defineProperty(process, member, real))
}

function exits(t: ExecutionContext, error: LannerError, code: string): void {
  t.is(error.code, code)
  t.is(error.exit, 3)
  t.truthy(error.hint)
  t.is(error.facts.platform, platformTuple())
}

test.serial('a refusal of the dynamic loader is shown in its own words, however deep it lies', t => {
  const elf = 'ERR_DLOPEN_FAILED: /x/lanner.node: invalid ELF header\nmore'
  const error = explainLoadFailure(thrown('Failed to load native binding', 'Cannot find module', elf))
  exits(t, error, 'ERR_NATIVE_LOAD')
  t.is(error.message, 'the system refused to load the addon: /x/lanner.node: invalid ELF header')
  t.regex(error.hint ?? '', /does not fit this machine/)
})

test.serial('an old C library is named with the version that is missing', t => {
  for (const version of ['GLIBC_2.38', 'GLIBCXX_3.4.32']) {
    const text = `/lib/x86_64-linux-gnu/libc.so.6: version \`${version}' not found (required by lanner.node)`
    const error = explainLoadFailure(thrown('Failed to load native binding', text))
    exits(t, error, 'ERR_NATIVE_LOAD')
    t.true(error.message.includes(version))
    t.true(error.hint?.includes(`older than ${version}`))
  }
})

test.serial('causes are read from aggregates too, and a cycle of causes ends', t => {
  const refused = Object.assign(new Error('wrong ELF class: ELFCLASS32'), { code: 'ERR_DLOPEN_FAILED' })
  const absent = new Error('Cannot find module ./lanner.node')
  const error = explainLoadFailure(new AggregateError([absent, refused], 'Cannot find native binding'))
  exits(t, error, 'ERR_NATIVE_LOAD')
  t.true(error.message.endsWith(refused.message))
  const loop = new Error('Cannot find native binding')
  loop.cause = new Error('Cannot find module ./lanner.node', { cause: loop })
  exits(t, explainLoadFailure(loop), 'ERR_NATIVE_MISSING')
})

test.serial('a missing platform package is named, with what makes package managers leave it out', t => {
  const error = explainLoadFailure(thrown('Failed to load native binding', 'Cannot find module'))
  exits(t, error, 'ERR_NATIVE_MISSING')
  t.is(error.message, `package @lanner/native-${platformTuple()} is not installed`)
  t.regex(error.hint ?? '', /--omit=optional/)
})

test.serial('a platform without an addon is named with those that have one', t => {
  for (const [platform, arch] of [
    ['linux', 'riscv64'],
    ['win32', 'x64'],
    ['freebsd', 'x64'],
  ] as const) {
    pretend(t, 'platform', platform)
    pretend(t, 'arch', arch)
    const error = explainLoadFailure(thrown('Failed to load native binding'))
    exits(t, error, 'ERR_NATIVE_MISSING')
    t.true(error.message.includes(`${platform}-${arch}`))
    for (const known of ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'])
      t.true(error.hint?.includes(known))
  }
})

test.serial('an override names its file: one that is missing, one that is refused', t => {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-load-'))
  const before = process.env[OVERRIDE]
  t.teardown(() => {
    if (before === undefined) delete process.env[OVERRIDE]
    else process.env[OVERRIDE] = before
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'lanner.node')
  process.env[OVERRIDE] = file
  const missing = explainLoadFailure(thrown('Cannot find module'))
  exits(t, missing, 'ERR_NATIVE_LOAD')
  t.regex(missing.message, /does not exist$/)
  t.is(missing.facts.file, file)
  writeFileSync(file, 'no ELF')
  const refused = explainLoadFailure(thrown('x', `${file}: file too short`))
  t.true(refused.message.endsWith(`was refused: ${file}: file too short`))
  t.true(refused.hint?.includes(OVERRIDE))
})

test.serial('what was thrown stays as the cause', t => {
  const cause = thrown('Failed to load native binding')
  t.is(explainLoadFailure(cause).cause, cause)
})
