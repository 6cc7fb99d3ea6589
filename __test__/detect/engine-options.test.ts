// `-o key=value`: Falco's configuration as words, and what is refused of it. Started by ava.
import test from 'ava'
import { DEFAULT_OPTIONS, parseEngineOptions } from '../../src/detect/engine-options.ts'
import { parseFlowValue } from '../../src/detect/flow-value.ts'
import { choicesIn } from '../../src/detect/rule-choice.ts'
import { closest } from '../../src/detect/spelling.ts'

test('without a word everything is as Falco has it without a configuration, but in JSON', t => {
  t.deepEqual(parseEngineOptions([]), DEFAULT_OPTIONS)
  t.true(DEFAULT_OPTIONS.json)
  t.false(DEFAULT_OPTIONS.includeMessage)
})

test('a later word wins over an earlier one, and entries of lists add up', t => {
  const options = parseEngineOptions([
    'json_output=false',
    'json_output=true',
    'priority=info',
    'rules[]={disable: {rule: "*"}}',
    "rules[]={enable: {tag: 'net work'}}",
    'static_fields.cluster=north=1',
  ])
  t.true(options.json)
  t.is(options.priority, 'Informational')
  t.deepEqual(options.choices, [
    { enable: false, by: 'rule', pattern: '*' },
    { enable: true, by: 'tag', pattern: 'net work' },
  ])
  t.deepEqual(options.staticFields, { cluster: 'north=1' })
})

test('an appended output keeps its conditions, its text and its fields under their names', t => {
  const [entry] = parseEngineOptions([
    "append_output[]={match: {source: k8s_audit, tags: [a, b]}, extra_output: 'verb=%ka.verb', extra_fields: [ka.uri, {my.name: '%ka.verb!'}]}",
  ]).appended
  t.deepEqual(entry, {
    source: 'k8s_audit',
    tags: ['a', 'b'],
    text: 'verb=%ka.verb',
    fields: [{ name: 'ka.uri' }, { name: 'my.name', format: '%ka.verb!' }],
  })
})

/** A word and what its refusal must name. */
const REFUSED: readonly (readonly [word: string, names: RegExp])[] = [
  ['json_output', /not key=value/],
  ['=x', /not key=value/],
  ['json_output=maybe', /expected true or false/],
  ['jsn_output=true', /did you mean `json_output`/],
  ['http_output.enabled=true', /Falco as a service/],
  ['engine.kind=replay', /events come from the files/],
  ['plugins[]={}', /`--source`/],
  ['rule_matching=some', /first or all/],
  ['priority=loud', /emergency/],
  ['rules[]={disable: V1}', /does not say which rules/],
  ['rules[]={remove: {rule: V1}}', /does not say which rules/],
  ['append_output[]={match: {colour: red}}', /no member `colour`/],
  ['append_output[]=text', /is not a map/],
  ['append_output[]={extra_fields: ka.verb}', /is not a list/],
]

test('what is unknown, unfinished or meant for a service is refused with the reason', t => {
  for (const [word, names] of REFUSED) {
    const thrown = t.throws(() => parseEngineOptions([word]), undefined, word)
    t.regex(`${thrown?.message} ${Reflect.get(thrown ?? {}, 'hint')}`, names, word)
  }
})

test('flow values are maps, lists and texts, quoted or not', t => {
  t.deepEqual(parseFlowValue("{a: [b c, 'd, ''e''', \"f\\n\"], g: {}, 'h i': x:y}"), {
    a: ['b c', "d, 'e'", 'f\n'],
    g: {},
    'h i': 'x:y',
  })
  t.is(parseFlowValue(' plain: text, whole '), 'plain: text, whole')
  for (const wrong of [
    '{a: b',
    '[a',
    '{a}',
    "{a: 'b}",
    '{a: b} c',
    '{a: b, a: c}',
    '{a: *b}',
    '['.repeat(99),
  ]) {
    t.throws(() => parseFlowValue(wrong), { code: 'ERR_USAGE_OPTION_VALUE' }, wrong)
  }
})

test('enable and disable keep the order in which they were typed', t => {
  t.deepEqual(choicesIn(['detect', '--disable', '*', '-r', 'x', '--enable=tag:net', '--disable', 'a=b']), [
    { enable: false, by: 'rule', pattern: '*' },
    { enable: true, by: 'tag', pattern: 'net' },
    { enable: false, by: 'rule', pattern: 'a=b' },
  ])
  t.deepEqual(
    choicesIn(['-r', 'x', '--enable', 'a', '--', '--disable', 'b']).length,
    1,
    'inputs are no flags',
  )
  t.throws(() => choicesIn(['--enable', 'tag:']), { code: 'ERR_USAGE_FLAG_VALUE' })
})

test('the nearest word is offered only when it is near', t => {
  t.is(closest('k8saudit', ['k8s_audit', 'syscall']), 'k8s_audit')
  t.is(closest('zzz', ['k8s_audit', 'syscall']), undefined)
})
