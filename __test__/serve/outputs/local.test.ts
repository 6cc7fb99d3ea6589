// Outputs of this machine: file and program.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { faultOf, folder, HARD_TEXT, hardAlert, hardAlerts, opened, patient } from './bench.ts'

test('a file gets each alert as one line, byte for byte', async t => {
  const path = join(folder(t), 'deep', 'alerts.jsonl')
  const alerts = hardAlerts(3)
  const output = await opened(t, { type: 'file', path, fsync: true })
  await output.deliver(alerts, patient())
  await output.deliver(alerts.slice(0, 1), patient())
  t.is(readFileSync(path, 'utf8'), [...alerts, ...alerts.slice(0, 1)].map(({ line }) => `${line}\n`).join(''))
})

test('a file that was renamed is opened anew', async t => {
  const path = join(folder(t), 'alerts.jsonl')
  const [first, second] = hardAlerts(2)
  const output = await opened(t, { type: 'file', path })
  await output.deliver(first === undefined ? [] : [first], patient())
  renameSync(path, `${path}.old`)
  await output.deliver(second === undefined ? [] : [second], patient())
  t.is(readFileSync(`${path}.old`, 'utf8'), `${first?.line}\n`)
  t.is(readFileSync(path, 'utf8'), `${second?.line}\n`)
})

test('a file is rotated by size before it grows too large, and so many old ones are kept', async t => {
  const path = join(folder(t), 'alerts.txt')
  const output = await opened(t, {
    type: 'file',
    path,
    template: '{output}',
    rotate: { size: '10B', keep: 2 },
  })
  for (const text of ['one', 'two', 'three', 'four', 'five\nsix']) {
    await output.deliver([hardAlert({ output: text })], patient())
  }
  t.is(readFileSync(path, 'utf8'), 'five six\n')
  t.is(readFileSync(`${path}.1`, 'utf8'), 'four\n')
  t.is(readFileSync(`${path}.2`, 'utf8'), 'three\n')
  t.false(existsSync(`${path}.3`))
})

test('a file is rotated once its span of time is over', async t => {
  const path = join(folder(t), 'alerts.txt')
  let now = Date.now()
  const output = await opened(
    t,
    { type: 'file', path, template: '{output}', rotate: { every: '1h' } },
    { now: () => now },
  )
  await output.deliver([hardAlert({ output: 'one' })], patient())
  now += 3_600_000
  await output.deliver([hardAlert({ output: 'two' })], patient())
  t.is(readFileSync(path, 'utf8'), 'two\n')
  t.is(readFileSync(`${path}.1`, 'utf8'), 'one\n')
})

test('a file that can’t be written is tried again', async t => {
  const output = await opened(t, { type: 'file', path: '/dev/full' })
  const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
  t.true(fault.retry)
  t.regex(fault.message, /\/dev\/full.*ENOSPC/)
})

/** A shell script of the test. */
function script(directory: string, text: string): string {
  const file = join(directory, 'script')
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

test('a program gets a line an alert on its standard input, its words unexpanded, and not our environment', async t => {
  const directory = folder(t)
  const file = script(directory, 'cat > input; printf %s "$1|$TOKEN|$SECRET" > words')
  const output = await opened(
    t,
    { type: 'program', command: [file, '$(id) *'], environment: { TOKEN: { env: 'THEIR_TOKEN' } } },
    { directory, environment: { PATH: process.env.PATH ?? '', SECRET: 'ours', THEIR_TOKEN: 'theirs' } },
  )
  const alerts = hardAlerts(2)
  await output.deliver(alerts, patient())
  t.is(readFileSync(join(directory, 'input'), 'utf8'), alerts.map(({ line }) => `${line}\n`).join(''))
  t.is(readFileSync(join(directory, 'words'), 'utf8'), '$(id) *|theirs|')
})

test('a program that exits with another code than 0 is tried again, and its last words are told without secrets', async t => {
  const directory = folder(t)
  const file = script(directory, 'cat > /dev/null; echo "no route with $TOKEN" >&2; exit 3')
  const environment = { TOKEN: { env: 'TOKEN' } }
  const output = await opened(
    t,
    { type: 'program', command: [file], environment },
    { directory, environment: { PATH: process.env.PATH ?? '', TOKEN: 'hunter22' } },
  )
  const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
  t.true(fault.retry)
  t.regex(fault.message, /exited with code 3: no route with \[redacted\]$/)
})

test('a program that reads nothing and succeeds has taken the alerts', async t => {
  const output = await opened(
    t,
    { type: 'program', command: ['true'] },
    { environment: { PATH: process.env.PATH ?? '' } },
  )
  await t.notThrowsAsync(output.deliver(hardAlerts(100, { output: HARD_TEXT.repeat(1000) }), patient()))
})

test('a program that hangs is ended with all it started when the signal comes', async t => {
  const directory = folder(t)
  const held = join(directory, 'held')
  execFileSync('mkfifo', [held])
  const file = script(directory, 'sleep 1000 > held & wait')
  const environment = { PATH: process.env.PATH ?? '' }
  const output = await opened(t, { type: 'program', command: [file] }, { directory, environment })
  const stop = new AbortController()
  const delivery = faultOf(output.deliver(hardAlerts(1), stop.signal))
  const pipe = await open(held)
  stop.abort()
  t.true((await delivery).retry)
  // Read to its end: nobody holds the other side any longer.
  t.is((await pipe.readFile()).length, 0)
  await pipe.close()
})

test('a program that is not there is told', async t => {
  const output = await opened(t, { type: 'program', command: ['/no/such/program'] })
  const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
  t.regex(fault.message, /`\/no\/such\/program` was not started/)
})
