// A query made ready once, then put to each chunk: terms, numbers of columns, a span of time. Phrases are only narrowed down to alerts with
// all their words; `listing.ts` looks into the lines. Used by everything that finds alerts.
import { PRIORITIES, priorityOf } from '../../../detect/priority.ts'
import type { Native } from '../../../native/native.ts'
import type { AlertQuery } from '../store.ts'
import type { NumberColumn } from './layout.ts'
import { type NamedColumn, tagsOf } from './name-book.ts'
import type { StoreParts } from './parts.ts'
import { type Term, valueTerms, wordTerms } from './terms.ts'

/** Words that must stand in a row; the last may go on where it is a beginning. */
type TextItem = ReturnType<Native['queryTextItems']>[number]

/** What an alert must have one of. */
export interface Alternatives {
  readonly terms: readonly Term[]
  /** What a word may begin with instead. */
  readonly prefix?: string
}

/** See the file. */
export interface Question {
  readonly needed: readonly Alternatives[]
  readonly columns: readonly (readonly [NumberColumn, ReadonlySet<number>])[]
  readonly from: bigint | undefined
  readonly to: bigint | undefined
  /** Whether words must stand in a row, which the terms don't tell. */
  readonly hasPhrases: boolean
  /** Whether no alert can fulfil it. */
  readonly isVain: boolean
}

export async function questionOf(parts: StoreParts, query: AlertQuery): Promise<Question> {
  const items = parts.native.queryTextItems(query.text ?? '')
  const needed = [...textTerms(parts, items), ...fieldTerms(parts, query)]
  const columns = await columnsOf(parts, query)
  return {
    needed,
    columns,
    from: query.from,
    to: query.to,
    hasPhrases: items.some(({ words }) => words.length > 1),
    isVain:
      columns.some(([, numbers]) => numbers.size === 0) ||
      needed.some(({ terms, prefix }) => terms.length === 0 && prefix === undefined),
  }
}

function textTerms(parts: StoreParts, items: readonly TextItem[]): Alternatives[] {
  return items.flatMap(({ words, prefix }) => {
    const whole = prefix ? words.slice(0, -1) : words
    const [last] = prefix ? words.slice(-1) : []
    return [
      ...wordTerms(parts, whole).map(term => ({ terms: [term] })),
      ...(last === undefined ? [] : [{ terms: [], prefix: last }]),
    ]
  })
}

function fieldTerms(parts: StoreParts, { fields }: AlertQuery): Alternatives[] {
  const byName = new Map<string, (readonly [string, string])[]>()
  for (const { name, value } of fields ?? []) {
    byName.set(name, [...(byName.get(name) ?? []), [name, value]])
  }
  return [...byName.values()].map(pairs => ({ terms: valueTerms(parts, pairs) }))
}

async function columnsOf(
  { names }: StoreParts,
  query: AlertQuery,
): Promise<(readonly [NumberColumn, ReadonlySet<number>])[]> {
  const columns: (readonly [NumberColumn, ReadonlySet<number>])[] = []
  if (query.priorities !== undefined && query.priorities.length > 0) {
    const numbers = query.priorities.flatMap(name => {
      const priority = priorityOf(name)
      return priority === undefined ? [] : PRIORITIES.indexOf(priority)
    })
    columns.push(['p', new Set(numbers)])
  }
  const named: readonly (readonly [NamedColumn, readonly string[] | undefined])[] = [
    ['r', query.rules],
    ['s', query.sources],
    ['h', query.hostnames],
  ]
  for (const [column, wanted = []] of named) {
    if (wanted.length > 0) columns.push([column, new Set(await names.found(column, wanted))])
  }
  if (query.tags !== undefined && query.tags.length > 0) {
    const wanted = new Set(query.tags)
    const sets = await names.names('g', Number.POSITIVE_INFINITY)
    const numbers = [...sets.keys()].filter(number => tagsOf(sets[number] ?? '').some(tag => wanted.has(tag)))
    columns.push(['g', new Set(numbers)])
  }
  return columns
}
