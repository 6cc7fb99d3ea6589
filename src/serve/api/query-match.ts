// Whether one alert answers a query: what the store says by index, said for alerts that just came in.
// Words are looked for in the line's text. Used by the live tail.

import { ExactNumber } from '../../policy/exact-json.ts'
import type { AcceptedAlert, FieldValue } from '../alert.ts'
import type { AlertQuery } from '../store/store.ts'
import { instantOf } from './instant.ts'

/** A test made once from a query. */
export type AlertTest = (alert: AcceptedAlert) => boolean

const WORD = /"((?:[^"\\]|\\.)*)"|([^\s"]+)/g

/** The test that `query` stands for. */
export function alertTest(query: AlertQuery): AlertTest {
  const tests: AlertTest[] = [...wordTests(query.text ?? ''), ...listTests(query), ...fieldTests(query)]
  const { from, to } = query
  if (from !== undefined || to !== undefined) {
    tests.push(({ content }) => {
      const at = instantOf(content.time)
      return at !== undefined && (from === undefined || at >= from) && (to === undefined || at < to)
    })
  }
  return alert => tests.every(test => test(alert))
}

function wordTests(text: string): AlertTest[] {
  return [...text.matchAll(WORD)].map(([, phrase, word]) => {
    const whole = phrase?.replace(/\\(.)/g, '$1') ?? word ?? ''
    const open = phrase === undefined && whole.endsWith('*')
    // As it stands in a JSON string.
    const written = JSON.stringify(open ? whole.slice(0, -1) : whole).slice(1, -1)
    const literal = written.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${literal}${open ? '' : '(?![\\p{L}\\p{N}])'}`, 'iu')
    return ({ line }) => pattern.test(line)
  })
}

function listTests(query: AlertQuery): AlertTest[] {
  const tests: AlertTest[] = []
  const { priorities, rules, sources, hostnames, tags } = query
  if (priorities !== undefined) tests.push(({ content }) => priorities.includes(content.priority))
  if (rules !== undefined) tests.push(({ content }) => rules.includes(content.rule))
  if (sources !== undefined) tests.push(({ content }) => sources.includes(content.source))
  if (hostnames !== undefined) tests.push(({ content }) => hostnames.includes(content.hostname ?? ''))
  if (tags !== undefined) tests.push(({ content }) => content.tags.some(tag => tags.includes(tag)))
  return tests
}

function fieldTests({ fields }: AlertQuery): AlertTest[] {
  const wanted = new Map<string, Set<string>>()
  for (const { name, value } of fields ?? []) {
    wanted.set(name, (wanted.get(name) ?? new Set()).add(value))
  }
  return [...wanted].map(
    ([name, values]) =>
      ({ content }) =>
        values.has(fieldText(content.fields[name]) ?? ''),
  )
}

/** A field's value as one looks for it; `undefined` for what has no text. */
export function fieldText(value: FieldValue | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (value instanceof ExactNumber) return value.text
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
