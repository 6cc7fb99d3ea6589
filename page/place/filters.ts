// A query as parts that can be added, switched and taken away one by one, as chips and lists do.
// Pure; the language itself is the server's. Used by search box, lists and the open alert.
import { PART, readQuery, writeQuery } from '../../src/serve/api/query-text.ts'
import type { AlertQuery } from '../../src/serve/store/store.ts'

/** One part of a query in the words of the language, and the query without it. */
export interface Filter {
  readonly text: string
  readonly without: string
}

type ListName = keyof typeof PART

const WORD = /"[^"]*"\*?|[^\s"]+/g

/** The query someone typed; `undefined` when it can't be read. */
export function queryOf(text: string): AlertQuery | undefined {
  try {
    return readQuery(text, BigInt(Date.now()) * 1_000_000n)
  } catch {
    return undefined
  }
}

/** Parts of a query, each removable. */
export function filtersOf(text: string): readonly Filter[] {
  const query = queryOf(text)
  if (query === undefined) return []
  const { text: words = '', fields = [] } = query
  const each = words.match(WORD) ?? []
  return [
    ...each.map((word, at) => ({
      text: word,
      without: writeQuery({ ...query, text: each.filter((_, other) => other !== at).join(' ') }),
    })),
    ...Object.keys(PART).flatMap(name => listFilters(query, name as ListName)),
    ...fields.map(field => ({
      text: writeQuery({ fields: [field] }),
      without: writeQuery({ ...query, fields: fields.filter(other => other !== field) }),
    })),
  ]
}

function listFilters(query: AlertQuery, name: ListName): Filter[] {
  const list = query[PART[name]]
  if (list === undefined || list.length === 0) return []
  return [{ text: writeQuery({ [PART[name]]: list }), without: writeQuery({ ...query, [PART[name]]: [] }) }]
}

/** Whether the query asks for this value already. */
export function isChosen(text: string, name: string, value: string): boolean {
  const query = queryOf(text)
  if (query === undefined) return false
  if (isListName(name)) return query[PART[name]]?.includes(value) ?? false
  return query.fields?.some(field => field.name === name && field.value === value) ?? false
}

/** The query with this value asked for, or no longer when it was. An unreadable query is begun anew. */
export function toggled(text: string, name: string, value: string): string {
  const query = queryOf(text) ?? {}
  if (isListName(name)) {
    const list = query[PART[name]] ?? []
    const changed = list.includes(value) ? list.filter(other => other !== value) : [...list, value]
    return writeQuery({ ...query, [PART[name]]: changed })
  }
  const fields = query.fields ?? []
  const others = fields.filter(field => field.name !== name || field.value !== value)
  return writeQuery({
    ...query,
    fields: others.length < fields.length ? others : [...fields, { name, value }],
  })
}

function isListName(name: string): name is ListName {
  return Object.hasOwn(PART, name)
}
