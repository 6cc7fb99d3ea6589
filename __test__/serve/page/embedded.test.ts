// The HTTP interface over the store that ships: it answers as the store of these tests does, which counts one by one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { alertsAnswer, facetsAnswer, histogramAnswer, wordsAnswer } from '../../../src/serve/api/answers.ts'
import { openEmbeddedStore } from '../../../src/serve/store/embedded.ts'
import { ArrayStore } from './array-store.ts'
import { listen } from './listening.ts'
import { idAt, lineAt, NEWEST } from './made-alerts.ts'

const COUNT = 2500
const DAY = 86_400_000_000_000n

const QUESTIONS = [
  '',
  'priority>=Critical',
  'priority=Warning,Notice hostname=node-01.eu-west,node-02.eu-west',
  'rule="Packet socket created in container"',
  'tags=network k8s.ns.name=shop,ci',
  'tcpdump',
  '"etc shadow"',
  '/etc/sha*',
  '"ran user"',
  '"kernel: tcp"*',
  'CRITICAL 实 例',
  'memfd:python3 été',
  'žluť*',
  'proc.name=nc proc.name=gdb user.name=root',
  'nothing-has-this-word',
]

async function embedded(t: ExecutionContext): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'lanner-store-'))
  const store = await openEmbeddedStore(directory)
  const lines = Array.from({ length: COUNT }, (_, at) => lineAt(COUNT - 1 - at, COUNT))
  await store.insert(Buffer.from(`${lines.join('\n')}\n`))
  t.teardown(async () => {
    await store.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return (await listen(t, { store })).origin
}

async function json(address: string): Promise<unknown> {
  return (await fetch(address)).json()
}

/** Every id that matches, through all pages. */
async function idsOf(origin: string, search: string): Promise<string[]> {
  const ids: string[] = []
  let after = ''
  do {
    const place = after === '' ? '' : `&after=${encodeURIComponent(after)}`
    const { alerts, next } = alertsAnswer.parse(
      await json(`${origin}/api/v2/alerts?limit=300&${search}${place}`),
    )
    ids.push(...alerts.map(({ uuid }) => String(uuid)))
    after = next ?? ''
  } while (after !== '')
  return ids
}

test('the shipped store finds, counts and pages as one that looks at every alert', async t => {
  const [real, plain] = [await embedded(t), (await listen(t, { store: new ArrayStore(COUNT) })).origin]
  const span = `from=${NEWEST - 20n * DAY}&to=${NEWEST - 2n * DAY}`
  for (const question of QUESTIONS) {
    for (const search of [`q=${encodeURIComponent(question)}`, `q=${encodeURIComponent(question)}&${span}`]) {
      t.is((await idsOf(real, search)).join(' '), (await idsOf(plain, search)).join(' '), search)
    }
  }
})

test('facets and histograms of the shipped store sum up to what it finds', async t => {
  const real = await embedded(t)
  for (const question of QUESTIONS) {
    const search = `q=${encodeURIComponent(question)}`
    const found = (await idsOf(real, search)).length
    const { facets } = facetsAnswer.parse(
      await json(`${real}/api/v2/facets?by=priority,rule&limit=200&${search}`),
    )
    for (const { values } of facets) t.is(sum(values.map(({ count }) => count)), found, question)
    const { series } = histogramAnswer.parse(await json(`${real}/api/v2/histogram?buckets=77&${search}`))
    t.is(sum(series.flatMap(({ counts }) => counts)), found, question)
  }
})

test('one alert of the shipped store is byte for byte what was stored, and names are completed', async t => {
  const real = await embedded(t)
  t.is(await (await fetch(`${real}/api/v2/alerts/${idAt(17)}`)).text(), lineAt(17, COUNT))
  const { words } = wordsAnswer.parse(await json(`${real}/api/v2/fields/values?name=proc.name&prefix=tcp`))
  t.deepEqual(words, ['tcpdump'])
  const lines = (await (await fetch(`${real}/api/v2/export`)).text()).trimEnd().split('\n')
  t.is(lines.length, COUNT)
})

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

test('a place to go on from that is none is a fault of the question', async t => {
  const origin = await embedded(t)
  for (const place of ['zzz', '1~x', `99999999999999999999999~${idAt(1)}`, '%00']) {
    const answer = await fetch(`${origin}/api/v2/alerts?after=${place}`)
    t.is(answer.status, 400, place)
    t.like(await answer.json(), { error: { code: 'ERR_STORE_PLACE' } })
  }
})
