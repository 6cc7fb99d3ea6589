// Flags of `serve` over the configuration, its log, and what its commands refuse: the real process.
import { appendFileSync, existsSync } from 'node:fs'
import test from 'ava'
import { lanner } from '../../cli/lanner.ts'
import { lines, receiver, serveBench, uuidOf } from './serving.ts'

test('--store, --queue and --follow stand above the configuration, after a reload too', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.write('alerts.jsonl', lines(1, 2))
  bench.config(`outputs: {hook: {type: webhook, url: "${out.url}"}}`)
  const words = ['--store', 'kept', '--queue', 'waiting', '--follow', 'alerts.jsonl']
  const server = await bench.start(words)
  await out.until(2)
  t.true(existsSync(bench.path('kept')))
  t.true(existsSync(bench.path('waiting')))
  t.false(existsSync(bench.path('queue')))
  server.child.kill('SIGHUP')
  await server.logged(({ text }) => text.includes('configuration unchanged'))
  appendFileSync(bench.path('alerts.jsonl'), lines(3, 1))
  await out.until(3)
  t.deepEqual(out.received, [1, 2, 3].map(uuidOf))
  t.is(await server.end(), 0)
})

test('a followed file that is not there is waited for', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(
    `follow: [{file: late.jsonl, source: falco}]\noutputs: {hook: {type: webhook, url: "${out.url}"}}`,
  )
  const server = await bench.start()
  await server.logged(({ level, text }) => level === 'warn' && text.includes("can't follow, waiting"))
  bench.write('late.jsonl', lines(1, 1))
  await out.until(1)
  t.is(await server.end(), 0)
})

test('lines of a followed file that are no alerts are told of and cost no other', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.write('alerts.jsonl', `${lines(1, 1)}no alert\n${lines(2, 1)}`)
  bench.config(
    `follow: [{file: alerts.jsonl, source: falco}]\noutputs: {hook: {type: webhook, url: "${out.url}"}}`,
  )
  const server = await bench.start()
  await out.until(2)
  const told = await server.logged(({ text }) => text === 'lines refused')
  t.is(told.count, 1)
  t.is(await server.end(), 0)
})

test('wrong words and a configuration that is not there end with 2 and a hint', async t => {
  const bench = serveBench(t)
  const file = bench.path('none.yaml')
  const missing = await lanner(['serve', '--config', file])
  t.is(missing.code, 2)
  t.regex(missing.stderr, /ERR_CONFIG_READ[\s\S]*hint:/)
  for (const words of [
    ['--stop-after', 'soon'],
    ['--log-format', 'xml'],
    ['--follow', 'falco='],
  ]) {
    const { code, stderr } = await lanner(['serve', '--config', file, ...words])
    t.deepEqual([code, /ERR_USAGE_/.test(stderr)], [2, true], words.join(' '))
  }
})
