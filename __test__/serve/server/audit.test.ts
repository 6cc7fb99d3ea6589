// Events of the API server, posted and in files that grow: judged by rules, and their alerts delivered as posted ones are.
import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { LOG, RULES } from '../../cli/detecting.ts'
import { ask, receiver, type Serving, serveBench } from './serving.ts'

const events = (): string[] => readFileSync(LOG, 'utf8').trimEnd().split('\n')
const list = (items: readonly string[]): string =>
  `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${items.join(',')}]}`

/** The rules of the alerts in bodies of a receiver, in order. */
function rulesIn(bodies: readonly string[]): string[] {
  return bodies.map(body => JSON.parse(body).rule).sort()
}

test('an EventList, an array, lines and single events give the same alerts', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(`rules: {k8s_audit: "${RULES}"}\noutputs: {hook: {type: webhook, url: "${out.url}"}}`)
  const server = await bench.start()
  const all = events()
  const first = await ask(`${server.audit}/k8s-audit`, 'POST', list(all))
  t.deepEqual([first.status, first.json], [202, { accepted: all.length }])
  const probe = await ask(`${server.audit}/k8s-audit`, 'POST', list(all))
  t.is(probe.status, 202)
  // Twice the same events: as many alerts of each rule from either.
  const metrics = async () => (await server.get('/metrics')).text
  const judged = /lanner_events_judged_total\{source="k8s_audit"\} (\d+)/.exec(await metrics())
  t.is(Number(judged?.[1]), 2 * all.length)
  for (const body of [`[${all.join(',')}]`, all.join('\n'), JSON.stringify(JSON.parse(list(all)), null, 2)]) {
    const { status, json } = await ask(`${server.audit}/`, 'POST', body)
    t.deepEqual([status, json], [202, { accepted: all.length }])
  }
  for (const event of all) t.is((await ask(`${server.audit}/k8s-audit`, 'POST', event)).status, 202)
  t.is(await server.end(), 0)
  const rules = rulesIn(out.bodies)
  t.true(rules.length > 0)
  t.is(rules.length % 6, 0)
  for (let at = 0; at < rules.length; at += 6) t.is(new Set(rules.slice(at, at + 6)).size, 1)
})

test('a list as kube-apiserver posts it, whose items have no kind, gives the alerts of the same events with one', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  bench.config(`rules: {k8s_audit: "${RULES}"}\noutputs: {hook: {type: webhook, url: "${out.url}"}}`)
  const server = await bench.start()
  const all = events()
  const bare = all.map(event =>
    JSON.stringify({ ...JSON.parse(event), kind: undefined, apiVersion: undefined }),
  )
  for (const items of [all, bare]) {
    const { status, json } = await ask(`${server.audit}/k8s-audit?timeout=30s`, 'POST', list(items))
    t.deepEqual([status, json], [202, { accepted: all.length }])
  }
  t.is(await server.end(), 0)
  const rules = rulesIn(out.bodies)
  t.true(rules.length > 0)
  t.is(rules.length % 2, 0)
  for (let at = 0; at < rules.length; at += 2) t.is(rules[at], rules[at + 1])
})

test('what is no event is named by its line and costs no other, and the API server is not made to send them again', async t => {
  const bench = serveBench(t)
  bench.config(`rules: {k8s_audit: "${RULES}"}`)
  const server = await bench.start()
  const [a = '', b = ''] = events()
  const { status, json } = await ask(
    `${server.audit}/k8s-audit`,
    'POST',
    `${a}\n{"kind":\n${b}\n{"kind":"Pod"}\n`,
  )
  t.is(status, 202)
  t.is(json.accepted, 2)
  t.deepEqual(
    json.refused.map(({ line, code }: { line: number; code: string }) => [line, code]),
    [
      [2, 'ERR_EVENT_NOT_JSON'],
      [4, 'ERR_EVENT_NOT_AN_EVENT'],
    ],
  )
  t.is((await ask(`${server.audit}/k8s-audit`, 'POST', '{"kind":"Pod"}')).status, 400)
})

test('without rules of one’s own those that are shipped judge', async t => {
  const bench = serveBench(t)
  bench.config('')
  const server = await bench.start()
  const { status, json } = await ask(`${server.audit}/k8s-audit`, 'POST', list(events()))
  t.deepEqual([status, json], [202, { accepted: events().length }])
})

test('rules that don’t load end the start, naming what is wrong with them', async t => {
  const bench = serveBench(t)
  const rules = bench.write('rules.yaml', '- rule: A\n  condition: ka.verb =\n')
  bench.config(`rules: {k8s_audit: "${rules}"}`)
  const failed = await t.throwsAsync(bench.start())
  t.regex(failed?.message ?? '', /ended with 2[\s\S]*rules\.yaml/)
})

test('a followed file goes on where it was left, through rotation while the server was away', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  const log = bench.path('audit.log')
  bench.config(
    `rules: {k8s_audit: "${RULES}"}\noutputs: {hook: {type: webhook, url: "${out.url}"}}\nfollow: [{file: audit.log, source: k8s_audit}]`,
  )
  const all = events()
  const half = Math.floor(all.length / 2)
  writeFileSync(log, `${all.slice(0, half).join('\n')}\n`)
  const taken = `lanner_events_judged_total{source="k8s_audit"}`
  /** Until the file was read to its end, which is written down; then so many events were judged. */
  const until = async (server: Serving, count: number): Promise<void> => {
    const end = `"offset":${statSync(log).size}}`
    while (!existsSync(bench.path('followed.json')) || !bench.read('followed.json').includes(end)) {
      await server.get('/ping')
    }
    t.true((await server.get('/metrics')).text.includes(`${taken} ${count}\n`))
  }
  const first = await bench.start()
  await until(first, half)
  first.child.kill('SIGKILL')
  await first.end('SIGKILL')
  // The rest of the old file, then a new one under its name.
  appendFileSync(log, `${all.slice(half).join('\n')}\n`)
  renameSync(log, bench.path('audit.log.1'))
  writeFileSync(log, `${all[0]}\n`)
  const second = await bench.start()
  await until(second, all.length - half + 1)
  t.is(await second.end(), 0)
  const third = await bench.start()
  appendFileSync(log, `${all[1]}\n`)
  await until(third, 1)
  t.is(await third.end(), 0)
})

test('rules that changed are read anew on SIGHUP, and broken ones leave the old in place', async t => {
  const bench = serveBench(t)
  const out = await receiver(t)
  const rules = (name: string): string =>
    `- rule: ${name}\n  desc: d\n  condition: ka.verb exists\n  output: o\n  priority: ERROR\n  source: k8s_audit\n`
  bench.write('rules.yaml', rules('First'))
  bench.config(`rules: {k8s_audit: rules.yaml}\noutputs: {hook: {type: webhook, url: "${out.url}"}}`)
  const server = await bench.start()
  const [event = ''] = events()
  const post = (): Promise<unknown> => ask(`${server.audit}/k8s-audit`, 'POST', event)
  await post()
  await out.until(1)
  bench.write('rules.yaml', '- rule: broken')
  server.child.kill('SIGHUP')
  await server.logged(({ text }) => text.includes('the old one stays'))
  await post()
  await out.until(2)
  bench.write('rules.yaml', rules('Second'))
  server.child.kill('SIGHUP')
  await server.logged(({ text }) => text.includes('read anew'))
  await post()
  await out.until(3)
  t.deepEqual(
    out.bodies.map(body => JSON.parse(body).rule),
    ['First', 'First', 'Second'],
  )
})
