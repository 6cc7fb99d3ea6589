// Damages a JSON document: a bit, its end, its keys, its numbers, its types, its base64, its depth, its length.
// Knows nothing of envelopes but the shape of their text. Used by `campaign.ts`.
import { EVENT_PROOF_TYPE } from '../../src/envelope/event-proof.ts'
import { IN_TOTO_PAYLOAD_TYPE } from '../../src/envelope/statement.ts'
import type { Dice } from './dice.ts'

const MEGABYTE = 1 << 20
const POLICY_TYPE = 'https://witness.testifysec.com/policy/v0.1'

type Mutation = (dice: Dice, bytes: Buffer, donor: Buffer) => Buffer

/** Puts `insert` in place of `[from, to)`. */
function spliced(bytes: Buffer, from: number, to: number, insert: Uint8Array | string): Buffer {
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(insert as string), bytes.subarray(to)])
}

interface Match {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** Some match of `pattern` in the text; latin1 keeps one character for each byte. */
function someMatch(dice: Dice, bytes: Buffer, pattern: RegExp): Match {
  const matches = [...bytes.toString('latin1').matchAll(pattern)]
  const match = matches[dice.below(matches.length)]
  const from = match?.index ?? dice.below(bytes.length)
  return { from, to: from + (match?.[0].length ?? 0), text: match?.[0] ?? '' }
}

const KEY = /"[^"\\]*"(?=\s*:)/g
const MEMBER = /"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[-\w.]+)/g
const VALUE = /(?<=[:[,]\s*)(?:"[^"\\]*"|[-\w.]+)(?=\s*[,}\]])/g
const OPENING = /(?<=\{)/g
const CLOSING = /(?=\})/g
const BASE64 = /"[A-Za-z0-9+/]{16,}={0,2}"/g

function otherCase(dice: Dice, text: string): string {
  const at = dice.below(text.length)
  const letter = text.charAt(at)
  // Go folds these two into k and s.
  const folded = dice.below(4) === 0 ? { k: '\u212a', s: '\u017f' }[letter.toLowerCase()] : undefined
  const turned = folded ?? (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())
  return turned === letter ? text.toUpperCase() : text.slice(0, at) + turned + text.slice(at + 1)
}

function foreign(dice: Dice, text: string): string {
  const at = 1 + dice.below(text.length - 2)
  const insert = (what: string): string => text.slice(0, at) + what + text.slice(at)
  return dice.pick([
    () => text.replaceAll('+', '-').replaceAll('/', '_'),
    () => insert(dice.pick([' ', '\\n', '\\r\\n', '\\t', '\n', '\\u0000', '-', '_', '='])),
    () => text.replace(/=+"$/, '"'),
    () => text.replace(/"$/, `${dice.pick(['=', '==', 'A', 'A===', '\\n'])}"`),
    // The same bytes with other bits behind them.
    () => text.replace(/.(=*")$/, (_, end: string) => `${dice.pick(['B', 'R', 'h', 'x', '/'])}${end}`),
    // The same text, escaped.
    () => `${text.slice(0, at)}\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}${text.slice(at + 1)}`,
  ])()
}

/** One kind of damage each; the long ones are a megabyte, `gigabyte.ts` has the rest. */
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  bit(dice, bytes) {
    const at = dice.below(bytes.length)
    return spliced(bytes, at, at + 1, Buffer.of((bytes[at] ?? 0) ^ (1 << dice.below(8))))
  },
  truncation(dice, bytes) {
    const at = dice.below(bytes.length)
    return dice.below(4) === 0 ? bytes.subarray(at) : bytes.subarray(0, at)
  },
  duplicate(dice, bytes, donor) {
    const member = someMatch(dice, dice.below(2) === 0 ? bytes : donor, MEMBER).text || '"payload":""'
    const copy = dice.below(2) === 0 ? member : member.replace(/:.*/s, `:${dice.pick(['null', '""', '[]'])}`)
    const { from } = someMatch(dice, bytes, dice.below(2) === 0 ? OPENING : CLOSING)
    const front = bytes[from - 1] === 0x7b
    return spliced(bytes, from, from, front ? `${copy},` : `,${copy}`)
  },
  variant(dice, bytes) {
    const { from, to, text } = someMatch(dice, bytes, KEY)
    const key = otherCase(dice, text || '"payload"')
    if (dice.below(2) === 0) return spliced(bytes, from, to, key)
    return spliced(bytes, from, from, `${key}:${dice.pick(['null', '""', '[]', '{}'])},`)
  },
  deep(dice, bytes) {
    const depth = dice.pick([40, 130, 1000, 10_000, 200_000, 1_000_000])
    const [open, close] = dice.pick([
      ['[', ']'],
      ['{"a":', '}'],
      ['[{"":', '}]'],
    ])
    const nest = open.repeat(depth) + (dice.below(8) === 0 ? '' : `1${close.repeat(depth)}`)
    if (dice.below(2) === 0) {
      const { from, to } = someMatch(dice, bytes, VALUE)
      return spliced(bytes, from, to, nest)
    }
    const { from } = someMatch(dice, bytes, OPENING)
    return spliced(bytes, from, from, `"deep":${nest},`)
  },
  long(dice, bytes) {
    const filler = dice.pick(['A', '\\n', '\\u0041', '9', '=', ' ', '\u00fc']).repeat(MEGABYTE)
    const value = dice.below(4) === 0 ? '9'.repeat(MEGABYTE) : `"${filler.slice(0, MEGABYTE - 4)}"`
    const { from, to, text } = someMatch(dice, bytes, dice.below(2) === 0 ? VALUE : OPENING)
    return spliced(bytes, from, to, text === '' ? `${dice.below(2) === 0 ? '"x"' : value}:${value},` : value)
  },
  many(dice, bytes) {
    const unit = dice.pick(['{},', '1,', '[],', '"",'])
    const list = `[${unit.repeat((MEGABYTE >> dice.below(8)) / unit.length)}0]`
    const { from, to } = someMatch(dice, bytes, VALUE)
    return spliced(bytes, from, to, list)
  },
  literal(dice, bytes) {
    const { from, to } = someMatch(dice, bytes, VALUE)
    const literal = dice.pick([
      ...(['NaN', 'Infinity', '-Infinity', 'undefined', 'True', '0x10', '01', '+1', '.5', '-'] as const),
      ...([
        '1e999',
        '-0',
        '1e-999',
        '9007199254740993',
        '1.0',
        '-1',
        'null',
        'true',
        '{}',
        '[]',
        '""',
      ] as const),
    ])
    return spliced(bytes, from, to, literal)
  },
  trailing(dice, bytes, donor) {
    const more = dice.pick<Uint8Array | string>([' ', '\n', '\0', 'x', ',', '{}', '}', 'null', bytes, donor])
    const around = dice.pick<Uint8Array | string>(['\ufeff', ' ', '\0', '//\n', '[', donor])
    return dice.below(3) === 0
      ? spliced(bytes, 0, 0, around)
      : spliced(bytes, bytes.length, bytes.length, more)
  },
  type(dice, bytes, donor) {
    const { from, to, text } = someMatch(dice, bytes, /(?<="(?:payloadType|type)"\s*:\s*)"[^"]*"/g)
    const types = [IN_TOTO_PAYLOAD_TYPE, POLICY_TYPE, EVENT_PROOF_TYPE, '', 'application/json'] as const
    const other = dice.pick([...types, `${text.slice(1, -1)} `, text.slice(1, -1).toUpperCase()])
    return dice.below(8) === 0 ? donor : spliced(bytes, from, to, JSON.stringify(other))
  },
  base64(dice, bytes) {
    const { from, to, text } = someMatch(dice, bytes, BASE64)
    return text === ''
      ? bytes.subarray(1)
      : spliced(bytes, from, to, Buffer.from(foreign(dice, text), 'latin1'))
  },
  splice(dice, bytes, donor) {
    const [from, start] = [dice.below(bytes.length), dice.below(donor.length)]
    const length = dice.below(64)
    const insert = dice.pick([dice.bytes(length), donor.subarray(start, start + length), Buffer.alloc(0)])
    return spliced(bytes, from, from + dice.below(64), insert)
  },
  swap(dice, bytes) {
    const [one, other] = [someMatch(dice, bytes, VALUE), someMatch(dice, bytes, VALUE)]
    return spliced(bytes, one.from, one.to, Buffer.from(other.text, 'latin1'))
  },
}

const COSTLY: readonly string[] = ['deep', 'long', 'many']
/** By how often; the costly ones are rarer. */
const FREQUENT = Object.keys(MUTATIONS).filter(name => !COSTLY.includes(name))
const NAMES: readonly [string, ...string[]] = ['deep', 'long', 'many', ...FREQUENT, ...FREQUENT, ...FREQUENT]

/** Damages the document, or what is inside the base64 of one of its strings; what comes out is never what went in. */
export function mutate(dice: Dice, bytes: Buffer, donor: Buffer): { kind: string; mutated: Buffer } {
  for (;;) {
    const kind = dice.pick(NAMES)
    const mutation = MUTATIONS[kind] ?? ((_, same) => same)
    const inner = dice.below(3) === 0 ? someMatch(dice, bytes, BASE64) : undefined
    const mutated =
      inner === undefined || inner.text === ''
        ? mutation(dice, bytes, donor)
        : mutateInner(mutation, dice, bytes, inner, donor)
    if (!mutated.equals(bytes)) return { kind, mutated }
  }
}

function mutateInner(mutation: Mutation, dice: Dice, bytes: Buffer, inner: Match, donor: Buffer): Buffer {
  const decoded = mutation(dice, Buffer.from(inner.text.slice(1, -1), 'base64'), donor)
  return spliced(bytes, inner.from, inner.to, `"${decoded.toString('base64')}"`)
}
