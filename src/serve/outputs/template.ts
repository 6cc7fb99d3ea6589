// Texts made from an alert: `{rule} on {hostname|some host}: {output_fields[proc.name]}`; `{{` stands for a brace.
// Owns syntax, names and filters; evaluates nothing else. Used by outputs for texts, subjects, keys and bodies.
import * as z from 'zod'
import { LannerError } from '../../error.ts'
import type { AcceptedAlert } from '../alert.ts'
import { alertDate, alertNanoseconds } from './alert-time.ts'
import { type Json, jsonText, plainText, RawJson } from './json-text.ts'

/** A text that was read once and can be filled in for any alert. */
export class Template {
  readonly text: string
  readonly #pieces: readonly Piece[]

  /** Throws `ERR_CONFIG_TEMPLATE`, naming the column. */
  constructor(text: string) {
    this.text = text
    this.#pieces = piecesOf(text)
  }

  /** The text for `alert`; what it does not have is empty. */
  render(alert: AcceptedAlert): string {
    return this.#pieces.map(piece => (typeof piece === 'string' ? piece : piece(alert))).join('')
  }
}

/** Shape of a template in the configuration: its faults are faults of the configuration. */
export const templateText: z.ZodType<string, string> = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    try {
      piecesOf(text)
    } catch (thrown) {
      if (!(thrown instanceof LannerError)) throw thrown
      context.addIssue({ code: 'custom', message: thrown.message, input: text })
    }
  })

type Piece = string | ((alert: AcceptedAlert) => string)

const NAMES: Readonly<Record<string, (alert: AcceptedAlert) => Json>> = {
  rule: ({ content }) => content.rule,
  priority: ({ content }) => content.priority,
  time: ({ content }) => content.time,
  output: ({ content }) => content.output,
  source: ({ content }) => content.source,
  hostname: ({ content }) => content.hostname ?? null,
  uuid: ({ id }) => id,
  tags: ({ content }) => content.tags.join(','),
  alert: ({ line }) => new RawJson(line),
}

type Filter = (value: Json, alert: AcceptedAlert) => string

const FILTERS: Readonly<Record<string, Filter>> = {
  json: value => jsonText(value),
  lower: value => shown(value).toLowerCase(),
  upper: value => shown(value).toUpperCase(),
  slug: value => slug(shown(value)),
  date: (_, alert) => timePart(alert, 0, 10),
  year: (_, alert) => timePart(alert, 0, 4),
  month: (_, alert) => timePart(alert, 5, 7),
  day: (_, alert) => timePart(alert, 8, 10),
  hour: (_, alert) => timePart(alert, 11, 13),
  unix: (_, alert) => (alertNanoseconds(alert) ?? 0n).toString().slice(0, -9),
}

const OF_TIME = ['date', 'year', 'month', 'day', 'hour', 'unix']

/** Lower case, and everything but letters and digits of any script as one `_`: safe in subjects and keys. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '')
}

function timePart(alert: AcceptedAlert, from: number, to: number): string {
  return alertNanoseconds(alert) === undefined ? '' : alertDate(alert, 0).toISOString().slice(from, to)
}

function shown(value: Json): string {
  return value instanceof RawJson ? value.text : plainText(value as never)
}

const FIELD = /^output_fields\[(.+)\]$/
/** Falco's fields have a dot in their names; so they can go without `output_fields[…]`. */
const BARE_FIELD = /^[A-Za-z_]\w*(?:\.\w+)+(?:\[[^\]]*\])?$/

function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let literal = ''
  let at = 0
  while (at < text.length) {
    if (text[at] !== '{') {
      literal += text[at]
      at += 1
    } else if (text[at + 1] === '{') {
      literal += '{'
      at += 2
    } else {
      const end = endOf(text, at)
      pieces.push(literal, placeholder(text.slice(at + 1, end), at + 1))
      literal = ''
      at = end + 1
    }
  }
  pieces.push(literal)
  return pieces.filter(piece => piece !== '')
}

/** Where the placeholder that begins at `start` ends; braces inside square brackets belong to a name. */
function endOf(text: string, start: number): number {
  let depth = 0
  let name = true
  for (let at = start + 1; at < text.length; at += 1) {
    if (name && text[at] === '[') depth += 1
    else if (name && text[at] === ']') depth -= 1
    else if (depth <= 0 && text[at] === '|') name = false
    else if (depth <= 0 && text[at] === '}') return at
  }
  throw fault('a `{` that has no `}`', start + 1, 'write `{{` for a brace')
}

function placeholder(text: string, column: number): Piece {
  const found = /^\s*([^|:[]+(?:\[.*\])?)(?::([a-z]+))?\s*(?:\|(.*))?$/s.exec(text)
  if (found === null) throw fault(`\`{${text}}\` is no placeholder`, column, 'write `{{` for a brace')
  const [, name = '', filterName, otherwise = ''] = found
  const read = reader(name.trim(), column)
  const filter = filterName === undefined ? undefined : FILTERS[filterName]
  if (filterName !== undefined && filter === undefined) {
    throw fault(`there is no \`:${filterName}\``, column, `there are ${Object.keys(FILTERS).join(', ')}`)
  }
  if (OF_TIME.includes(filterName ?? '') && name.trim() !== 'time') {
    throw fault(`\`:${filterName}\` goes with \`time\` only`, column)
  }
  return alert => {
    const value = read(alert)
    const missing = value === null || value === ''
    if (missing && otherwise !== '') return otherwise
    if (filter !== undefined) return filter(value, alert)
    return missing ? '' : shown(value)
  }
}

function reader(name: string, column: number): (alert: AcceptedAlert) => Json {
  const own = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
  if (own !== undefined) return own
  const field = FIELD.exec(name)?.[1] ?? (BARE_FIELD.test(name) ? name : undefined)
  if (field === undefined) {
    const known = `there are ${Object.keys(NAMES).join(', ')}, output_fields[NAME]`
    throw fault(`an alert has no \`${name}\``, column, known)
  }
  return ({ content }) => (Object.hasOwn(content.fields, field) ? (content.fields[field] ?? null) : null)
}

function fault(what: string, column: number, more?: string): LannerError {
  const message = `template, column ${column}: ${what}${more === undefined ? '' : `; ${more}`}`
  return new LannerError('ERR_CONFIG_TEMPLATE', message, { exit: 2, facts: { column } })
}
