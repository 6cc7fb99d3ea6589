// Templates, spans and amounts, cutting and JSON text: the small languages of outputs.

import test from 'ava'
import fc from 'fast-check'
import { ExactNumber } from '../../../src/policy/exact-json.ts'
import { jsonText, RawJson } from '../../../src/serve/outputs/json-text.ts'
import { bytes, milliseconds } from '../../../src/serve/outputs/quantity.ts'
import { Template } from '../../../src/serve/outputs/template.ts'
import { cutText, lengthOf } from '../../../src/serve/outputs/text-cut.ts'
import { HARD_TEXT, hardAlert } from './bench.ts'

const alert = hardAlert({
  rule: 'Términal Shell (x)',
  hostname: null,
  time: '2026-05-29T23:50:08.7+02:00',
  fields: {
    'proc.name': '"cat}["',
    'proc.aname[2]': '"sh"',
    'evt.num': '9223372036854775807',
    'k8s.ns.name': 'null',
  },
})
const rendered = (text: string): string => new Template(text).render(alert)

test('a template fills in names, fields with and without brackets, defaults and filters', t => {
  t.is(rendered('{rule}: {output_fields[proc.name]}!'), 'Términal Shell (x): cat}[!')
  t.is(
    rendered('{proc.name} {proc.aname[2]} {output_fields[proc.aname[2]]} {evt.num}'),
    'cat}[ sh sh 9223372036854775807',
  )
  t.is(rendered('{hostname|no host} {hostname} {k8s.ns.name|-} {fd.name}.'), 'no host  - .')
  t.is(rendered('falco.{priority:lower}.{rule:slug}'), 'falco.critical.términal_shell_x')
  t.is(
    rendered('{time:date} {time:year}.{time:month}.{time:day} {time:hour} {time:unix}'),
    '2026-05-29 2026.05.29 21 1780091408',
  )
  t.is(
    rendered('{{"t": {tags:json}, "h": {hostname:json}} }'),
    '{"t": "container,mitre_execution", "h": null} }',
  )
  t.is(rendered('{alert}'), alert.line)
})

test('what a template fills in is not read as a template again', t => {
  t.is(new Template('{output}').render(hardAlert({ output: '{rule} {{' })), '{rule} {{')
})

test('a template with an unknown name, filter or brace is refused with its column', t => {
  for (const [text, column] of [
    ['ab {rulle}', 4],
    ['{rule:loud}', 1],
    ['{rule', 1],
    ['{}', 1],
    ['{rule:date}', 1],
  ] as const) {
    t.throws(
      () => new Template(text),
      { code: 'ERR_CONFIG_TEMPLATE', message: new RegExp(`column ${column}:`) },
      text,
    )
  }
})

test('a text without braces comes out as it went in', t => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => rendered(text.replaceAll('{', '{{')) === text),
  )
  t.pass()
})

test('a cut text fits, holds whole characters only, and says that it was cut', t => {
  const units = fc.constantFrom('bytes', 'utf16', 'characters' as const)
  const property = fc.property(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.integer({ min: 0, max: 200 }),
    units,
    (text, limit, unit) => {
      const cut = cutText(text, limit, unit)
      if (lengthOf(text, unit) <= limit) return cut === text
      const remark = cut.indexOf(' […cut,')
      const kept = remark === -1 ? cut : cut.slice(0, remark)
      return lengthOf(cut, unit) <= limit && text.startsWith(kept) && Buffer.from(cut).toString() === cut
    },
  )
  fc.assert(property)
  t.is(cutText('🐢'.repeat(30), 40, 'utf16'), `${'🐢'.repeat(5)} […cut, 60 characters in all]`)
})

test('JSON text keeps digits and parses to what it was made of', t => {
  t.is(
    jsonText({ a: new ExactNumber('1.10'), b: undefined, c: [null, new RawJson('{"x":1}')] }),
    '{"a":1.10,"c":[null,{"x":1}]}',
  )
  fc.assert(
    fc.property(
      fc.jsonValue(),
      value => JSON.stringify(JSON.parse(jsonText(value as never))) === JSON.stringify(value),
    ),
  )
  t.true(JSON.parse(jsonText({ text: HARD_TEXT })).text === HARD_TEXT)
})

test('spans and amounts are read with their units, and not without', t => {
  t.deepEqual(['30s', '1.5h', '250ms', '7d', '0', '5', '1w', '-1s'].map(milliseconds), [
    30_000,
    5_400_000,
    250,
    604_800_000,
    0,
    undefined,
    undefined,
    undefined,
  ])
  t.deepEqual(['5MB', '64KiB', '1 gb', '10B', '5', 'MB'].map(bytes), [
    5e6,
    65_536,
    1e9,
    10,
    undefined,
    undefined,
  ])
})
