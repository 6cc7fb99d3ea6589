// Matches names against the globs of certificate constraints: `*` any run (also across `/` and `.`), `?` one character, `[a-z]`,
// `[!abc]`, `{one,other}` and `\` before a literal. Works on sets of positions, so no pattern can make it slow.
// Used by `certificate-constraint.ts`.

type Item =
  | { readonly kind: 'one'; readonly accepts: (character: string) => boolean }
  | { readonly kind: 'run' }
  | { readonly kind: 'choice'; readonly options: readonly (readonly Item[])[] }

/** A pattern that could be read. */
export interface Glob {
  matches(text: string): boolean
}

/** Whether `text` is more than a literal. */
export function isGlob(text: string): boolean {
  return /[*?{[]/.test(text)
}

/** Reads `pattern`; `undefined` when it is malformed. An empty text matches `*` alone: an absent name must not pass for a named one. */
export function parseGlob(pattern: string): Glob | undefined {
  const reader = new PatternReader(pattern)
  const items = reader.read()
  if (items === undefined) return undefined
  return {
    matches(text) {
      if (text === '') return pattern === '*'
      const characters = [...text]
      return walk(items, characters, new Set([0])).has(characters.length)
    },
  }
}

function walk(
  items: readonly Item[],
  text: readonly string[],
  from: ReadonlySet<number>,
): ReadonlySet<number> {
  let positions = from
  for (const item of items) {
    if (positions.size === 0) return positions
    positions = step(item, text, positions)
  }
  return positions
}

function step(item: Item, text: readonly string[], from: ReadonlySet<number>): ReadonlySet<number> {
  switch (item.kind) {
    case 'run': {
      const first = [...from].reduce((least, at) => Math.min(at, least))
      return new Set(Array.from({ length: text.length - first + 1 }, (_, more) => first + more))
    }
    case 'one':
      return new Set(
        [...from].filter(at => at < text.length && item.accepts(text[at] ?? '')).map(at => at + 1),
      )
    case 'choice':
      return new Set(item.options.flatMap(option => [...walk(option, text, from)]))
  }
}

/** Braces deeper than this are no pattern a person wrote. */
const MAX_DEPTH = 8

class PatternReader {
  readonly #pattern: readonly string[]
  #at = 0

  constructor(pattern: string) {
    this.#pattern = [...pattern]
  }

  read(): readonly Item[] | undefined {
    const items = this.#sequence(0)
    return this.#at === this.#pattern.length ? items : undefined
  }

  /** Up to the end, or inside braces up to `,` or `}`. */
  #sequence(depth: number): Item[] | undefined {
    const items: Item[] = []
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      if (depth > 0 && (next === ',' || next === '}')) break
      this.#at++
      const item = this.#item(next, depth)
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }

  #item(character: string, depth: number): Item | undefined {
    switch (character) {
      case '*':
        return { kind: 'run' }
      case '?':
        return { kind: 'one', accepts: () => true }
      case '[':
        return this.#class()
      case '{':
        return depth < MAX_DEPTH ? this.#choice(depth + 1) : undefined
      case '\\': {
        const escaped = this.#take()
        return escaped === undefined ? undefined : literal(escaped)
      }
      default:
        return literal(character)
    }
  }

  #choice(depth: number): Item | undefined {
    const options: Item[][] = []
    for (;;) {
      const option = this.#sequence(depth)
      if (option === undefined) return undefined
      options.push(option)
      const end = this.#take()
      if (end === '}') return { kind: 'choice', options }
      if (end !== ',') return undefined
    }
  }

  #class(): Item | undefined {
    const negated = this.#peek() === '!'
    if (negated) this.#at++
    const listed: string[] = []
    for (let next = this.#take(); next !== ']'; next = this.#take()) {
      const member = next === '\\' ? this.#take() : next
      if (member === undefined) return undefined
      listed.push(member)
    }
    const [low, dash, high] = listed
    if (low === undefined) return undefined
    if (listed.length === 3 && dash === '-' && high !== undefined) {
      if (low > high) return undefined
      return { kind: 'one', accepts: character => (character >= low && character <= high) !== negated }
    }
    return { kind: 'one', accepts: character => listed.includes(character) !== negated }
  }

  #peek(): string | undefined {
    return this.#pattern[this.#at]
  }

  #take(): string | undefined {
    return this.#pattern[this.#at++]
  }
}

function literal(expected: string): Item {
  return { kind: 'one', accepts: character => character === expected }
}
