// What `lanner serve` sustains: so many alerts a second in batches of lines and as single posts, through detection, store and two outputs.
// Prints one JSON object a line: accept latencies once warm and before, memory of the server at start, peak and end, its share of a core, what was late.
// Rows of bench.mjs; alone with `--seconds N`, `--batches N` and `--singles N` a second, `--events N` audit events a second, `--no-store`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { quantile, round } from './bench-measure.mjs'
import { root } from './command.mjs'

const BATCH = 100
/** Milliseconds under the same load before the measured time, in which both programs are compiled while they run; told apart. */
const WARM = 5000
/** Clock ticks a second in /proc/PID/stat: always 100 for programs on Linux. */
const TICKS = 100

const PRIORITIES = ['Notice', 'Warning', 'Error', 'Informational']
const FILLER = 'x'.repeat(300)

/** The rows: each measures itself once; `quick` is a smoke test of two seconds. */
export function serveRows(place, { quick = false } = {}) {
  const load = { seconds: quick ? 2 : 60, batches: 20_000, singles: 3000, events: quick ? 0 : 1000 }
  return loads(place, load).map(row => ({ name: row.name, reference: [], measure: () => measure(row) }))
}

function loads(place, { seconds, batches, singles, events, store = true }) {
  const shared = { place, seconds, events, store }
  return [
    { ...shared, name: `serve, ${batches} alerts/s in batches of ${BATCH}`, perSecond: batches, size: BATCH },
    { ...shared, name: `serve, ${singles} alerts/s as single posts`, perSecond: singles, size: 1 },
  ]
}

async function measure({ name, perSecond, size, place, seconds, events, store }) {
  const receiver = await countingReceiver()
  const folder = mkdtempSync(join(place, 'run-'))
  writeFileSync(join(folder, 'lanner.yaml'), configuration(receiver.url, store))
  const server = await started(folder)
  const begun = { rss: memory(server.pid).rss, cpu: cpuSeconds(server.pid) }
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const audit = auditLoad(server.audit, agent, events)
  const samples = []
  const sampling = setInterval(() => samples.push(memory(server.pid).rss), (seconds * 1000) / 8)
  const outcome = await load({ url: server.falco, agent, perSecond, size, seconds })
  clearInterval(sampling)
  audit.stop()
  const cpu = (cpuSeconds(server.pid) - begun.cpu) / outcome.seconds
  const whole = await drained(server)
  const { rss, peak } = memory(server.pid)
  const work = cpuSeconds(server.pid) - begun.cpu
  agent.destroy()
  server.child.kill('SIGTERM')
  await once(server.child, 'exit')
  receiver.close()
  const { accepted, faults, first, latencies } = outcome
  return {
    name,
    seconds: round(outcome.seconds),
    cores: availableParallelism(),
    accepted_per_s: Math.round(accepted / outcome.seconds),
    wanted_per_s: perSecond,
    faults,
    p50_ms: round(quantile(latencies, 0.5)),
    p99_ms: round(quantile(latencies, 0.99)),
    p99_first_ms: round(quantile(first, 0.99)),
    goal_p99_ms: 50,
    server_cores: round(cpu),
    cpu_us_per_alert: Math.round((work / accepted) * 1e6),
    drained_s: round(whole),
    delivered: receiver.count(),
    rss_start_mb: Math.round(begun.rss / 1e6),
    rss_while_mb: samples.map(bytes => Math.round(bytes / 1e6)),
    rss_end_mb: Math.round(rss / 1e6),
    peak_mb: Math.round(peak / 1e6),
    met: quantile(latencies, 0.99) < 50 && accepted / outcome.seconds > perSecond * 0.98 && faults === 0,
  }
}

function configuration(url, store) {
  return `listen: {falco: "127.0.0.1:0", audit: "127.0.0.1:0"}
${store ? 'store: {path: store}' : 'queue: {path: queue}'}
rules: {k8s_audit: ${JSON.stringify(join(root, 'examples/detect/audit_rules.yaml'))}}
outputs:
  lines: {type: file, path: out.jsonl, rotate: {size: 200MB, keep: 1}}
  hook: {type: webhook, url: "${url}", format: ndjson, batch: {alerts: 1000, wait: 200ms}}
routes:
  - {match: "alert.priority in (Warning, Error, Critical)", outputs: [lines]}
  - {outputs: [hook]}
`
}

async function started(folder) {
  const words = [
    join(root, 'dist/cli.js'),
    'serve',
    '--config',
    join(folder, 'lanner.yaml'),
    '--log-format',
    'json',
  ]
  const profile = process.env.LANNER_BENCH_PROFILE
  const before = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const child = spawn(process.execPath, [...before, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  const addresses = {}
  for await (const text of createInterface({ input: child.stderr })) {
    const line = text.startsWith('{') ? JSON.parse(text) : { text }
    if (line.text === 'listening') addresses[line.listener] = line.address
    if (line.text === 'serving') break
    if (line.level !== 'info') process.stderr.write(`${text}\n`)
  }
  child.stderr.resume()
  return { child, pid: child.pid, ...addresses }
}

/** Posts at a steady pace whatever the answers take; what can't be posted in time is posted late. */
async function load({ url, agent, perSecond, size, seconds }) {
  const every = (1000 * size) / perSecond
  // Made before, so that making them takes nothing from the server.
  const bodies = Array.from({ length: size === 1 ? 2000 : 50 }, (_, at) =>
    Buffer.from(alerts(at * size, size)),
  )
  const [first, latencies] = [[], []]
  let [accepted, faults, open] = [0, 0, 0]
  const begin = performance.now()
  let sent = 0
  let wake = () => undefined
  while (performance.now() - begin < WARM + seconds * 1000) {
    const due = Math.floor((performance.now() - begin) / every)
    while (sent < due && open < 200) {
      sent += 1
      open += 1
      const at = performance.now()
      post(url, agent, bodies[sent % bodies.length]).then(status => {
        const measured = at - begin > WARM ? latencies : first
        measured.push(performance.now() - at)
        if (status === 202) accepted += size
        else faults += 1
        open -= 1
        wake()
      })
    }
    await new Promise(done => setTimeout(done, 1))
  }
  while (open > 0) await new Promise(done => (wake = done))
  return { accepted, faults, first, latencies, seconds: (performance.now() - begin) / 1000 }
}

function post(url, agent, body) {
  return new Promise(resolve => {
    const sending = request(`${url}/`, { method: 'POST', agent }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    })
    sending.on('error', () => resolve(0))
    sending.end(body)
  })
}

/** So many audit events a second, in lists of 100. */
function auditLoad(url, agent, perSecond) {
  if (perSecond === 0) return { stop: () => undefined }
  const events = readFileSync(join(root, 'examples/detect/audit.log'), 'utf8').trimEnd().split('\n')
  const items = Array.from({ length: 100 }, (_, at) => events[at % events.length])
  const body = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${items.join(',')}]}`
  const timer = setInterval(() => void post(`${url}/k8s-audit`, agent, body), 100_000 / perSecond)
  return { stop: () => clearInterval(timer) }
}

/** Lines of about 1.3 kB, as Falco's are in Kubernetes. */
function alerts(from, count) {
  let text = ''
  for (let number = from; number < from + count; number += 1) {
    const pod = `shop-${number % 500}`
    const host = `node-${number % 50}`
    text += `{"hostname":"${host}","output":"12:00:00.123456789: Notice A shell was spawned in a container with an attached terminal (evt_type=execve user=root user_uid=0 process=bash parent=runc command=bash -c ${number} ${FILLER} k8s_pod_name=${pod})","output_fields":{"container.id":"3ad7b26ded6d","container.image.repository":"registry.example/shop/cart","evt.time":1780051808717141556,"evt.num":${number},"fd.name":"/etc/shadow","k8s.ns.name":"shop-${number % 30}","k8s.pod.name":"${pod}","proc.cmdline":"bash -c ${number}","proc.name":"bash","proc.pname":"runc","proc.pid":${number % 65536},"user.loginuid":-1,"user.name":"root","user.uid":0,"note":"${FILLER}"},"priority":"${PRIORITIES[number % 4]}","rule":"Rule ${number % 40}","source":"syscall","tags":["T1059","container","mitre_execution","shell"],"time":"${new Date(Date.now()).toISOString().slice(0, -1)}456789Z"}\n`
  }
  return text
}

/** Seconds until every consumer has settled everything. */
async function drained({ falco }) {
  const begin = performance.now()
  for (;;) {
    const text = await (await fetch(`${falco}/metrics`)).text()
    const depths = [...text.matchAll(/^lanner_queue_depth\{[^}]*\} (\d+)/gm)].map(([, depth]) =>
      Number(depth),
    )
    if (depths.every(depth => depth === 0)) return (performance.now() - begin) / 1000
    if (performance.now() - begin > 120_000) return Number.POSITIVE_INFINITY
    await new Promise(done => setTimeout(done, 100))
  }
}

async function countingReceiver() {
  let count = 0
  const server = createServer((incoming, response) => {
    incoming.on('data', chunk => {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1
    })
    incoming.on('end', () => response.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    count: () => count,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function memory(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytes = name => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]) * 1024
  return { rss: bytes('VmRSS'), peak: bytes('VmHWM') }
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

if (process.argv[1] === import.meta.filename) {
  const { values: flags } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      batches: { type: 'string', default: '20000' },
      singles: { type: 'string', default: '3000' },
      events: { type: 'string', default: '0' },
      'no-store': { type: 'boolean', default: false },
    },
  })
  const place = mkdtempSync(join(tmpdir(), 'lanner-bench-serve-'))
  try {
    const numbers = ['seconds', 'batches', 'singles', 'events'].map(name => [name, Number(flags[name])])
    const rows = loads(place, { ...Object.fromEntries(numbers), store: !flags['no-store'] })
    for (const row of rows) {
      if (row.perSecond > 0) process.stdout.write(`${JSON.stringify(await measure(row))}\n`)
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
