// What crosses the boundary goes wrong in one way only: an error with a code. A panic, a wrong argument, a cancelled job.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { toLannerError } from '../../src/native/failure.ts'
import { type Native, openNative, type Work } from '../../src/native/native.ts'

const NATIVE = new URL('../../src/native/native.ts', import.meta.url).href

/** A folder with one file of that many bytes, which take no room on the disk. */
function sparse(t: ExecutionContext, bytes: number, start = ''): { folder: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-native-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'large')
  writeFileSync(file, start)
  truncateSync(file, bytes)
  return { folder, file }
}

/** Runs a module in a process of its own, where `native` is the addon. */
function apart(body: string): {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
} {
  const program = `import { openNative } from ${JSON.stringify(NATIVE)}\nconst native = await openNative()\n${body}`
  const loader = `--import=${import.meta.resolve('@oxc-node/core/register')}`
  return spawnSync(process.execPath, [loader, '--input-type=module', '-e', program], { encoding: 'utf8' })
}

/** Cancels once the job has begun to count, so that it is a running one that ends. */
async function cancelRunning(job: Promise<unknown>, work: Work): Promise<unknown> {
  let over = false
  const outcome = job.then(
    () => 'finished',
    (thrown: unknown) => thrown,
  )
  void outcome.finally(() => {
    over = true
  })
  while (work.done === 0n && !over) await setImmediate()
  work.cancel()
  return outcome
}

test('a panic is an error with a code and exit 70, in a call and in a job, and the addon goes on', async t => {
  const native = await openNative()
  const panic: unknown = Reflect.get(native, 'panicForTest')
  if (typeof panic !== 'function') {
    t.log('skipped: this addon has no panicForTest')
    return t.pass()
  }
  const called = t.throws(() => panic(false))
  t.like(toLannerError(called), { code: 'ERR_INTERNAL', exit: 70 })
  const rejected = await t.throwsAsync(async () => panic(true))
  t.like(toLannerError(rejected), { code: 'ERR_INTERNAL', exit: 70 })
  t.regex(toLannerError(rejected).message, /panic/)
  t.is(new native.Payload().size, 0n)
})

const GIGANTIC = 64 * 2 ** 30

const JOBS: Record<
  string,
  (native: Native, work: Work, place: ReturnType<typeof sparse>) => Promise<unknown>
> = {
  ERR_TREE_CANCELLED: (native, work, { folder }) => native.scanMaterials(folder, { rehash: false }, work),
  ERR_EVENTS_CANCELLED: (native, work, { file }) => native.ingestFile(file, undefined, work),
  ERR_CANCELLED: (native, work, { file, folder }) => native.readPayload(file, folder, work),
}

for (const [code, begin] of Object.entries(JOBS)) {
  test(`a running job that is cancelled rejects with ${code} at once`, async t => {
    const native = await openNative()
    const work = new native.Work()
    const thrown = await cancelRunning(begin(native, work, sparse(t, GIGANTIC)), work)
    t.like(toLannerError(thrown), { code, exit: 3 })
    t.true(work.done < BigInt(GIGANTIC))
  })
}

test('a cell that was cancelled before ends every job it is given to', async t => {
  const native = await openNative()
  const work = new native.Work()
  work.cancel()
  const { folder, file } = sparse(t, 1 << 20)
  const payload = new native.Payload()
  payload.pushBytes(Buffer.alloc(1 << 22))
  const jobs = [
    native.scanMaterials(folder, { rehash: false }, work),
    native.ingestFile(file, undefined, work),
    payload.signEd25519('t', new Uint8Array(32), work),
  ]
  for (const job of jobs) t.regex(toLannerError(await t.throwsAsync(job)).code, /^ERR_[A-Z_]*CANCELLED$/)
})

test('the bytes a cell counts are those of the input', async t => {
  const native = await openNative()
  const work = new native.Work()
  const { folder } = sparse(t, 10_000_019)
  await native.scanMaterials(folder, { rehash: false }, work)
  t.is(work.done, 10_000_019n)
})

test('an expected failure carries code and facts, and is marked as ours', async t => {
  const native = await openNative()
  const thrown = await t.throwsAsync(native.ingestFile('/nowhere/capture', undefined, new native.Work()))
  t.like(thrown, { code: 'ERR_EVENTS_OPEN', lanner: true, file: '/nowhere/capture' } as object)
  t.like(toLannerError(thrown), { exit: 3, facts: { file: '/nowhere/capture' } })
})

test('values of wrong types, in any place of any call, are thrown or rejected and never end the process', t => {
  const { status, signal, stdout, stderr } = apart(`
    const values = [undefined, null, true, 0, -1, NaN, 1e300, 3n, -3n, 2n ** 70n, '', '\\0', '/nowhere/at/all', {}, [], [1], ['a'],
      () => 1, Symbol('s'), new Date(), Buffer.alloc(3), new Uint8Array(33), new native.Work(), new native.Payload(), native.Work]
    let seed = 1
    const next = length => (seed = (seed * 48271) % 2147483647) % length
    const words = () => Array.from({ length: next(5) }, () => values[next(values.length)])
    const kinds = [native.Payload, native.Work]
    const calls = Object.values(native).filter(each => typeof each === 'function' && each !== native.hardenProcess)
    for (const kind of kinds) for (const name of Object.getOwnPropertyNames(kind.prototype)) {
      const { value } = Object.getOwnPropertyDescriptor(kind.prototype, name)
      if (typeof value === 'function' && name !== 'constructor') calls.push((...given) => new kind()[name](...given))
    }
    const seen = { returned: 0, thrown: 0, odd: 0 }
    for (let round = 0; round < 200; round++) for (const call of calls) {
      try { await call(...words()); seen.returned++ }
      catch (thrown) { if (thrown instanceof Error) seen.thrown++; else seen.odd++ }
    }
    console.log(JSON.stringify(seen))`)
  t.is(signal, null)
  t.is(status, 0, stderr)
  const seen = JSON.parse(stdout)
  t.is(seen.odd, 0)
  t.true(seen.thrown > 1000, stdout)
})

test('a wrong type names what was expected, and is a bug of ours to the person', async t => {
  const native = await openNative()
  const calls: readonly (() => unknown)[] = [
    () => Reflect.apply(native.createEnvelope, undefined, [17]),
    () => Reflect.apply(native.matchGlobs, undefined, ['*', 'a']),
    () => Reflect.apply(native.scanMaterials, undefined, ['/', { rehash: false }, {}]),
    () => Reflect.apply(native.Payload.prototype.pushBytes, new native.Payload(), ['text']),
    () => Reflect.construct(native.EnvelopeFile, []),
  ]
  for (const call of calls) t.like(toLannerError(t.throws(call)), { code: 'ERR_INTERNAL', exit: 70 })
})
