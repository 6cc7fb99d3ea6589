// What the page asks of a store, and how soon each question is answered: median and 99th percentile in milliseconds.
// Knows the interface of `src/serve/store/store.ts` and no kind of store. Used by bench-store.mjs.

import { quantile, round } from './bench-measure.mjs'

/** Five minutes in nanoseconds. */
const AROUND = 300_000_000_000n

/** Queries that lists, counts and charts are made of. */
const QUERIES = [
  ['everything', {}],
  ['a word', { text: 'curl' }],
  ['a rare word', { text: 'xmrig' }],
  ['a path', { text: '/etc/shadow' }],
  ['a beginning', { text: 'kube*' }],
  ['two words', { text: 'curl shadow' }],
  ['a field', { fields: [{ name: 'proc.name', value: 'cat' }] }],
  [
    'a pod',
    {
      fields: [
        { name: 'k8s.ns.name', value: 'team-3' },
        { name: 'k8s.pod.name', value: 'web-7-67' },
      ],
    },
  ],
  ['a rule', { rules: ['Rule number 3 about files'] }],
  ['a host, urgent', { hostnames: ['node-3.cluster.local'], priorities: ['Critical', 'Error'] }],
]

/** Asks everything, one after the other; `rounds` times each. */
export async function askAll(store, rounds) {
  const extent = await store.extent()
  const answers = []
  for (const [name, question] of await questions(store, extent)) {
    const times = []
    for (let turn = 0; turn < rounds; turn += 1) {
      const begin = performance.now()
      await question()
      times.push(performance.now() - begin)
    }
    answers.push({
      name,
      p50_ms: round(quantile(times, 0.5)),
      p99_ms: round(quantile(times, 0.99)),
      first_ms: round(times[0]),
    })
  }
  return answers
}

async function questions(store, { oldest, newest }) {
  const span = { from: oldest, to: newest + 1n, buckets: 120 }
  const list = QUERIES.flatMap(([name, query]) => [
    [`search: ${name}`, () => store.search(query, { limit: 100 })],
    [`count: ${name}`, () => store.count(query)],
    [`facet: ${name}`, () => store.facet(query, 'rule', 10)],
    [`histogram: ${name}`, () => store.histogram(query, 'priority', span)],
  ])
  for (const by of ['hostname', 'k8s.ns.name', 'tags'])
    list.push([`facet: ${by}`, () => store.facet({}, by, 10)])
  const half = { from: oldest, to: (oldest + newest) / 2n }
  list.push(['search: far back', () => store.search(half, { limit: 100 })])
  const pages = await store.search({ text: 'curl' }, { limit: 1000 })
  list.push([
    'search: the second page',
    () => store.search({ text: 'curl' }, { limit: 100, after: pages.next }),
  ])
  list.push(['names of fields', () => store.fieldNames('k8s', 20)])
  list.push(['values of a field', () => store.fieldValues('proc.name', '', 20)])
  list.push(['values that begin so', () => store.fieldValues('proc.cmdline', 'curl -c open /etc', 20)])
  return [...list, ...(await aboutOne(store))]
}

/** An alert and its pivots. */
async function aboutOne(store) {
  const { alerts } = await store.search({}, { limit: 1 })
  const { uuid, time, hostname, output_fields: fields } = JSON.parse(alerts[0])
  const at = BigInt(Date.parse(time)) * 1_000_000n
  const of = (...names) => names.map(name => ({ name, value: String(fields[name]) }))
  const pivots = [
    { hostnames: [hostname], fields: of('proc.pid') },
    { fields: of('k8s.pod.name', 'k8s.ns.name') },
    { from: at - AROUND, to: at + AROUND },
    { fields: of('user.name', 'k8s.pod.name', 'k8s.ns.name') },
  ]
  return [
    ['one by its UUID', () => store.get(uuid)],
    ['neighbours of one', () => Promise.all(pivots.map(query => store.count(query)))],
  ]
}
