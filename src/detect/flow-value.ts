// Reads the values `-o key=value` takes: YAML's flow style, `{match: {source: k8s_audit}, extra_fields: [ka.verb]}`.
// Anchors, tags and block style are refused; a scalar stays the text it is. Used by `engine-options.ts` alone.
import { usageError } from '../error.ts'

/** What can be written on one line. */
export type FlowValue = string | readonly FlowValue[] | { readonly [key: string]: FlowValue }

const MAX_DEPTH = 32
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '"': '"',
  '\\': '\\',
  '/': '/',
}

/** The value of `text`. Throws `ERR_USAGE_OPTION_VALUE` with the column where it stopped understanding. */
export function parseFlowValue(text: string): FlowValue {
  const reader = new FlowReader(text)
  const value = reader.value(0, '')
  reader.end()
  return value
}

class FlowReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** The next value; a plain scalar ends at any of `stops`. */
  value(depth: number, stops: string): FlowValue {
    if (depth > MAX_DEPTH) throw this.#fault('is nested too deep')
    this.#blanks()
    const next = this.#text[this.#at]
    if (next === '{') return this.#map(depth)
    if (next === '[') return this.#sequence(depth)
    return this.#scalar(stops)
  }

  end(): void {
    this.#blanks()
    if (this.#at < this.#text.length) throw this.#fault('has more than one value')
  }

  #map(depth: number): FlowValue {
    const entries = new Map<string, FlowValue>()
    this.#at += 1
    for (this.#blanks(); this.#text[this.#at] !== '}'; this.#blanks()) {
      const key = this.#scalar(':')
      if (entries.has(key)) throw this.#fault(`has the key \`${key}\` twice`)
      this.#blanks()
      this.#expect(':')
      entries.set(key, this.value(depth + 1, ',}'))
      this.#separator('}')
    }
    this.#at += 1
    return Object.fromEntries(entries)
  }

  #sequence(depth: number): FlowValue {
    const items: FlowValue[] = []
    this.#at += 1
    for (this.#blanks(); this.#text[this.#at] !== ']'; this.#blanks()) {
      items.push(this.value(depth + 1, ',]'))
      this.#separator(']')
    }
    this.#at += 1
    return items
  }

  #separator(close: string): void {
    this.#blanks()
    if (this.#text[this.#at] === close) return
    this.#expect(',')
  }

  #scalar(stops: string): string {
    const quote = this.#text[this.#at]
    if (quote === "'") return this.#singleQuoted()
    if (quote === '"') return this.#doubleQuoted()
    const start = this.#at
    while (this.#at < this.#text.length && !stops.includes(this.#text[this.#at] ?? '')) this.#at += 1
    const plain = this.#text.slice(start, this.#at).trim()
    if (plain === '' && stops !== '') throw this.#fault('lacks a value')
    if (/^[&*!|>@`]/.test(plain)) throw this.#fault(`begins with \`${plain[0]}\`: put it in quotes`)
    return plain
  }

  #singleQuoted(): string {
    const [match = '', inner = ''] = /^'((?:[^']|'')*)'/.exec(this.#text.slice(this.#at)) ?? []
    if (match === '') throw this.#fault('has a quote that does not end')
    this.#at += match.length
    return inner.replaceAll("''", "'")
  }

  #doubleQuoted(): string {
    const [match = '', inner = ''] = /^"((?:[^"\\]|\\.)*)"/.exec(this.#text.slice(this.#at)) ?? []
    if (match === '') throw this.#fault('has a quote that does not end')
    this.#at += match.length
    return inner.replaceAll(/\\(.)/g, (_, letter: string) => {
      const meaning = ESCAPES[letter]
      if (meaning === undefined) throw this.#fault(`has the unknown escape \`\\${letter}\``)
      return meaning
    })
  }

  #blanks(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at += 1
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#fault(`lacks a \`${character}\``)
    this.#at += 1
  }

  #fault(what: string): Error {
    return usageError('ERR_USAGE_OPTION_VALUE', `\`${this.#text}\` ${what} (column ${this.#at + 1})`)
  }
}
