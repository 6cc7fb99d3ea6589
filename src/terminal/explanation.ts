// Why a rule fires on an event or doesn't: the verdict in a sentence, then the condition as a tree with the values seen.
// Computes nothing. Used by `rules explain`.
import type { ExplainedPart, Explanation } from '../detect/explanation.ts'
import type { Paint } from './style.ts'

const MOST_TEXT = 120

/** The verdict and the parts that decided it; with `all` every part. */
export function renderExplanation(explanation: Explanation, all: boolean, paint: Paint): string {
  const { alert, condition } = explanation
  const tree = renderPart(condition, '', all, paint)
  return `${verdict(explanation, paint)}\n\n${tree}${alert === null ? '' : `\n${alert.trimEnd()}\n`}`
}

function verdict({ rule, matches, shadowed_by: shadow }: Explanation, paint: Paint): string {
  const name = paint('strong', rule)
  if (!matches) return `${name} ${paint('caution', 'does not match')} this event`
  return shadow === null
    ? `${name} ${paint('good', 'matches')} this event`
    : `${name} ${paint('good', 'matches')} this event, but ${paint('strong', shadow)} comes before it and takes the event`
}

/** A part of a condition with its outcome; only what decided, or `all`. */
export function renderPart(part: ExplainedPart, indent: string, all: boolean, paint: Paint): string {
  const mark = part.holds ? paint('good', 'yes') : paint('bad', 'no ')
  if (part.kind === 'check') return `${indent}${mark} ${shorten(part.text)}${seen(part, paint)}\n`
  const parts = part.parts ?? []
  const shown = all ? parts : parts.filter(({ decides }) => decides)
  const hidden = parts.length - shown.length
  const rest = hidden === 0 ? '' : `${indent}    ${paint('faint', `… ${hidden} more without effect`)}\n`
  const inner = shown.map(each => renderPart(each, `${indent}    `, all, paint)).join('')
  return `${indent}${mark} ${part.kind}\n${inner}${rest}`
}

function seen({ values = [] }: ExplainedPart, paint: Paint): string {
  const texts = values.map(({ field, values: found }) => {
    if (found === null) return `${field} is missing`
    return `${field} is ${found.length === 1 ? quoted(found[0] ?? '') : `(${found.map(quoted).join(', ')})`}`
  })
  return texts.length === 0 ? '' : `  ${paint('faint', `← ${shorten(texts.join(', '))}`)}`
}

function quoted(text: string): string {
  return JSON.stringify(text)
}

function shorten(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT - 1)}…`
}
