// Measures the queue in JetStream: how fast alerts are accepted, and how fast consumers take and settle them meanwhile.
// node --import @oxc-node/core/register scripts/bench-queue-nats.mjs [alerts] [alerts a body] [consumers]
// Needs nats-server on the PATH, or named by LANNER_NATS_SERVER. Prints one JSON object.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openJetStreamQueue } from '../src/serve/queue/jetstream.ts'

const [alerts = 200_000, perBody = 100, consumers = 3] = process.argv.slice(2).map(Number)
/** Posts under way at once, as from so many senders. */
const SENDERS = 32

const directory = mkdtempSync(join(tmpdir(), 'lanner-nats-bench-'))
const server = spawn(
  process.env.LANNER_NATS_SERVER ?? 'nats-server',
  ['--jetstream', '--store_dir', directory, '--addr', '127.0.0.1', '--port', '-1'],
  { stdio: ['ignore', 'ignore', 'pipe'] },
)
try {
  const queue = await openJetStreamQueue({ url: await listening() })
  const readers = await Promise.all(
    Array.from({ length: consumers }, (_, index) => queue.consumer(`output-${index}`)),
  )
  const serverBefore = serverSeconds()
  const before = process.cpuUsage()
  const start = process.hrtime.bigint()
  const taking = Promise.all(readers.map(drain))
  const waits = await send(queue)
  const accepted = secondsSince(start)
  await taking
  const settled = secondsSince(start)
  const { user, system } = process.cpuUsage(before)
  waits.sort((a, b) => a - b)
  console.log(
    JSON.stringify({
      name: 'queue in JetStream',
      alerts,
      perBody,
      consumers,
      acceptedPerSecond: Math.round(alerts / accepted),
      settledPerSecond: Math.round(alerts / settled),
      acceptMillisecondsP50: Number(waits[Math.floor(waits.length / 2)]?.toFixed(1)),
      acceptMillisecondsP99: Number(waits[Math.floor(waits.length * 0.99)]?.toFixed(1)),
      ourCpuSecondsPer20000: Number((((user + system) / 1e6 / alerts) * 20_000).toFixed(3)),
      serverCpuSecondsPer20000: Number((((serverSeconds() - serverBefore) / alerts) * 20_000).toFixed(3)),
      peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  )
  await queue.close()
} finally {
  server.kill()
  await once(server, 'exit')
  rmSync(directory, { recursive: true, force: true })
}

async function listening() {
  for await (const line of createInterface({ input: server.stderr })) {
    const [, port] = /client connections on \S+:(\d+)/.exec(line) ?? []
    if (port !== undefined) return `nats://127.0.0.1:${port}`
  }
  throw new Error('nats-server ended')
}

async function send(queue) {
  const body = Buffer.from(Array.from({ length: perBody }, (_, index) => falcoAlert(index)).join('\n'))
  const waits = []
  let left = alerts / perBody
  const sender = async () => {
    while (left > 0) {
      left -= 1
      const since = process.hrtime.bigint()
      await queue.accept([{ body, input: 'bench' }])
      waits.push(secondsSince(since) * 1000)
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, sender))
  return waits
}

async function drain(consumer) {
  const forEver = new AbortController().signal
  for (let taken = 0; taken < alerts; ) {
    const batch = await consumer.take({ alerts: 1000, bytes: 4 << 20 }, forEver)
    taken += batch.count
    consumer.settle(batch.positions)
  }
}

/** About 1.3 kB, as Falco's are. */
function falcoAlert(index) {
  const fields = Object.fromEntries(
    Array.from({ length: 24 }, (_, field) => [`proc.aname[${field}]`, `a process of some name ${index}`]),
  )
  return JSON.stringify({
    hostname: 'node-1',
    output: `A shell was spawned in a container with an attached terminal (${index})`,
    output_fields: fields,
    priority: 'Notice',
    rule: 'Terminal shell in container',
    source: 'syscall',
    tags: ['container', 'shell'],
    time: '2026-05-29T10:50:08.717141556Z',
  })
}

/** User and system time of the server; Linux counts it in hundredths of a second. */
function serverSeconds() {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

function secondsSince(start) {
  return Number(process.hrtime.bigint() - start) / 1e9
}
