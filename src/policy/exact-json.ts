// JSON read for judging: every number keeps its digits, no object may name a key twice, and large arrays may be left outside.
// Checks grammar as it goes, builds no prototype. Used for policies, statements and what Rego is given.
import { LannerError } from '../error.ts'

/** A number whose JavaScript text would differ from the evidence's: `1.0`, `1e3`, integers beyond 2^53. */
export class ExactNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A value that was left in the payload; see `outline`. */
export class LeftOut {
  readonly offset: bigint
  readonly length: bigint
  readonly count: bigint
  /** Of events a policy is told only if it looks at them, of files always. */
  readonly what: 'events' | 'files'

  constructor(offset: bigint, length: bigint, count: bigint, what: LeftOut['what'] = 'events') {
    this.offset = offset
    this.length = length
    this.count = count
    this.what = what
  }
}

/** What {@link parseExact} gives. */
export type ExactValue = null | boolean | number | string | ExactNumber | LeftOut | ExactValue[] | ExactObject
/** An object without a prototype, so that `__proto__` is a key like any other. */
export interface ExactObject {
  [key: string]: ExactValue
}

type Container = ExactValue[] | ExactObject

const TOKEN = /[ \t\n\r]*(?:([{}[\],:])|(")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y
/** Part of a string: the engine remembers every repetition, and a string of millions of escapes is more than it can. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 §7 allows none of them in a string
const STRETCH = /(?:[^"\\\u0000-\u001f]+|\\.){1,4096}/y
const SPACE = /[ \t\n\r]*/y

/** How much structure a text may have: an empty object costs two bytes of text and two hundred of memory. */
export interface ExactLimits {
  /** Containers within each other. */
  readonly depth: number
  /** Values of any kind. */
  readonly values: number
}

const UNLIMITED: ExactLimits = { depth: Number.POSITIVE_INFINITY, values: Number.POSITIVE_INFINITY }

/**
 * Parses one JSON text. Throws `ERR_JSON_SYNTAX`, `ERR_JSON_DUPLICATE_KEY` or `ERR_JSON_TOO_LARGE`, naming the place. Depth
 * costs no stack.
 */
export function parseExact(text: string, limits: ExactLimits = UNLIMITED): ExactValue {
  return new Parser(text, limits).document()
}

class Parser {
  private readonly text: string
  private readonly limits: ExactLimits
  private at = 0
  private values = 0
  /** Open containers, outermost first, with the key that waits for a value. */
  private readonly open: { container: Container; key: string }[] = []

  constructor(text: string, limits: ExactLimits) {
    this.text = text
    this.limits = limits
  }

  document(): ExactValue {
    let value = this.begin(this.token())
    // A container just opened is `undefined` here: its elements come first.
    while (this.open.length > 0 || value === undefined) {
      value = value === undefined ? this.element() : this.place(value)
      if (this.open.length === 0 && value !== undefined) break
    }
    SPACE.lastIndex = this.at
    SPACE.exec(this.text)
    if (SPACE.lastIndex !== this.text.length) throw this.fault('nothing more')
    return value
  }

  /** A scalar, or `undefined` for a container that was opened. */
  private begin(token: RegExpExecArray): ExactValue | undefined {
    const [, mark, quote, number, word] = token
    this.values += 1
    const opens = mark === '{' || mark === '['
    if (this.values > this.limits.values || (opens && this.open.length >= this.limits.depth)) {
      throw this.tooLarge()
    }
    if (quote !== undefined) return this.string()
    if (number !== undefined)
      return String(Number(number)) === number ? Number(number) : new ExactNumber(number)
    if (word !== undefined) return word === 'null' ? null : word === 'true'
    if (mark === '{') this.open.push({ container: Object.create(null) as ExactObject, key: '' })
    else if (mark === '[') this.open.push({ container: [], key: '' })
    else throw this.fault('a value')
    return undefined
  }

  /** The first or next element of the innermost container, or the container itself when it ends at once. */
  private element(): ExactValue | undefined {
    const top = this.top()
    const token = this.token()
    if (Array.isArray(top.container)) {
      return token[1] === ']' && top.container.length === 0 ? this.close() : this.begin(token)
    }
    if (token[1] === '}' && top.key === '' && Object.keys(top.container).length === 0) return this.close()
    return this.member(token)
  }

  private member(token: RegExpExecArray): ExactValue | undefined {
    const top = this.top()
    if (token[2] === undefined || Array.isArray(top.container)) throw this.fault('a key')
    const key = this.string()
    if (key in top.container) {
      throw new LannerError(
        'ERR_JSON_DUPLICATE_KEY',
        `key ${JSON.stringify(key)} is there twice at ${this.path()}`,
        {
          facts: { path: this.path(), key },
        },
      )
    }
    top.key = key
    if (this.token()[1] !== ':') throw this.fault('a colon')
    return this.begin(this.token())
  }

  /** Puts a finished value into the innermost container and goes on behind it; gives the container when it ends there. */
  private place(value: ExactValue): ExactValue | undefined {
    const top = this.top()
    if (Array.isArray(top.container)) top.container.push(value)
    else top.container[top.key] = value
    const [, mark] = this.token()
    if (mark === (Array.isArray(top.container) ? ']' : '}')) return this.close()
    if (mark !== ',') throw this.fault('a comma or the end')
    return Array.isArray(top.container) ? this.begin(this.token()) : this.member(this.token())
  }

  private close(): ExactValue {
    return (this.open.pop() ?? { container: [] }).container
  }

  private top(): { container: Container; key: string } {
    const top = this.open.at(-1)
    if (top === undefined) throw this.fault('a value')
    return top
  }

  private token(): RegExpExecArray {
    TOKEN.lastIndex = this.at
    const found = TOKEN.exec(this.text)
    if (found === null) throw this.fault('a JSON token')
    this.at = TOKEN.lastIndex
    return found
  }

  /** The string whose opening quote was the last token. */
  private string(): string {
    const start = this.at
    let end = start
    while (end !== -1) {
      this.at = end
      STRETCH.lastIndex = end
      end = STRETCH.test(this.text) ? STRETCH.lastIndex : -1
    }
    if (this.text[this.at] !== '"') throw this.fault('the end of a string')
    const raw = this.text.slice(start, this.at)
    this.at += 1
    if (!raw.includes('\\')) return raw
    try {
      return JSON.parse(`"${raw}"`) as string
    } catch {
      throw this.fault('a string')
    }
  }

  private path(): string {
    const keys = this.open.map(({ container, key }) =>
      Array.isArray(container) ? String(container.length) : key,
    )
    return `/${keys.slice(0, -1).join('/')}`
  }

  private tooLarge(): LannerError {
    const { depth, values } = this.limits
    const message = `more than ${values} values or ${depth} levels of JSON, at character ${this.at}`
    return new LannerError('ERR_JSON_TOO_LARGE', message, { facts: { at: this.at, depth, values } })
  }

  private fault(expected: string): LannerError {
    return new LannerError('ERR_JSON_SYNTAX', `no JSON at character ${this.at}: expected ${expected}`, {
      facts: { at: this.at, expected },
    })
  }
}

/** The text of `value` piece by piece, what was left out standing for itself. Numbers come out as they came in. */
export function* exactPieces(value: ExactValue): Generator<string | LeftOut> {
  const todo: (ExactValue | { readonly literal: string })[] = [value]
  while (todo.length > 0) {
    const next = todo.pop() as ExactValue | { readonly literal: string }
    if (next instanceof LeftOut) yield next
    else if (next instanceof ExactNumber) yield next.text
    else if (next === null || typeof next !== 'object') yield JSON.stringify(next)
    else if (isLiteral(next)) yield next.literal
    else if (Array.isArray(next))
      pushAll(
        todo,
        '[',
        next.map(item => ['', item] as const),
        ']',
      )
    else
      pushAll(
        todo,
        '{',
        Object.entries(next).map(([key, item]) => [`${JSON.stringify(key)}:`, item] as const),
        '}',
      )
  }
}

const LITERAL = Symbol('literal')

function isLiteral(value: object): value is { readonly literal: string } {
  return LITERAL in value
}

function pushAll(
  todo: (ExactValue | { readonly literal: string })[],
  start: string,
  items: readonly (readonly [label: string, item: ExactValue])[],
  end: string,
): void {
  const literal = (text: string): { readonly literal: string } =>
    ({ [LITERAL]: true, literal: text }) as never
  todo.push(literal(end))
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const [label, item] = items[index] as readonly [string, ExactValue]
    todo.push(item, literal((index === 0 ? '' : ',') + label))
  }
  todo.push(literal(start))
}

/** Whether `value` is an object of named members. */
export function isExactObject(value: ExactValue | undefined): value is ExactObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof ExactNumber) &&
    !(value instanceof LeftOut)
  )
}

/** Refuses keys that are one of `known` in other letters: readers that fold case would see another document than we do. */
export function refuseCaseVariants(
  value: ExactValue | undefined,
  known: readonly string[],
  at: string,
): void {
  if (!isExactObject(value)) return
  const folded = new Map(known.map(key => [key.toLowerCase(), key]))
  for (const key of Object.keys(value)) {
    const meant = folded.get(key.toLowerCase())
    if (meant !== undefined && !known.includes(key)) {
      throw new LannerError('ERR_JSON_KEY_CASE', `${at}: key \`${key}\` must be written \`${meant}\``, {
        facts: { path: at, key, expected: meant },
      })
    }
  }
}
