// Whatever a document holds, checking it ends in a configuration or in faults with places within the text, never in a bug.
import test from 'ava'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { checkConfig } from '../../../src/serve/config/read-config.ts'

const WORDS = [
  'listen',
  'falco',
  'audit',
  'page',
  'auth',
  'token',
  'tls',
  'cert',
  'key',
  'limits',
  'body',
  'rate',
  'store',
  'path',
  'url',
  'retention',
  'age',
  'queue',
  'rules',
  'k8s_audit',
  'follow',
  'file',
  'source',
  'fields',
  'tags',
  'outputs',
  'log',
  'type',
  'batch',
  'routes',
  'name',
  'match',
  'priority',
  'group',
  'by',
  'wait',
  'dedup',
  'for',
  'template',
  'continue',
  'seal',
  'every',
  '__proto__',
  'constructor',
  'toString',
  '0',
]

const VALUES = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    Number.POSITIVE_INFINITY,
    '',
    'x',
    '127.0.0.1:0',
    '30s',
    '10GB',
    'file',
    'slack',
    'info',
  ),
  fc.constantFrom<unknown>(
    'rule = a',
    'rule = ',
    'no_macro',
    '{rule}',
    '{',
    'redis://x',
    'nats://',
    '[',
    '日本 😀',
  ),
  fc.string({ unit: 'grapheme' }),
)

const DOCUMENT = fc.letrec<{ value: unknown; map: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    VALUES,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('map'),
  ),
  map: fc
    .array(fc.tuple(fc.constantFrom(...WORDS), tie('value')), { maxLength: 6 })
    .map(entries => new Map(entries)),
}))

test('any document with our words is judged', async t => {
  await fc.assert(
    fc.asyncProperty(DOCUMENT.map, async document => {
      const text = stringify(document)
      const lines = text.split('\n').length
      const { config, faults } = await checkConfig('f.yaml', text)
      t.is(config === undefined, faults.length > 0)
      for (const { line, column, message } of faults) {
        t.true(line >= 1 && line <= lines && column >= 1)
        t.regex(message, /\S/)
      }
    }),
    { numRuns: 400 },
  )
})

test('any text is judged', async t => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({
        unit: fc.constantFrom(
          'a',
          ':',
          ' ',
          '\n',
          '-',
          '[',
          '{',
          '&',
          '*',
          '!',
          '"',
          '#',
          '|',
          '\t',
          '?',
          '<',
        ),
      }),
      async text => {
        const { config, faults } = await checkConfig('f.yaml', text)
        t.is(config === undefined, faults.length > 0)
      },
    ),
    { numRuns: 400 },
  )
})
