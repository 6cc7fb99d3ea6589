// What keeping alerts costs, and how soon the page's questions are answered: processor time of an insertion, bytes an alert,
// median and 99th percentile of every question, peak memory. `node scripts/bench-store.mjs --alerts 1000000 --batch 4000`;
// `--keep DIR` leaves the store there and takes one that is there. More is measured by:
//   --rounds N     asks every question so often (20)
//   --while N      asks again while N alerts a second are inserted
//   --steady N     inserts N alerts a second for `--seconds`, and tells how long each insertion takes
//   --retain PART  removes that part of the alerts by age and as much by size, with insertions meanwhile
//   --redis URL    a Redis that is empty in place of the file: `node --import @oxc-node/core/register scripts/bench-store.mjs …`

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { quantile, round } from './bench-measure.mjs'
import { alertMaker } from './bench-store-alerts.mjs'
import { openStore } from './bench-store-open.mjs'
import { askAll } from './bench-store-questions.mjs'

/** Alerts a second that an insertion must keep up with, and the part of one core it may take for that. */
const RATE = 20_000
const CORE = 0.5
/** Milliseconds within which the page has its answer. */
const ANSWER = 200
/** Alerts in an insertion beside something else. */
const ASIDE = 100

/** Fills and asks a store; gives one result line. */
export async function measureStore(store, { alerts, batch, rounds }) {
  const there = (await store.extent()).alerts
  const filling = there === 0 ? await fill(store, alerts, batch) : {}
  const extent = await store.extent()
  const answers = await askAll(store, rounds)
  const slowest = Math.max(...answers.map(({ p99_ms }) => p99_ms))
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
    const lines = linesOf(make, from, count)
    bytes += lines.length
    const [before, begin] = [process.cpuUsage(), performance.now()]
    await store.insert(lines, count)
    const spent = process.cpuUsage(before)
    times.push(performance.now() - begin)
    cpu += spent.user + spent.system
    if (process.stderr.isTTY) process.stderr.write(`\r${from + count} alerts`)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
  // What is merged after the last insertion belongs to the cost of them all.
  const [before, begin] = [process.cpuUsage(), performance.now()]
  await store.settle()
  const spent = process.cpuUsage(before)
  const after = performance.now() - begin
  cpu += spent.user + spent.system
  const seconds = (times.reduce((sum, time) => sum + time, 0) + after) / 1000
  return {
    line_bytes: Math.round(bytes / total),
    batch,
    cpu_us_per_alert: round(cpu / total),
    core_at_20k_per_s: round((cpu / total / 1e6) * RATE),
    alerts_per_s: Math.round(total / seconds),
    settled_s: round(after / 1000),
    ...insertions(times),
  }
}

function linesOf(make, from, count) {
  return Buffer.from(Array.from({ length: count }, (_, at) => make(from + at)).join(''))
}

function insertions(times) {
  return {
    insert_p50_ms: round(quantile(times, 0.5)),
    insert_p99_ms: round(quantile(times, 0.99)),
    insert_max_ms: round(Math.max(...times)),
  }
}

/** Inserts at a steady pace while `work` goes on; gives what it gave and how the insertions fared. */
async function beside(store, { rate, batch, total, first }, work) {
  const make = alertMaker(total, first)
  const times = []
  let ended = false
  const begin = performance.now()
  const inserting = (async () => {
    for (let next = total; !ended; next += batch) {
      const lines = linesOf(make, next, batch)
      const early = begin + ((next - total) / rate) * 1000 - performance.now()
      if (early > 0) await new Promise(done => setTimeout(done, early))
      const before = performance.now()
      await store.insert(lines, batch)
      times.push(performance.now() - before)
    }
  })()
  const outcome = await work().finally(() => {
    ended = true
  })
  const seconds = (performance.now() - begin) / 1000
  await inserting
  const inserted_per_s = Math.round((times.length * batch) / seconds)
  // The first after opening reads the ids of all that is stored.
  const [slow = 0, ...others] = times
  return {
    outcome,
    line: { seconds: round(seconds), inserted_per_s, insert_first_ms: round(slow), ...insertions(others) },
  }
}

async function more(store, values) {
  const { alerts, newest, oldest, bytes } = await store.extent()
  // Numbers that no alert has yet, whatever was removed.
  const next = { total: alerts, first: Date.now() }
  if (values.while !== undefined) {
    const load = { ...next, rate: Number(values.while), batch: ASIDE }
    const { outcome, line } = await beside(store, load, () => askAll(store, Number(values.rounds)))
    tell(outcome)
    const slowest = Math.max(...outcome.map(({ p99_ms }) => p99_ms))
    tell([{ name: 'questions while alerts are inserted', ...line, slowest_p99_ms: slowest }])
  }
  if (values.steady !== undefined) {
    const seconds = Number(values.seconds)
    const load = {
      ...next,
      first: next.first + 1e9,
      rate: Number(values.steady),
      batch: Number(values.batch),
    }
    const { line } = await beside(store, load, () => new Promise(done => setTimeout(done, seconds * 1000)))
    tell([{ name: 'insertions at a steady pace', batch: load.batch, ...line }])
  }
  if (values.retain !== undefined) {
    const part = Number(values.retain)
    const load = { ...next, first: next.first + 2e9, rate: 2000, batch: ASIDE }
    const since = oldest + BigInt(Math.round(Number(newest - oldest) * part))
    const age = await beside(store, load, () => store.retain({ since }))
    tell([{ name: 'removal by age', removed: age.outcome, ...age.line }])
    const limit = Math.round(bytes * (1 - 2 * part))
    const size = await beside(store, { ...load, first: load.first + 1e9 }, () =>
      store.retain({ bytes: limit }),
    )
    tell([{ name: 'removal by size', removed: size.outcome, ...size.line }])
  }
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
        const store = await openStore({ folder })
        const { answers, ...line } = await measureStore(store, {
          alerts: quick ? 20_000 : 1_000_000,
          batch: 4000,
          rounds: 20,
        })
        await store.close()
        return line
      },
    },
  ]
}

function tell(lines) {
  for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`)
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' }
  const { values } = parseArgs({
    options: {
      ...{ alerts: text, keep: text, while: text, steady: text, retain: text, redis: text },
      batch: { ...text, default: '4000' },
      seconds: { ...text, default: '60' },
      rounds: { ...text, default: '20' },
    },
  })
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'lanner-bench-store-'))
  try {
    const store = await openStore({ folder, redis: values.redis })
    const sizes = {
      alerts: Number(values.alerts ?? 100_000),
      batch: Number(values.batch),
      rounds: Number(values.rounds),
    }
    const { answers, ...line } = await measureStore(store, sizes)
    tell([...answers, line])
    await more(store, values)
    await store.close()
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true })
  }
}
