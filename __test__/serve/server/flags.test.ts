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

test('an audit log that a flag or the configuration follows is judged by the rules that are shipped, without a listener', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  const exec = {
    ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID: 'a', verb: 'create' },
    ...{ stage: 'ResponseComplete', requestURI: '/api/v1/namespaces/shop/pods/web/exec?command=sh' },
    ...{ user: { username: 'eve' }, responseStatus: { code: 101 } },
    objectRef: { resource: 'pods', subresource: 'exec', namespace: 'shop', name: 'web' },
    ...{
      requestReceivedTimestamp: '2026-11-21T12:00:00.000000Z',
      stageTimestamp: '2026-11-21T12:00:00.000000Z',
    },
  }
  for (const name of ['flag.log', 'config.log']) bench.write(name, `${JSON.stringify(exec)}\n`)
  const outputs = `outputs: {hook: {type: webhook, url: "${out.url}"}}`
  const places = 'listen: {falco: "127.0.0.1:0"}\nqueue: {path: queue}'
  bench.write('lanner.yaml', `${places}\n${outputs}\n`)
  const flagged = await bench.start(['--follow', 'k8s_audit=flag.log'])
  await out.until(1)
  t.is(await flagged.end(), 0)
  bench.write('lanner.yaml', `${places}\n${outputs}\nfollow: {file: config.log, source: k8s_audit}\n`)
  const configured = await bench.start()
  await out.until(2)
  t.is(await configured.end(), 0)
  const unjudged = await t.throwsAsync(bench.start(['--follow', 'aws_cloudtrail=flag.log']))
  t.regex(unjudged?.message ?? '', /ended with 2[\s\S]*no rule would judge it/)
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
  // However often it was looked for.
  const told = server.log.filter(({ text }) => /follow/.test(text)).map(({ text }) => text.slice(0, 15))
  t.deepEqual(told, ['following', "can't follow, w", 'following again'])
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
