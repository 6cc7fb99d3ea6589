// What could come next in the search box: names of fields, then their values, from what the server has seen.
// Knows the language only as far as a term goes. Used by the search box.
import { wordsAnswer } from '../../src/serve/api/answers.ts'
import { ALERT_NAMES, quote } from '../../src/serve/api/query-text.ts'
import { addressOf, ask } from '../ask/ask.ts'

/** One completion: what replaces the text from `start` to `end`. */
export interface Suggestion {
  readonly shown: string
  readonly note?: string
  readonly text: string
  readonly start: number
  readonly end: number
}

const NOTES: Readonly<Record<string, string>> = {
  rule: 'name of the rule',
  priority: 'also priority>=Warning',
  source: 'syscall, k8s_audit, …',
  hostname: 'where it happened',
  tags: 'of the rule',
}
const SHOWN = 10
/** The term before the caret: begun by a space or the start, a quote may still be open. */
const TERM = /(?:^|\s)((?:"[^"]*"?|[^\s"])*)$/

/** Completions for the term at the caret, none where free text is typed. */
export async function suggestionsFor(
  text: string,
  caret: number,
  signal: AbortSignal,
): Promise<readonly Suggestion[]> {
  const term = TERM.exec(text.slice(0, caret))?.[1] ?? ''
  if (term.startsWith('"')) return []
  const start = caret - term.length
  const [, name, operator, values] = /^([\w.[\]-]+)(>=|=)(.*)$/.exec(term) ?? []
  if (name === undefined || operator === undefined || values === undefined) {
    return names(term, { start, end: caret }, signal)
  }
  return valuesOf(name, values, { at: start + name.length + operator.length, end: caret }, signal)
}

async function names(
  begun: string,
  { start, end }: { readonly start: number; readonly end: number },
  signal: AbortSignal,
): Promise<readonly Suggestion[]> {
  const { words } = await ask(wordsAnswer, addressOf('fields', { prefix: begun, limit: SHOWN }), signal)
  const own = ALERT_NAMES.filter(name => name.startsWith(begun.toLowerCase()))
  return [...own, ...words].slice(0, SHOWN).map(word => {
    const note = NOTES[word]
    return { shown: word, ...(note !== undefined && { note }), text: `${word}=`, start, end }
  })
}

async function valuesOf(
  name: string,
  values: string,
  { at, end }: { readonly at: number; readonly end: number },
  signal: AbortSignal,
): Promise<readonly Suggestion[]> {
  const begun = /(?:^|,)("?)([^",]*)$/.exec(values)?.[2] ?? ''
  const kept = values.slice(0, values.length - begun.length).replace(/"$/, '')
  const address = addressOf('fields/values', { name, prefix: begun, limit: SHOWN })
  const { words } = await ask(wordsAnswer, address, signal)
  return words
    .filter(word => word !== begun)
    .map(word => ({ shown: word, text: `${kept}${quote(word)} `, start: at, end }))
}

/** The text with the completion put in, and where the caret goes. */
export function completed(
  text: string,
  { text: put, start, end }: Suggestion,
): { value: string; caret: number } {
  const rest = text.slice(end)
  const value = text.slice(0, start) + put + (put.endsWith(' ') ? rest.trimStart() : rest)
  return { value, caret: start + put.length }
}
