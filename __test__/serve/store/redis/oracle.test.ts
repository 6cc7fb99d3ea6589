// The store in Redis answers what the embedded store answers, whatever alerts and questions there are.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { openEmbeddedStore } from '../../../../src/serve/store/embedded.ts'
import { openRedisStore } from '../../../../src/serve/store/redis/redis-store.ts'
import type { AlertQuery, AlertStore } from '../../../../src/serve/store/store.ts'
import { redisServer } from '../redis-server.ts'
import { alertLines, queries } from './random-alerts.ts'

const SPAN = { from: 1_780_272_000_000_000_000n, to: 1_780_272_061_000_000_007n, buckets: 7 }

test('answers are those of the embedded store', async t => {
  const server = await redisServer(t)
  if (server === undefined) return
  let turn = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(alertLines(), { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 6 }),
      fc.array(queries(), { minLength: 8, maxLength: 8 }),
      async (batches, questions) => {
        const folder = mkdtempSync(join(tmpdir(), 'lanner-store-'))
        turn += 1
        const embedded = await openEmbeddedStore(folder)
        const redis = await openRedisStore({
          url: server.url,
          prefix: `turn${turn}:`,
          chunk: 1 + (turn % 40),
        })
        try {
          for (const batch of batches) {
            const lines = Buffer.from(`${batch.join('\n')}\n`)
            t.is(await redis.insert(lines), await embedded.insert(lines))
          }
          for (const question of questions)
            t.deepEqual(await answers(redis, question), await answers(embedded, question))
          t.deepEqual(await others(redis), await others(embedded))
        } finally {
          await Promise.all([redis.close(), embedded.close()])
          rmSync(folder, { recursive: true, force: true })
        }
      },
    ),
    { numRuns: 40 },
  )
})

async function answers(store: AlertStore, query: AlertQuery): Promise<unknown> {
  const pages: unknown[] = []
  let after: string | undefined
  do {
    const page = await store.search(query, { limit: 23, ...(after !== undefined && { after }) })
    pages.push(page)
    after = page.next
  } while (after !== undefined)
  return {
    query,
    pages,
    count: await store.count(query),
    facets: await Promise.all(
      (['priority', 'rule', 'tags', 'k8s.ns.name'] as const).map(by => store.facet(query, by, 3)),
    ),
    histograms: await Promise.all((['source', 'tags'] as const).map(by => store.histogram(query, by, SPAN))),
  }
}

async function others(store: AlertStore): Promise<unknown> {
  const { alerts, oldest, newest } = await store.extent()
  const page = await store.search({}, { limit: 1 })
  const id = /"uuid":"([^"]+)"/.exec(page.alerts[0] ?? '')?.[1] ?? ''
  return {
    ...{ alerts, oldest, newest },
    one: await store.get(id),
    names: [...(await store.fieldNames('', 20))].sort(),
    values: await Promise.all(
      ['fd.name', 'proc.pid', 'große', 'a"b'].flatMap(name =>
        ['', 'a', 'k', '1'].map(prefix => store.fieldValues(name, prefix, 5)),
      ),
    ),
  }
}
