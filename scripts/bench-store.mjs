// What keeping alerts costs, and how soon the page's questions are answered: processor time of an insertion, bytes an alert,
// median and 99th percentile of every question, peak memory. `node scripts/bench-store.mjs --alerts 1000000 --batch 4000`;
// `--keep DIR` leaves the store there and takes one that is there.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { quantile, round } from './bench-measure.mjs'
import { alertMaker } from './bench-store-alerts.mjs'
import { root } from './command.mjs'

/** Alerts a second that an insertion must keep up with, and the part of one core it may take for that. */
const RATE = 20_000
const CORE = 0.5
/** Milliseconds within which the page has its answer. */
const ANSWER = 200
const ROUNDS = 20

/** What the page asks. */
const QUESTIONS = [
  ['everything', {}],
  ['a word', { text: 'curl' }],
  ['a rare word', { text: 'xmrig' }],
  ['a path', { text: '/etc/shadow' }],
  ['a beginning', { text: 'kube*' }],
  ['two words', { text: 'curl shadow' }],
  ['a field', { fields: ['proc.name', 'cat'] }],
  ['a pod', { fields: ['k8s.ns.name', 'team-3', 'k8s.pod.name', 'web-7-67'] }],
  ['a rule', { rules: ['Rule number 3 about files'] }],
  ['a host, urgent', { hostnames: ['node-3.cluster.local'], priorities: ['Critical', 'Error'] }],
]

/** Fills and asks a store in `folder`; gives one result line. */
export async function measureStore(folder, { alerts, batch }) {
  const native = await import(join(root, 'dist', 'binding.js'))
  const store = await native.openAlertStore(folder, false)
  const there = (await store.extent()).alerts
  const filling = there === 0 ? await fill(store, alerts, batch) : {}
  const extent = await store.extent()
  const answers = await ask(store, extent)
  const slowest = Math.max(...answers.map(({ p99_ms }) => p99_ms))
  await store.close()
  return {
    name: 'store of alerts',
    alerts: extent.alerts,
    ...filling,
    bytes_per_alert: Math.round(extent.bytes / extent.alerts),
    slowest_p99_ms: slowest,
    goal_ms: ANSWER,
    peak_mb: Math.round(process.resourceUsage().maxRSS / 1000),
    answers,
    met: slowest <= ANSWER && (filling.core_at_20k_per_s ?? 0) <= CORE,
  }
}

async function fill(store, total, batch) {
  const make = alertMaker(total)
  const times = []
  let [cpu, bytes] = [0, 0]
  for (let from = 0; from < total; from += batch) {
    const count = Math.min(batch, total - from)
    const lines = Buffer.from(Array.from({ length: count }, (_, at) => make(from + at)).join(''))
    bytes += lines.length
    const [before, begin] = [process.cpuUsage(), performance.now()]
    const { added, upkeep } = await store.insert(lines)
    const spent = process.cpuUsage(before)
    if (added !== count || upkeep !== undefined) throw new Error(`${added} of ${count} were added: ${upkeep}`)
    times.push(performance.now() - begin)
    cpu += spent.user + spent.system
    if (process.stderr.isTTY) process.stderr.write(`\r${from + count} alerts`)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
  const seconds = times.reduce((sum, time) => sum + time, 0) / 1000
  return {
    line_bytes: Math.round(bytes / total),
    batch,
    cpu_us_per_alert: round(cpu / total),
    core_at_20k_per_s: round((cpu / total / 1e6) * RATE),
    alerts_per_s: Math.round(total / seconds),
    insert_p50_ms: round(quantile(times, 0.5)),
    insert_p99_ms: round(quantile(times, 0.99)),
  }
}

async function ask(store, { oldest, newest }) {
  const answers = []
  for (const [name, query] of QUESTIONS) {
    const kinds = {
      search: () => store.search(query, 100),
      facet: () => store.facet(query, 'rule', 10),
      histogram: () => store.histogram(query, 'priority', oldest, newest + 1n, 120),
    }
    for (const [kind, question] of Object.entries(kinds))
      answers.push(await timed(`${kind}: ${name}`, question))
  }
  for (const by of ['hostname', 'k8s.ns.name', 'tags']) {
    answers.push(await timed(`facet: ${by}`, () => store.facet({}, by, 10)))
  }
  answers.push(await timed('values of a field', () => store.fieldValues('proc.name', '', 20)))
  const { alerts } = await store.search({}, 1)
  const { uuid } = JSON.parse(alerts[0])
  answers.push(await timed('one by its UUID', () => store.get(uuid)))
  return answers
}

async function timed(name, question) {
  const times = []
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const begin = performance.now()
    await question()
    times.push(performance.now() - begin)
  }
  return { name, p50_ms: round(quantile(times, 0.5)), p99_ms: round(quantile(times, 0.99)) }
}

/** The row for bench.mjs. */
export function storeRows(place, { quick } = {}) {
  return [
    {
      name: 'store of alerts',
      reference: [],
      async measure() {
        const folder = join(place, 'store')
        rmSync(folder, { recursive: true, force: true })
        const { answers, ...line } = await measureStore(folder, {
          alerts: quick ? 20_000 : 1_000_000,
          batch: 4000,
        })
        return line
      },
    },
  ]
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { alerts: { type: 'string' }, batch: { type: 'string' }, keep: { type: 'string' } },
  })
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'lanner-bench-store-'))
  try {
    const sizes = { alerts: Number(values.alerts ?? 100_000), batch: Number(values.batch ?? 4000) }
    const { answers, ...line } = await measureStore(folder, sizes)
    for (const answer of answers) process.stdout.write(`${JSON.stringify(answer)}\n`)
    process.stdout.write(`${JSON.stringify(line)}\n`)
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true })
  }
}
