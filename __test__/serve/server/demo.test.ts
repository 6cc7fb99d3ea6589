// `lanner serve demo` as somebody tries it: the page with data, real posts beside it, nothing left behind.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'ava'
import { DemoAlerts } from '../../../src/serve/demo/demo-alerts.ts'
import { LOG } from '../../cli/detecting.ts'
import { CLI } from '../../cli/lanner.ts'
import { ask } from './serving.ts'

test('the demo prints where it listens, holds a day of alerts, takes alerts and audit events, and cleans up', async t => {
  const temporary = mkdtempSync(join(tmpdir(), 'lanner-demo-test-'))
  t.teardown(() => rmSync(temporary, { recursive: true, force: true }))
  const words = [CLI, 'serve', 'demo', '--open', 'false']
  const child = spawn(process.execPath, words, { env: { ...process.env, TMPDIR: temporary } })
  t.teardown(() => child.kill('SIGKILL'))
  const told: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    told.push(line)
    if (line.startsWith('Ctrl-C')) break
  }
  const address = (what: RegExp): string => {
    const line = told.find(each => what.test(each)) ?? ''
    return /http:\/\/[\d.:]+/.exec(line)?.[0] ?? ''
  }
  const [page, falco, audit] = [address(/^The page/), address(/^Alerts/), address(/^Audit/)]
  const posted = await ask(`${falco}/`, 'POST', new DemoAlerts(1).next(Date.now()))
  t.deepEqual([posted.status, posted.json], [202, { accepted: 1 }])
  const events = await ask(`${audit}/k8s-audit`, 'POST', readFileSync(LOG, 'utf8'))
  t.is(events.status, 202)
  // What was accepted is in the store a moment later.
  let stored = 0
  while (stored < 3000) {
    const { json } = await ask(`${page}/api/v1/events/count`, 'GET')
    stored = json.statistics.all
  }
  t.is((await ask(`${page}/`, 'GET')).status, 200)
  child.kill('SIGINT')
  t.deepEqual(await once(child, 'exit'), [0, null])
  t.deepEqual(
    readdirSync(temporary).filter(
      name => existsSync(join(temporary, name)) && name.startsWith('lanner-demo-'),
    ),
    [],
  )
})

test('the same seed gives the same day, in order, every line an alert', t => {
  const day = new DemoAlerts(7).day(1_790_000_000_000, 500)
  t.deepEqual(day, new DemoAlerts(7).day(1_790_000_000_000, 500))
  const times = day.map(line => (JSON.parse(line) as { time: string }).time)
  t.deepEqual(times, times.toSorted())
  t.is(day.length, 506)
})
