// Small modules for `opa-answers.mjs`: each documented builtin with ordinary and odd arguments, and random combinations of the
// language's parts. The same from run to run; knows nothing of how they are answered.

/** Numerical Recipes' generator, as the capture tests use it. */
function dice(seed) {
  let state = BigInt(seed)
  const below = limit => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn
    return Number((state >> 33n) % BigInt(limit))
  }
  return { below, pick: list => list[below(list.length)] }
}

/** Values by the type OPA declares, as Rego text. */
const ORDINARY = {
  string: [
    '"a,b,a"',
    '"ab"',
    '","',
    '"2026-05-29T10:50:08.717141556Z"',
    '"1.2.3-rc.1"',
    '"[a-z]+(b)?"',
    '"*.b"',
    '"aGk="',
    '"10Mi"',
  ],
  number: ['0', '1', '3', '10', '2.5', '255'],
  boolean: ['true', 'false'],
  array: ['["a","b"]', '[3,1,2]', '[]', '[["a"],["b"]]', '[1780051808717141556,"UTC"]'],
  object: ['{"a":1,"b":{"c":2}}', '{}', '{"a":["b"],"b":[]}'],
  set: ['{1,2}', '{"a","b"}', 'set()', '{{1},{1,2}}'],
  null: ['null'],
}
const ODD = {
  string: [
    '""',
    '" "',
    '"ü漢\\u0000🐦"',
    '"\\u212a\\u017f"',
    '"%d %v %s"',
    '"("',
    '"-1"',
    '"a\\n"',
    '"AAAA===="',
    '"+0x1F"',
  ],
  number: ['-1', '-3.5', '9007199254740993', '-9007199254740993', '18446744073709551616', '0.1'],
  array: ['[null]', '[[],{}]', '["", "ü", 9007199254740993]', '[1,"a",null,true]'],
  object: ['{"":""}', '{"a":null}', '{"ü":[1]}'],
  set: ['{null}', '{[],{}}'],
}
const ANY = Object.values(ORDINARY).flat()
const ALL = [...ANY, ...Object.values(ODD).flat()]
/** Their answer is another one each time, or they answer nothing. */
const UNREPEATABLE = ['time.now_ns', 'rand.intn', 'uuid.rfc4122', 'print', 'trace', 'rego.metadata.rule']
/** Their work grows with the number they are given; OPA itself dies of a huge one. */
const COSTLY = ['bits.lsh', 'bits.rsh', 'numbers.range', 'numbers.range_step']
const HUGE = /\d{6}|e\d/
const EACH = 10

/** Calls of every builtin of `builtins`. */
export function builtinCases(builtins) {
  const random = dice(7)
  return builtins
    .filter(({ name }) => !UNREPEATABLE.includes(name))
    .flatMap(({ name, decl }) => {
      const calls = new Map()
      for (let tried = 0; tried < EACH * 4 && calls.size < EACH; tried += 1) {
        const wrong = tried % 3 === 2 ? random.below(decl.args.length) : -1
        const values = decl.args.map((type, at) =>
          at === wrong ? random.pick(ALL) : valueFor(random, type, tried),
        )
        if (COSTLY.includes(name) && values.some(value => HUGE.test(value))) continue
        calls.set(values.join(), callCase(name, values))
      }
      return [...calls.values()]
    })
}

/** What is JSON comes from the input, so that the compiler knows no more of its type than of evidence's; sets stand in the call. */
function callCase(name, values) {
  const plain = values.filter(isJson)
  const args = values.map(value => (isJson(value) ? `input[${plain.indexOf(value)}]` : value))
  return {
    source: `package t\n\ndeny[m] { m := json.marshal(${name}(${args.join(', ')})) }\n`,
    input: `[${plain.join(',')}]`,
  }
}

function isJson(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function valueFor(random, { type, of }, tried) {
  if (type === 'any') {
    const kinds = (of ?? []).map(one => one.type)
    return kinds.length === 0 ? random.pick(ALL) : valueFor(random, { type: random.pick(kinds) }, tried)
  }
  const odd = tried % 3 === 1 ? (ODD[type] ?? []) : []
  return random.pick(odd.length > 0 ? odd : (ORDINARY[type] ?? ANY))
}

const INPUTS = [
  '{"n":3,"s":"prod-eu","list":[1,2,3,null],"o":{"a":1,"b":{"c":[true,false]}},"t":true,"f":false}',
  '{"n":0,"s":"","list":[],"o":{},"t":false}',
  '{"n":-2.5,"s":"ü","list":["a",{"x":1},[2]],"o":{"a":null,"n":9007199254740993}}',
  '{}',
]

/** Modules that combine comprehensions, quantifiers, negation, `with`, `else`, partial rules and defaults. */
export function moduleCases(count = 400) {
  const random = dice(11)
  return Array.from({ length: count }, (_, at) => {
    const v1 = at % 2 === 1
    return { source: moduleText(random, v1), input: random.pick(INPUTS) }
  })
}

function moduleText(random, v1) {
  const body = depth =>
    Array.from({ length: 1 + random.below(3) }, () => statement(random, depth)).join('\n  ')
  const [when, contains] = v1 ? [' if', ' contains m'] : ['', '[m]']
  const head = v1 ? 'import rego.v1' : 'import future.keywords.in\nimport future.keywords.every'
  return `package t

${head}

default allowed = false

allowed = true${when} {
  ${body(1)}
}

grade = "high"${when} {
  ${condition(random, 1)}
} else = "low"${when} {
  ${condition(random, 1)}
}

f(x) = y${when} {
  ${random.pick(['y := x', 'y := count(x)', 'y := x + 1', 'y := {x}', 'y := [z | some z in x]'])}
}

names${v1 ? ' contains x' : '[x]'}${when} {
  some x in ${collection(random)}
  ${condition(random, 0)}
}

places[k] = v${when} {
  some k, v in ${collection(random)}
  ${condition(random, 0)}
}

deny${contains}${when} {
  ${body(2)}
  m := json.marshal(${term(random)})
}

deny${contains}${when} {
  ${condition(random, 2)}
  m := "reached"
}
`.replaceAll(/= (true|"high"|"low"|y|v|false) ?/g, (_, word) => (v1 ? `:= ${word} ` : `= ${word} `))
}

function collection(random) {
  return random.pick([
    'input.list',
    'input.o',
    '[1, 2]',
    '{"a", "b"}',
    'input.o.b.c',
    '{"k": 1}',
    'input.gone',
    'input.s',
  ])
}

function term(random) {
  return random.pick([
    'input.n',
    'input.s',
    'input.list',
    'input.o',
    'input.gone',
    'names',
    'places',
    'grade',
    'allowed',
    'f(input.n)',
    'f(input.list)',
    'count(input.list)',
    '[y | y := input.list[_]; y != 2]',
    '{y | some y in input.list}',
    '{k: v | some k, v in input.o}',
    'object.get(input, "n", "none")',
    'object.get(input.o, ["b", "c", 0], "none")',
    'input.list[0]',
    'input.o[input.s]',
    'sprintf("%v", [input.n])',
    'input.n + 1',
    'input.n / 0',
    'max(input.list)',
    'concat(",", input.list)',
    '[1, 2][input.n]',
    'input.n == 3',
  ])
}

function condition(random, depth) {
  const simple = [
    () =>
      `input.n ${random.pick(['>', '<', '==', '!=', '>='])} ${random.pick(['0', '3', '"3"', 'null', '2.0'])}`,
    () => `startswith(input.s, "${random.pick(['prod', '', 'ü'])}")`,
    () => random.pick(['input.t', 'input.f', 'input.gone', 'input.list', 'allowed', 'true']),
    () => `${random.pick(['1', '"a"', 'null', 'input.n'])} in ${collection(random)}`,
    () =>
      `count(${random.pick(['input.list', 'input.o', 'names', 'input.s', 'input.gone'])}) > ${random.below(3)}`,
    () => `${term(random)} == ${term(random)}`,
    () => `input.list[_] == ${random.pick(['1', '"a"', 'input.n'])}`,
  ]
  if (depth === 0) return random.pick(simple.slice(0, 4))()
  return random.pick([
    ...simple,
    () => `not ${random.pick(simple)()}`,
    () => `every x in ${collection(random)} { x != ${random.pick(['1', 'null', 'input.n'])} }`,
    () => `${random.pick(['allowed', 'input.n == 5', 'count(names) > 0'])} with input.n as 5`,
    () => `grade == "${random.pick(['high', 'low'])}" with input as {"n": 3, "t": true, "s": "prod"}`,
    () =>
      `not ${random.pick(['allowed', 'grade', 'names.a', 'f(input.gone)', 'places[input.s]', 'input.list[1]'])}`,
  ])()
}

function statement(random, depth) {
  return random.pick([
    () => condition(random, depth),
    () => condition(random, depth),
    () => `some v${random.below(99)} in ${collection(random)}`,
    () => `x${random.below(1e6)} := ${term(random)}`,
    () => `[_, x${random.below(1e6)}] = [1, ${term(random)}]`,
    () => `walk(input, [p${random.below(1e6)}, 1])`,
  ])()
}
