// Alerts and queries at random, from so few letters and values that queries find something. Used by the property tests of the store in Redis.
import fc from 'fast-check'
import type { AlertQuery } from '../../../../src/serve/store/store.ts'

const LETTERS = [
  'a',
  'b',
  'B',
  '1',
  '0',
  '/',
  '.',
  ' ',
  '"',
  '\\',
  '\n',
  '\u0001',
  'é',
  'ß',
  'İ',
  '读',
  '🐦',
  '*',
  '-',
  '\u00a0',
  '\u2003',
]
const WORDS = [
  'etc',
  'shadow',
  'Shell',
  'größe',
  '读取',
  'x',
  '10',
  'kube-proxy',
  'kubectl',
  'a"b',
  'a\\b',
  '',
]
/** 2026-06-01T00:00:00Z in milliseconds. */
const BEGIN = 1_780_272_000_000

const odd = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 80 })
const text = fc.oneof(
  odd,
  fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map(words => words.join(' ')),
)
const name = fc.constantFrom('fd.name', 'proc.pid', 'k8s.ns.name', 'evt.time', 'große', 'a"b')
const scalar = fc.oneof(
  text.map(value => JSON.stringify(value)),
  fc.constantFrom('null', 'true', 'false', '0', '-0', '1.50', '1e3', '1780051808717141556', '-12', '7'),
)
const value = fc.oneof(
  { weight: 8, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }).map(list => `[${list.join(',')}]`) },
  { weight: 1, arbitrary: fc.constant('{"deep":["er",1]}') },
)
const time = fc
  .record({ seconds: fc.nat(60), fraction: fc.nat(4), digits: fc.constantFrom(0, 1, 9) })
  .map(({ seconds, fraction, digits }) => {
    const begin = new Date(BEGIN + seconds * 1000).toISOString().slice(0, 19)
    return `${begin}${digits === 0 ? '' : `.${String(fraction).padStart(digits, '0')}`}Z`
  })

/** Lines of alerts, many of them alike in something. */
export function alertLines(): fc.Arbitrary<string> {
  const id = fc
    .nat(4000)
    .map(at => `0192d3a4-${String(at % 10).padStart(4, '0')}-4000-8000-${String(at).padStart(12, '0')}`)
  return fc
    .record({
      id,
      time,
      output: text,
      priority: fc.constantFrom('Warning', 'critical', 'INFO', 'Debug', 'strange'),
      rule: fc.constantFrom('Terminal shell', 'Größe "neu"', 'Shell', ''),
      source: fc.constantFrom('syscall', 'k8s_audit'),
      hostname: fc.constantFrom('node-1', 'node-2', ''),
      tags: fc.array(fc.constantFrom('T1059', 'container', 'a"b', 'größe'), { maxLength: 3 }),
      fields: fc.array(fc.tuple(name, value), { maxLength: 5 }),
    })
    .map(alert => {
      const members = new Map(alert.fields.map(([key, each]) => [key, `${JSON.stringify(key)}:${each}`]))
      const known = ['output', 'priority', 'rule', 'source', 'hostname', 'tags'] as const
      const parts = known.map(key => `${JSON.stringify(key)}:${JSON.stringify(alert[key])}`)
      return `{"uuid":"${alert.id}","time":"${alert.time}",${parts.join(',')},"output_fields":{${[...members.values()].join(',')}}}`
    })
}

/** Queries of up to three parts. */
export function queries(): fc.Arbitrary<AlertQuery> {
  const at = fc.nat(60_000_000_000).map(behind => BigInt(BEGIN) * 1_000_000n + BigInt(behind))
  const typed = fc.oneof(
    fc.constantFrom(
      ...WORDS,
      'kube*',
      'k*',
      'e*',
      '1*',
      'g*',
      '"etc shadow"',
      '"shell x"',
      'kube-p*',
      '"x etc"*',
      '读取',
    ),
    odd,
  )
  const some = <T>(...values: T[]): fc.Arbitrary<T[]> =>
    fc.array(fc.constantFrom(...values), { maxLength: 2 })
  const part = fc.oneof(
    fc.array(typed, { minLength: 1, maxLength: 2 }).map((words): AlertQuery => ({ text: words.join(' ') })),
    at.map((from): AlertQuery => ({ from })),
    at.map((to): AlertQuery => ({ to })),
    some('warning', 'Critical', 'info').map((priorities): AlertQuery => ({ priorities })),
    some('Shell', 'Größe "neu"', 'nowhere').map((rules): AlertQuery => ({ rules })),
    some('node-1', 'node-2').map((hostnames): AlertQuery => ({ hostnames })),
    some('T1059', 'a"b', 'nowhere').map((tags): AlertQuery => ({ tags })),
    fc
      .array(
        fc.record({
          name,
          value: fc.oneof(fc.constantFrom(...WORDS, '7', '1.50', 'null', '1780051808717141556'), text),
        }),
        {
          maxLength: 3,
        },
      )
      .map((fields): AlertQuery => ({ fields })),
  )
  return fc.array(part, { maxLength: 3 }).map(parts => Object.assign({}, ...parts) as AlertQuery)
}
