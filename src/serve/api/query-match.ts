// Whether one alert answers a query: what the store says by index, said for alerts that just came in.
// Finds by the same rules as the stores. Used by the live tail.

import { ExactNumber } from '../../policy/exact-json.ts'
import type { AcceptedAlert, AlertContent, FieldValue } from '../alert.ts'
import type { AlertQuery } from '../store/store.ts'
import { instantOf } from './instant.ts'
import { textTest, wordsOf } from './text-match.ts'

/** A test made once from a query. */
export type AlertTest = (alert: AcceptedAlert) => boolean

/** The test that `query` stands for. */
export function alertTest(query: AlertQuery): AlertTest {
  const tests: AlertTest[] = [...listTests(query), ...fieldTests(query)]
  const { text, from, to } = query
  if (text !== undefined) {
    const holds = textTest(text)
    tests.push(alert => holds(wordsIn(alert)))
  }
  if (from !== undefined || to !== undefined) {
    tests.push(({ content }) => {
      const at = instantOf(content.time)
      return at !== undefined && (from === undefined || at >= from) && (to === undefined || at < to)
    })
  }
  return alert => tests.every(test => test(alert))
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
        fieldTexts(content.fields[name]).some(text => values.has(text)),
  )
}

/** Cut once an alert, however many ask. */
const cut = new WeakMap<AcceptedAlert, readonly (readonly string[])[]>()

function wordsIn(alert: AcceptedAlert): readonly (readonly string[])[] {
  const known = cut.get(alert)
  if (known !== undefined) return known
  const words = textsOf(alert.content).map(wordsOf)
  cut.set(alert, words)
  return words
}

/** Everything of an alert that words are looked for in. */
function textsOf({ output, rule, source, hostname, priority, tags, fields }: AlertContent): string[] {
  const values = Object.values(fields).flatMap(fieldTexts)
  return [output, rule, source, hostname ?? '', priority, ...tags, ...values]
}

/** A field's value as one looks for it, each of a list by itself. */
function fieldTexts(value: FieldValue | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(fieldTexts)
  const text = fieldText(value)
  return text === undefined ? [] : [text]
}

/** A field's value as one looks for it; `undefined` for what has no text. */
export function fieldText(value: FieldValue | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (value instanceof ExactNumber) return value.text
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
