// The addon lives and dies with its environment: many at once, ended while they work, and the process with them.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import test, { type ExecutionContext } from 'ava'
import { openNative } from '../../src/native/native.ts'

const NATIVE = new URL('../../src/native/native.ts', import.meta.url).href
/** Plain JavaScript, so that a thread need not load a transpiler first. */
const BINDING = new URL('../../src/native/binding.js', import.meta.url).href
const LOADER = `--import=${import.meta.resolve('@oxc-node/core/register')}`

function sparse(t: ExecutionContext, bytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-native-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'large')
  writeFileSync(file, '')
  truncateSync(file, bytes)
  return folder
}

/** Starts to digest `folder`, and goes on with `then` once the first bytes are done. */
function digesting(folder: string, then: string): string {
  return `import * as native from ${JSON.stringify(BINDING)}
    import { setImmediate as turn } from 'node:timers/promises'
    import { parentPort } from 'node:worker_threads'
    const work = new native.Work()
    const job = native.scanMaterials(${JSON.stringify(folder)}, { rehash: false }, work)
    while (work.done === 0n) await turn()
    ${then}`
}

test('20 threads that load the addon and are ended while it digests leave the process well', async t => {
  const folder = sparse(t, 32 << 20)
  // Beside the folder, not in it: a worker takes a module from a file only.
  const program = `${folder}.mjs`
  writeFileSync(program, digesting(folder, 'parentPort.postMessage("digesting"); await job'))
  t.teardown(() => rmSync(program, { force: true }))
  for (let round = 0; round < 20; round++) {
    const worker = new Worker(program, { execArgv: [] })
    const failed = once(worker, 'error').then(([error]) => Promise.reject(error))
    t.deepEqual(await Promise.race([once(worker, 'message'), failed]), ['digesting'])
    failed.catch(() => undefined)
    await worker.terminate()
  }
  const native = await openNative()
  const scan = await native.scanMaterials(folder, { rehash: false }, new native.Work())
  t.is(scan.leafCount, 1)
})

test('a process that exits while a job runs ends with its own code, and no crash', t => {
  const folder = sparse(t, 256 << 20)
  const program = digesting(folder, 'process.exit(5)')
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  t.is(ended.signal, null)
  t.is(ended.status, 5, ended.stderr)
  t.is(ended.stderr, '')
})

test('a process with nothing else to do waits for its job', t => {
  const folder = sparse(t, 32 << 20)
  const program = digesting(folder, 'job.then(scan => console.log(scan.leafCount))')
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  t.is(status, 0)
  t.is(stdout, '1\n')
})

test('handles that are dropped without being finished leave nothing behind', t => {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-native-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const program = `import { openNative } from ${JSON.stringify(NATIVE)}
    import { readdirSync } from 'node:fs'
    const native = await openNative()
    for (let round = 0; round < 50; round++) native.createEnvelope(${JSON.stringify(join(folder, 'att.json'))})
    for (let round = 0; round < 10 && readdirSync(${JSON.stringify(folder)}).length > 0; round++) {
      gc(); await new Promise(setImmediate)
    }
    console.log(readdirSync(${JSON.stringify(folder)}).length)`
  const words = ['--expose-gc', LOADER, '--input-type=module', '-e', program]
  const { stdout, status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  t.is(status, 0, stderr)
  t.is(stdout, '0\n')
})
