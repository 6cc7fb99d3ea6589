// What a person types in the search box, as an AlertQuery and back: `proc.name=bash priority>=Warning "shell spawned"`.
// Asks no store. Used by the HTTP interface and, the very same file, by the page in the browser.

import { PRIORITIES, priorityOf } from '../../detect/priority.ts'
import { LannerError } from '../../error.ts'
import type { AlertQuery } from '../store/store.ts'

/** Names that are parts of every alert; any other name is an output field. */
export const ALERT_NAMES = ['rule', 'priority', 'source', 'hostname', 'tags'] as const
/** Where each of them is in an {@link AlertQuery}. */
export const PART = {
  rule: 'rules',
  priority: 'priorities',
  source: 'sources',
  hostname: 'hostnames',
  tags: 'tags',
} as const

const TERM =
  /\s*(?:([A-Za-z_][\w.[\]-]*)(>=|=)((?:"(?:[^"\\]|\\.)*"|[^\s",]+)(?:,(?:"(?:[^"\\]|\\.)*"|[^\s",]+))*)|("[^"]*"\*?)|([^\s"]+))/y
const VALUE = /"((?:[^"\\]|\\.)*)"|([^,"]+)/g
const UNIT: Record<string, bigint> = { s: 1n, m: 60n, h: 3600n, d: 86_400n, w: 604_800n }

interface Draft {
  words: string[]
  from?: bigint
  to?: bigint
  readonly lists: Map<string, string[]>
  readonly fields: { name: string; value: string }[]
}

/** Reads it; `since` counts back from `now`, nanoseconds since 1970. Throws `ERR_QUERY_SYNTAX` with the column, from 1. */
export function readQuery(text: string, now: bigint): AlertQuery {
  const draft: Draft = { words: [], lists: new Map(), fields: [] }
  TERM.lastIndex = 0
  while (text.slice(TERM.lastIndex).trim() !== '') {
    const start = TERM.lastIndex
    const found = TERM.exec(text)
    if (found === null) throw syntax(start + 1, 'a quote is not closed')
    const column = start + (found[0].length - found[0].trimStart().length) + 1
    const [, name, operator, values, phrase, word] = found
    if (name === undefined || values === undefined) draft.words.push(phrase ?? wordIn(word ?? '', column))
    else place(draft, { name, operator: operator ?? '=', values: valuesOf(values), now, column })
  }
  return finish(draft)
}

/** `name=` is a term not finished rather than a word to look for. */
function wordIn(word: string, column: number): string {
  const [, name] = /^([\w.[\]-]+)>?=$/.exec(word) ?? []
  if (name !== undefined) throw syntax(column, `\`${name}\` has no value`)
  return word
}

interface Term {
  readonly name: string
  readonly operator: string
  readonly values: readonly string[]
  readonly now: bigint
  readonly column: number
}

function place(draft: Draft, term: Term): void {
  const { name, operator, values, now, column } = term
  const first = values[0] ?? ''
  if (name === 'since') draft.from = now - duration(first, column)
  else if (name === 'from') draft.from = instant(first, column)
  else if (name === 'to') draft.to = instant(first, column)
  // No output field is called so: the search would find nothing and say so as if it had looked.
  else if (name === 'uuid') throw syntax(column, 'the address of an alert is `#/alerts?alert=UUID`')
  else if (name === 'priority') addAll(draft, 'priorities', priorities(term))
  else if (operator === '>=') throw syntax(column, `\`${name}\` has no order; only \`priority\` takes >=`)
  else if (isAlertName(name)) addAll(draft, PART[name], values)
  else draft.fields.push(...values.map(value => ({ name, value })))
}

function isAlertName(name: string): name is (typeof ALERT_NAMES)[number] {
  return (ALERT_NAMES as readonly string[]).includes(name)
}

function addAll(draft: Draft, list: string, values: readonly string[]): void {
  draft.lists.set(list, [...(draft.lists.get(list) ?? []), ...values])
}

function priorities({ operator, values, column }: Term): string[] {
  const known = values.map(value => {
    const priority = priorityOf(value)
    if (priority === undefined) throw syntax(column, `\`${value}\` is no priority`)
    return priority
  })
  return operator === '>=' ? PRIORITIES.slice(0, PRIORITIES.indexOf(known[0] ?? 'Debug') + 1) : known
}

function valuesOf(text: string): string[] {
  return [...text.matchAll(VALUE)].map(([, quoted, bare]) => quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '')
}

function duration(text: string, column: number): bigint {
  const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) throw syntax(column, `\`${text}\` is no duration like 24h`)
  return BigInt(amount) * (UNIT[unit] ?? 1n) * 1_000_000_000n
}

function instant(text: string, column: number): bigint {
  // Date.parse makes a time of nearly everything: of `5` the first of May 2001.
  const milliseconds = /^\d{4}-\d\d-\d\d(?:T|$)/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds)) throw syntax(column, `\`${text}\` is no RFC 3339 time`)
  return BigInt(milliseconds) * 1_000_000n
}

function finish({ words, from, to, lists, fields }: Draft): AlertQuery {
  return {
    ...(words.length > 0 && { text: words.join(' ') }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...Object.fromEntries(lists),
    ...(fields.length > 0 && { fields }),
  }
}

function syntax(column: number, message: string): LannerError {
  return new LannerError('ERR_QUERY_SYNTAX', message, { exit: 2, facts: { column } })
}

/** The query as text that reads back the same. Times are left out: they are shown beside it. */
export function writeQuery(query: AlertQuery): string {
  const parts = query.text === undefined ? [] : [query.text]
  for (const name of ALERT_NAMES) {
    const values = query[PART[name]]
    if (values !== undefined && values.length > 0) parts.push(`${name}=${values.map(quote).join(',')}`)
  }
  for (const { name, value } of query.fields ?? []) parts.push(`${name}=${quote(value)}`)
  return parts.join(' ')
}

/** A value as it must be typed. */
export function quote(value: string): string {
  return /^[^\s",\\]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}
