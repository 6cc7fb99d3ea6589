// The query language: what is typed, read and written back; faults named with their column.
import test from 'ava'
import fc from 'fast-check'
import { filtersOf, isChosen, toggled } from '../../../page/place/filters.ts'
import { PRIORITIES } from '../../../src/detect/priority.ts'
import { LannerError } from '../../../src/error.ts'
import { readQuery, writeQuery } from '../../../src/serve/api/query-text.ts'

const NOW = 1_800_000_000_000_000_000n

const value = fc.string({ minLength: 1, maxLength: 20 }).filter(text => text.trim() !== '')
const values = fc.uniqueArray(value, { minLength: 1, maxLength: 3 })
const name = fc.constantFrom(
  'proc.name',
  'k8s.ns.name',
  'evt.arg[0]',
  'ka.req.pod.host-network'.replaceAll('-', '_'),
)
const query = fc.record(
  {
    text: fc
      .array(fc.constantFrom('shell', 'nginx*', '"two words"', '"and wor"*', 'kůň'), { minLength: 1 })
      .map(words => words.join(' ')),
    priorities: fc.uniqueArray(fc.constantFrom(...PRIORITIES), { minLength: 1 }),
    rules: values,
    sources: values,
    hostnames: values,
    tags: values,
    fields: fc.array(fc.record({ name, value }), { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: [] },
)

test('what is written reads back the same', t => {
  fc.assert(fc.property(query, asked => t.deepEqual(readQuery(writeQuery(asked), NOW), asked)))
})

test('reading never throws anything but a syntax error with a column in the text', t => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), text => {
      try {
        readQuery(text, NOW)
      } catch (error) {
        if (!(error instanceof LannerError)) throw error
        const column = Number(error.facts.column)
        t.true(error.code === 'ERR_QUERY_SYNTAX' && column >= 1 && column <= text.length + 1)
      }
    }),
  )
})

test('words, phrases, lists, order and times are understood', t => {
  t.deepEqual(readQuery('shell "by hand" nginx*', NOW), { text: 'shell "by hand" nginx*' })
  t.deepEqual(readQuery('priority>=critical', NOW), { priorities: ['Emergency', 'Alert', 'Critical'] })
  t.deepEqual(readQuery('priority=info rule="Terminal shell",Other', NOW), {
    priorities: ['Informational'],
    rules: ['Terminal shell', 'Other'],
  })
  t.deepEqual(readQuery('proc.name=bash user.uid=0', NOW), {
    fields: [
      { name: 'proc.name', value: 'bash' },
      { name: 'user.uid', value: '0' },
    ],
  })
  t.deepEqual(readQuery('since=24h', NOW), { from: NOW - 86_400_000_000_000n })
  t.deepEqual(readQuery('from=1970-01-01T00:00:01Z to=1970-01-01T00:00:02Z', NOW), {
    from: 1_000_000_000n,
    to: 2_000_000_000n,
  })
})

for (const [text, column] of [
  ['"open', 1],
  ['a b=" ', 3],
  ['a priority=loud', 3],
  ['a proc.name=', 3],
  ['rule>=x', 1],
  ['  since=soon', 3],
  ['to=tomorrow', 1],
  ['shell from=5', 7],
  ['uuid=00000000-0000-4000-8000-000000000001', 1],
] as const) {
  test(`the fault of ${JSON.stringify(text)} is in column ${column}`, t => {
    const error = t.throws(() => readQuery(text, NOW), { instanceOf: LannerError })
    t.is(error?.facts.column, column)
  })
}

test('a value switched on is chosen, switched off again leaves the query as it was', t => {
  fc.assert(
    fc.property(fc.constantFrom('rule', 'tags', 'proc.name'), value, (field, chosen) => {
      const before = 'shell priority=Warning'
      const after = toggled(before, field, chosen)
      t.true(isChosen(after, field, chosen))
      t.is(toggled(after, field, chosen), before)
    }),
  )
})

test('every part of a query is a filter that can be taken away', t => {
  const filters = filtersOf('shell rule=A,B proc.name="x y" tags=z')
  t.deepEqual(
    filters.map(({ text }) => text),
    ['shell', 'rule=A,B', 'tags=z', 'proc.name="x y"'],
  )
  t.is(filters[1]?.without, 'shell tags=z proc.name="x y"')
})
