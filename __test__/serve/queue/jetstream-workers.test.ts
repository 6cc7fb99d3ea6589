// Several workers on one queue, one of them killed: nothing is lost, and what comes twice is counted.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { bodyWithIds } from './alerts.ts'
import { opened } from './jetstream-opened.ts'
import { natsServer } from './nats-server.ts'

const WORKER = fileURLToPath(new URL('./jetstream-worker.ts', import.meta.url))
const ALERTS = process.env.LANNER_SOAK === '1' ? 100_000 : 10_000
const PER_BODY = 100

/** What the workers of a test took, together. */
class Takings {
  readonly ids = new Map<string, number>()
  total = 0
  redelivered = 0
  readonly #waiting = new Set<() => void>()

  hear(line: string): void {
    const [, count] = /^redelivered (\d+)$/.exec(line) ?? []
    if (count !== undefined) this.redelivered += Number(count)
    else if (line.length === 32) {
      this.ids.set(line, (this.ids.get(line) ?? 0) + 1)
      this.total += 1
    }
    for (const look of [...this.#waiting]) look()
  }

  /** Resolves once it is so. */
  when(isSo: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const look = (): void => {
        if (!isSo()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}

async function worker(t: ExecutionContext, url: string, takings: Takings): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', '@oxc-node/core/register', WORKER, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  await once(lines, 'line')
  lines.on('line', line => takings.hear(line))
  return child
}

test(`of ${ALERTS} alerts none is lost when one of three workers is killed, and doubles are counted`, async t => {
  const server = await natsServer(t)
  if (server === undefined) return
  const takings = new Takings()
  const workers = await Promise.all([1, 2, 3].map(() => worker(t, server.url, takings)))
  const queue = await opened(server.url, { ackWait: 2000 })
  const [victim, ...others] = workers
  const accepted: string[] = []
  const killed = takings.when(() => takings.total >= ALERTS / 4).then(() => victim?.kill('SIGKILL'))
  for (let count = 0; count < ALERTS; count += PER_BODY) {
    const { body, ids } = bodyWithIds(PER_BODY)
    const [receipt] = await queue.accept([{ body, input: 'test' }])
    t.is(receipt?.accepted, PER_BODY)
    accepted.push(...ids)
  }
  await killed
  await takings.when(() => takings.ids.size === ALERTS)
  t.deepEqual(
    accepted.filter(id => !takings.ids.has(id)),
    [],
  )
  do await queue.look()
  while ((queue.status().consumers[0]?.depth ?? 0) > 0)
  await Promise.all(
    others.map(async child => {
      child.kill('SIGTERM')
      await once(child, 'close')
    }),
  )
  const doubles = takings.total - takings.ids.size
  t.true(doubles <= takings.redelivered, `${doubles} doubles, ${takings.redelivered} counted`)
  t.log(`${doubles} alerts came twice, ${takings.redelivered} were counted as such`)
  await queue.close()
})
